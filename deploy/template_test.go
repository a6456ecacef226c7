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
	`"presets":${EdgePresets},"only":${OnlyPresets},"marks":${EdgeMarks},"escape":${Escape},` + edgeWords() + `}`

func edgeWords() string {
	words, relayed := grammar.EdgeWords()
	return fmt.Sprintf(`"words":%q,"relayed":%q`, words, relayed)
}

// inlined match the code of the functions of images, and of paths.
var inlined, inlinedPaths = regexp.MustCompile(`(?m)^      FunctionCode: !Sub\n        - \|\n((?:          .*\n)+)`),
	regexp.MustCompile(`(?m)^      FunctionCode: \|\n((?:        .*\n)+)`)

// inline writes a function into the template where match finds one, whose lines begin with an indent.
func (s stack) inline(t *testing.T, match *regexp.Regexp, first, indent, code string) stack {
	t.Helper()
	block := first
	for line := range strings.Lines(code) {
		block += indent + line
	}
	if err := os.WriteFile(templateFile, []byte(match.ReplaceAllLiteralString(s.text, block)), 0o644); err != nil {
		t.Fatal(err)
	}
	return readStack(t)
}

func TestTemplateContainsTheEdgeFunction(t *testing.T) {
	code, err := edgeFunction(templateSettings)
	if err != nil {
		t.Fatal(err)
	}
	s := readStack(t)
	if *update {
		s = s.inline(t, inlined, "      FunctionCode: !Sub\n        - |\n", "          ", code)
		s = s.inline(t, inlinedPaths, "      FunctionCode: |\n", "        ", PathsFunction())
	}
	got := list(dig(s.Resources["EdgeFunction"].Properties, "FunctionCode", "Fn::Sub"))
	if got[0] != code || dig(s.Resources["PathsFunction"].Properties, "FunctionCode") != PathsFunction() {
		t.Fatalf("the template contains another function: run go test ./deploy -run Template -update")
	}
	if strings.Count(code, "${") != strings.Count(templateSettings, "${") {
		t.Errorf("CloudFormation would take a part of the function for a variable")
	}

	if escapes := fmt.Sprint(got[1]); escapes != "map[Escape:map[Fn::If:[IsLambda true false]]]" {
		t.Errorf("paths are escaped where %s, want on Lambda", escapes)
	}
	filled := variable.ReplaceAllStringFunc(code, func(v string) string {
		if v == "${Escape}" {
			return "false"
		}
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
