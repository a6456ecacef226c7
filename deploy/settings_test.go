package deploy

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/imgorigin/imgorigin/cache"
	"github.com/imgorigin/imgorigin/server"
)

// Every environment variable that the template and compose.yaml set is that of a flag. Any other would have no effect.
func TestEnvironmentNamesAreFlags(t *testing.T) {
	flags := flagVariables(t)
	for name, env := range readStack(t).environments() {
		for variable := range env {
			if !slices.Contains(flags, variable) {
				t.Errorf("%s: imgorigin has no flag for %s", name, variable)
			}
		}
	}
	for name, env := range composed(t) {
		for variable := range env {
			if strings.HasPrefix(variable, "IMGORIGIN_") && !slices.Contains(flags, variable) {
				t.Errorf("compose.yaml, %s: imgorigin has no flag for %s", name, variable)
			}
		}
	}
}

// The metric filters behind alarms and autoscaling read fields that the service's log has.
func TestMetricFiltersReadTheLog(t *testing.T) {
	var log bytes.Buffer
	s, err := server.New(server.Config{
		Originals: noOriginals{}, Engine: writer{encodes: every}, Log: slog.New(slog.NewJSONHandler(&log, nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	origin{handler: s.Handler(), requested: new(cache.Key)}.ask("/img/cat.jpg?w=480", nil)
	var entry map[string]any
	if err := json.Unmarshal(log.Bytes(), &entry); err != nil || entry["msg"] != "request" || entry["status"] != 404.0 {
		t.Fatalf("got log %s, %v", log.Bytes(), err)
	}
	logged := messagesOf(t, "../server/*.go")
	st := readStack(t)
	metrics := make(map[string]bool)
	for _, name := range st.of("AWS::Logs::MetricFilter") {
		p := st.Resources[name].Properties
		transformation := list(p["MetricTransformations"])[0]
		metrics[dig(transformation, "MetricName").(string)] = true
		expressions := fmt.Sprint(p["FilterPattern"], dig(transformation, "MetricValue"))
		for _, m := range logMessage.FindAllStringSubmatch(expressions, -1) {
			if !slices.Contains(logged, m[1]) {
				t.Errorf("%s reads the message %q, which the service does not log", name, m[1])
			}
		}
		for _, m := range logField.FindAllStringSubmatch(expressions, -1) {
			if _, ok := entry[m[1]]; !ok {
				t.Errorf("%s reads the field %s, which is not in %s", name, m[1], log.Bytes())
			}
		}
	}
	source, err := os.ReadFile("../server/emf/metrics.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range emfMetric.FindAllSubmatch(source, -1) { // which processes write into the log with --emf
		metrics[string(m[1])] = true
	}
	checkMetric := func(o object) {
		if dig(o["Namespace"], "Ref") == "Name" && !metrics[o["MetricName"].(string)] {
			t.Errorf("neither a filter nor --emf creates the metric %v", o["MetricName"])
		}
	}
	for _, r := range st.Resources {
		walk(r.Properties, checkMetric)
	}
}

// emfMetric matches the name of a metric in the source of package emf.
var emfMetric = regexp.MustCompile(`(?m)^\t\{"(\w+)", "(?:Count|Bytes)"`)

// logMessage matches the message of lines of the log that a filter counts.
var logMessage = regexp.MustCompile(`\$\.msg = "([^"]*)"`)

// messagesOf returns all strings of some source files, and with them the messages that they log.
func messagesOf(t *testing.T, pattern string) (all []string) {
	t.Helper()
	files, err := filepath.Glob(pattern)
	if err != nil || len(files) == 0 {
		t.Fatalf("got %d files of %s, %v", len(files), pattern, err)
	}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(f, func(n ast.Node) bool {
			if text, ok := n.(*ast.BasicLit); ok && text.Kind == token.STRING {
				all = append(all, strings.Trim(text.Value, `"`))
			}
			return true
		})
	}
	return all
}

// logField matches a reference to a field of the log in a filter.
var logField = regexp.MustCompile(`\$\.(\w+)`)

// hump matches where a word begins in a name in camel case.
var hump = regexp.MustCompile(`([a-z0-9])([A-Z])|([A-Z])([A-Z][a-z])`)

// flagVariables returns the environment variables of the command line's flags. It parses the sources of the command and of its
// packages, since a main package cannot be imported.
func flagVariables(t *testing.T) (names []string) {
	t.Helper()
	files, err := filepath.Glob("../cmd/imgorigin/*.go")
	parts, errParts := filepath.Glob("../cmd/imgorigin/*/*.go")
	if err := errors.Join(err, errParts); err != nil || len(files) == 0 {
		t.Fatalf("got %d source files of the command, %v", len(files), err)
	}
	files = append(files, parts...)
	for _, file := range files {
		f, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(f, func(n ast.Node) bool {
			if field, ok := n.(*ast.Field); ok && field.Tag != nil && strings.Contains(field.Tag.Value, `help:"`) {
				for _, name := range field.Names {
					words := hump.ReplaceAllString(name.Name, "${1}${3}_${2}${4}")
					names = append(names, "IMGORIGIN_"+strings.ToUpper(words))
				}
			}
			return true
		})
	}
	return names
}

// composed returns the environments of compose.yaml's services.
func composed(t *testing.T) map[string]map[string]string {
	t.Helper()
	text, err := os.ReadFile("compose.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Services map[string]struct{ Environment map[string]string }
	}
	if err := yaml.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	all := make(map[string]map[string]string)
	for name, service := range file.Services {
		all[name] = service.Environment
	}
	if all["imgorigin"]["IMGORIGIN_ORIGINALS"] == "" {
		t.Errorf("compose.yaml: got %v", all)
	}
	return all
}
