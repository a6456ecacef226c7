package deploy

import (
	"flag"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/imgorigin/imgorigin/server/grammar"
)

var update = flag.Bool("update", false, "write the edge function into the template")

func TestTemplateReferencesExist(t *testing.T) {
	s := readStack(t)
	references := s.references()
	for name := range references {
		_, isParameter := s.Parameters[name]
		_, isResource := s.Resources[name]
		if !isParameter && !isResource && !strings.HasPrefix(name, "AWS::") {
			t.Errorf("%s is neither a parameter nor a resource", name)
		}
	}
	for name, p := range s.Parameters {
		if !references[name] {
			t.Errorf("parameter %s is not used", name)
		}
		if _, ok := p["Default"]; !ok && name != "Image" {
			t.Errorf("parameter %s has no default", name)
		}
		if p["Description"] == nil {
			t.Errorf("parameter %s has no description", name)
		}
	}
	for name, r := range s.Resources {
		for _, other := range r.DependsOn {
			if s.Resources[other.(string)].Type == "" {
				t.Errorf("%s depends on %v, which does not exist", name, other)
			}
		}
		if r.Condition != "" && s.Conditions[r.Condition] == nil {
			t.Errorf("%s has condition %s, which does not exist", name, r.Condition)
		}
	}
}

// templateSettings are the settings of the function in the template, in which CloudFormation replaces the parameters.
var templateSettings = `{"widths":[${Widths}],"ratios":"${Ratios}","steps":[${Qualities}],` +
	`"formats":"${Formats},blurhash,thumbhash","sign":"${SignedUrls}","exact":false,"strict":${Strict},` +
	`"presets":${EdgePresets},"only":${OnlyPresets},"marks":${EdgeMarks},` + edgeWords() + `}`

func edgeWords() string {
	words, relayed := grammar.EdgeWords()
	return fmt.Sprintf(`"words":%q,"relayed":%q`, words, relayed)
}

var inlined = regexp.MustCompile(`(?m)^      FunctionCode: !Sub \|\n((?:        .*\n)+)`)

func TestTemplateContainsTheEdgeFunction(t *testing.T) {
	code, err := edgeFunction(templateSettings)
	if err != nil {
		t.Fatal(err)
	}
	s := readStack(t)
	if *update {
		block := "      FunctionCode: !Sub |\n"
		for line := range strings.Lines(code) {
			block += "        " + line
		}
		text := inlined.ReplaceAllLiteralString(s.text, block)
		if err := os.WriteFile(templateFile, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		s = readStack(t)
	}
	got := dig(s.Resources["EdgeFunction"].Properties, "FunctionCode", "Fn::Sub")
	if got != code {
		t.Fatalf("the template contains another function: run go test ./deploy -run Template -update")
	}
	if strings.Count(code, "${") != strings.Count(templateSettings, "${") {
		t.Errorf("CloudFormation would take a part of the function for a variable")
	}

	filled := variable.ReplaceAllStringFunc(code, func(v string) string {
		return s.Parameters[v[2:len(v)-1]]["Default"].(string)
	})
	want, err := EdgeFunction(EdgeConfig{Encodes: every}) // the formats of the container image with libvips
	if err != nil {
		t.Fatal(err)
	}
	if filled != want {
		t.Errorf("got another function by the template's defaults than by the service's:\n%.400s\n%.400s", filled, want)
	}
	longest := len(code)
	for _, name := range []string{"Widths", "Ratios", "Qualities", "Formats", "EdgePresets", "EdgeMarks"} {
		longest += s.Parameters[name]["MaxLength"].(int)
	}
	t.Logf("%d bytes, at most %d", len(code), longest)
	if longest > MaxEdgeBytes {
		t.Errorf("with the longest parameters, the function has %d bytes: CloudFront takes at most %d", longest, MaxEdgeBytes)
	}
}

// CloudFormation refuses a default that its own parameter does not allow.
func TestDefaultsFitTheirParameters(t *testing.T) {
	checked := 0
	for name, p := range readStack(t).Parameters {
		text, isText := p["Default"].(string)
		if !isText {
			continue
		}
		if most, ok := p["MaxLength"].(int); ok && len(text) > most {
			t.Errorf("%s: the default has %d characters, want at most %d", name, len(text), most)
		}
		if pattern, ok := p["AllowedPattern"].(string); ok && !regexp.MustCompile("^(?:"+pattern+")$").MatchString(text) {
			t.Errorf("%s: got the default %q, want it to match %s", name, text, pattern)
		}
		checked++
	}
	if checked < 10 {
		t.Errorf("got %d defaults, want at least 10", checked)
	}
}
