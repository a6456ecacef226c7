package deploy

import (
	"cmp"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"
)

const templateFile = "cloudformation.yaml"

// A stack is the template, read. Functions of CloudFormation are objects with one name: !Ref X is {"Ref": "X"}.
type stack struct {
	Parameters map[string]object
	Conditions object
	Resources  map[string]resource
	Outputs    map[string]object

	text string
	node *yaml.Node // for comments
}

type object = map[string]any

type resource struct {
	Type       string
	Condition  string
	DependsOn  []any
	Properties object
	Deletion   string
}

func readStack(t *testing.T) stack {
	t.Helper()
	text, err := os.ReadFile(cmp.Or(os.Getenv("IMGORIGIN_TEST_TEMPLATE"), templateFile))
	if err != nil {
		t.Fatal(err)
	}
	var document yaml.Node
	if err := yaml.Unmarshal(text, &document); err != nil {
		t.Fatal(err)
	}
	s := stack{text: string(text), node: document.Content[0], Resources: make(map[string]resource)}
	top := plain(s.node).(object)
	s.Parameters = objects(top["Parameters"])
	s.Outputs = objects(top["Outputs"])
	s.Conditions = top["Conditions"].(object)
	for name, r := range objects(top["Resources"]) {
		condition, _ := r["Condition"].(string)
		dependsOn, _ := r["DependsOn"].([]any)
		deletion, _ := r["DeletionPolicy"].(string)
		s.Resources[name] = resource{r["Type"].(string), condition, dependsOn, r["Properties"].(object), deletion}
	}
	return s
}

func objects(v any) map[string]object {
	all := make(map[string]object)
	for name, one := range v.(object) {
		all[name] = one.(object)
	}
	return all
}

// plain turns a node into maps, lists and scalars. Numbers and booleans stay what YAML takes them for.
func plain(n *yaml.Node) any {
	var v any
	switch n.Kind {
	case yaml.MappingNode:
		o := make(object)
		for i := 0; i < len(n.Content); i += 2 {
			o[n.Content[i].Value] = plain(n.Content[i+1])
		}
		v = o
	case yaml.SequenceNode:
		list := make([]any, 0, len(n.Content))
		for _, one := range n.Content {
			list = append(list, plain(one))
		}
		v = list
	default:
		v = n.Value
		if n.Tag == "!!int" || n.Tag == "!!bool" {
			_ = n.Decode(&v) // its tag says that it can
		}
	}
	switch {
	case n.Tag == "!Ref" || n.Tag == "!Condition":
		return object{strings.TrimPrefix(n.Tag, "!"): v}
	case strings.HasPrefix(n.Tag, "!") && !strings.HasPrefix(n.Tag, "!!"):
		return object{"Fn::" + strings.TrimPrefix(n.Tag, "!"): v}
	}
	return v
}

// of returns the resources of a type, by name in order.
func (s stack) of(kind string) (names []string) {
	for _, name := range slices.Sorted(maps.Keys(s.Resources)) {
		if s.Resources[name].Type == kind {
			names = append(names, name)
		}
	}
	return names
}

// dig goes down a path of names and, for !If, takes the branch that is not AWS::NoValue, the first of two.
func dig(v any, path ...string) any {
	for _, name := range path {
		o, ok := chosen(v).(object)
		if !ok {
			return nil
		}
		v = o[name]
	}
	return chosen(v)
}

func chosen(v any) any {
	o, ok := v.(object)
	if !ok || len(o) != 1 || o["Fn::If"] == nil {
		return v
	}
	branches := o["Fn::If"].([]any)[1:]
	if ref, ok := branches[0].(object); ok && ref["Ref"] == "AWS::NoValue" {
		return chosen(branches[1])
	}
	return chosen(branches[0])
}

// walk visits every object below v.
func walk(v any, visit func(object)) {
	switch v := v.(type) {
	case object:
		visit(v)
		for _, one := range v {
			walk(one, visit)
		}
	case []any:
		for _, one := range v {
			walk(one, visit)
		}
	}
}

// list makes a list of one what stands alone.
func list(v any) []any {
	switch v := v.(type) {
	case nil:
		return nil
	case []any:
		return v
	}
	return []any{v}
}

var variable = regexp.MustCompile(`\$\{([^}!]+)\}`)

// named returns every name that the template's functions refer to.
func (s stack) named() map[string]bool {
	names := make(map[string]bool)
	see := func(o object) {
		if ref, ok := o["Ref"].(string); ok {
			names[ref] = true
		}
		if at, ok := o["Fn::GetAtt"].(string); ok {
			name, _, _ := strings.Cut(at, ".")
			names[name] = true
		}
		text, own := o["Fn::Sub"], object{}
		if two, ok := text.([]any); ok {
			text, own = two[0], two[1].(object)
		}
		if text, ok := text.(string); ok {
			for _, m := range variable.FindAllStringSubmatch(text, -1) {
				name, _, _ := strings.Cut(m[1], ".")
				if own[m[1]] == nil {
					names[name] = true
				}
			}
		}
	}
	for _, r := range s.Resources {
		walk(r.Properties, see)
	}
	walk(s.Conditions, see)
	for _, o := range s.Outputs {
		walk(o, see)
	}
	return names
}
