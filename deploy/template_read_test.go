package deploy

import (
	"cmp"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

const templateFile = "cloudformation.yaml"

// A stack is the parsed template. Functions of CloudFormation are objects with one name: !Ref X is {"Ref": "X"}.
type stack struct {
	Parameters map[string]object
	Conditions object
	Rules      map[string]object
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
	s.Rules = objects(top["Rules"])
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
	for name, value := range v.(object) {
		all[name] = value.(object)
	}
	return all
}

// plain converts a node to maps, lists and scalars. Only integers and booleans are not strings.
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
		for _, child := range n.Content {
			list = append(list, plain(child))
		}
		v = list
	default:
		v = n.Value
		if n.Tag == "!!int" || n.Tag == "!!bool" {
			_ = n.Decode(&v) // the tag was resolved from the value
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

// of returns the names of the resources of a type, sorted.
func (s stack) of(kind string) (names []string) {
	for _, name := range slices.Sorted(maps.Keys(s.Resources)) {
		if s.Resources[name].Type == kind {
			names = append(names, name)
		}
	}
	return names
}

// dig returns the value at a path of names below v, or nil. Where it meets an !If, it takes one of its branches: see
// chosen.
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

// chosen returns the branch of an !If that is not AWS::NoValue, the first if both are not. Other values it returns as
// they are.
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

// walk calls visit for v and everything below it that is an object.
func walk(v any, visit func(object)) {
	switch v := v.(type) {
	case object:
		visit(v)
		for _, value := range v {
			walk(value, visit)
		}
	case []any:
		for _, value := range v {
			walk(value, visit)
		}
	}
}

// list returns a list as it is, nil as an empty list, and any other value as a list of one.
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

// references returns every name that the template's functions refer to.
func (s stack) references() map[string]bool {
	names := make(map[string]bool)
	visit := func(o object) {
		if ref, ok := o["Ref"].(string); ok {
			names[ref] = true
		}
		if attribute, ok := o["Fn::GetAtt"].(string); ok {
			name, _, _ := strings.Cut(attribute, ".")
			names[name] = true
		}
		text, local := o["Fn::Sub"], object{}
		if pair, ok := text.([]any); ok {
			text, local = pair[0], pair[1].(object)
		}
		if text, ok := text.(string); ok {
			for _, m := range variable.FindAllStringSubmatch(text, -1) {
				name, _, _ := strings.Cut(m[1], ".")
				if local[m[1]] == nil {
					names[name] = true
				}
			}
		}
	}
	for _, r := range s.Resources {
		walk(r.Properties, visit)
	}
	walk(s.Conditions, visit)
	for _, o := range s.Outputs {
		walk(o, visit)
	}
	return names
}
