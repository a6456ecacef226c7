package main

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// A stackTemplate evaluates what deploy/cloudformation.yaml says of a stack: what CloudFormation would make of a property.
type stackTemplate struct {
	parameters, conditions, resources *yaml.Node

	values map[string]string // of parameters, in place of their defaults, and of references to resources, in place of their names
}

// noValue is what AWS::NoValue evaluates to.
var noValue = new(struct{})

const (
	stackAccount = "000000000000"
	stackRegion  = "us-east-1"
)

func readStackTemplate(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../../deploy/cloudformation.yaml")
	must(t, err)
	return string(text)
}

func parseStackTemplate(t *testing.T, text string, values map[string]string) stackTemplate {
	t.Helper()
	var document yaml.Node
	must(t, yaml.Unmarshal([]byte(text), &document))
	top := document.Content[0]
	return stackTemplate{nodeAt(top, "Parameters"), nodeAt(top, "Conditions"), nodeAt(top, "Resources"), values}
}

// nodeAt returns the node at a path of names, nil if there is none.
func nodeAt(n *yaml.Node, path ...string) *yaml.Node {
	for _, name := range path {
		if n = childOf(n, name); n == nil {
			return nil
		}
	}
	return n
}

func childOf(n *yaml.Node, name string) *yaml.Node {
	for i := 0; n.Kind == yaml.MappingNode && i < len(n.Content); i += 2 {
		if n.Content[i].Value == name {
			return n.Content[i+1]
		}
	}
	return nil
}

// property returns a property of a resource: maps, lists and strings.
func (s stackTemplate) property(resource string, path ...string) any {
	n := nodeAt(s.resources, append([]string{resource, "Properties"}, path...)...)
	if n == nil {
		panic(fmt.Sprint("the template has no ", resource, path))
	}
	return s.eval(n)
}

func (s stackTemplate) eval(n *yaml.Node) any {
	switch {
	case n.Tag == "!Ref":
		return s.ref(n.Value)
	case n.Tag == "!GetAtt":
		return s.attribute(n.Value)
	case n.Tag == "!If" || n.Kind == yaml.MappingNode && n.Content[0].Value == "Fn::If":
		if n.Tag != "!If" {
			n = n.Content[1]
		}
		if s.holds(childOf(s.conditions, n.Content[0].Value)) {
			return s.eval(n.Content[1])
		}
		return s.eval(n.Content[2])
	case n.Tag == "!Sub":
		return s.substitute(n)
	case n.Kind == yaml.MappingNode:
		m := make(map[string]any)
		for i := 0; i < len(n.Content); i += 2 {
			if v := s.eval(n.Content[i+1]); v != noValue {
				m[n.Content[i].Value] = v
			}
		}
		return m
	case n.Kind == yaml.SequenceNode:
		list := []any{}
		for _, child := range n.Content {
			if v := s.eval(child); v != noValue {
				list = append(list, v)
			}
		}
		return list
	}
	return n.Value
}

// ref returns what !Ref is of a parameter or a resource.
func (s stackTemplate) ref(name string) any {
	if value, isGiven := s.values[name]; isGiven {
		return value
	}
	switch name {
	case "AWS::NoValue":
		return noValue
	case "AWS::Partition":
		return "aws"
	case "AWS::Region":
		return stackRegion
	case "AWS::AccountId":
		return stackAccount
	}
	if p := childOf(s.parameters, name); p != nil {
		if preset := childOf(p, "Default"); preset != nil {
			return preset.Value
		}
		return ""
	}
	for _, names := range []string{"BucketName", "TableName", "LogGroupName", "Name"} {
		if n := nodeAt(s.resources, name, "Properties", names); n != nil {
			return s.eval(n)
		}
	}
	return name
}

// attribute returns what !GetAtt is. Only ARNs of what roles may use are told apart.
func (s stackTemplate) attribute(name string) string {
	resource, _, _ := strings.Cut(name, ".")
	switch n := nodeAt(s.resources, resource, "Type"); n.Value {
	case "AWS::S3::Bucket":
		return fmt.Sprint("arn:aws:s3:::", s.ref(resource))
	case "AWS::SQS::Queue":
		return fmt.Sprintf("arn:aws:sqs:%s:%s:%s", stackRegion, stackAccount, s.property(resource, "QueueName"))
	case "AWS::DynamoDB::Table":
		return fmt.Sprintf("arn:aws:dynamodb:%s:%s:table/%s", stackRegion, stackAccount, s.ref(resource))
	}
	return name
}

var inSub = regexp.MustCompile(`\$\{([^}!]+)\}`)

func (s stackTemplate) substitute(n *yaml.Node) string {
	var local *yaml.Node
	if n.Kind == yaml.SequenceNode {
		n, local = n.Content[0], n.Content[1]
	}
	return inSub.ReplaceAllStringFunc(n.Value, func(match string) string {
		name := match[2 : len(match)-1]
		if local != nil && childOf(local, name) != nil {
			return s.eval(childOf(local, name)).(string)
		}
		if strings.Contains(name, ".") {
			return s.attribute(name)
		}
		return fmt.Sprint(s.ref(name))
	})
}

// holds reports whether a condition holds.
func (s stackTemplate) holds(n *yaml.Node) bool {
	switch n.Tag {
	case "!Condition":
		return s.holds(childOf(s.conditions, n.Value))
	case "!Equals":
		return s.eval(n.Content[0]) == s.eval(n.Content[1])
	case "!Not":
		return !s.holds(n.Content[0])
	case "!And":
		for _, part := range n.Content {
			if !s.holds(part) {
				return false
			}
		}
		return true
	}
	panic("the template has a condition of " + n.Tag)
}

// environment returns the environment variables of a task or function.
func (s stackTemplate) environment(resource string) map[string]string {
	env := make(map[string]string)
	if nodeAt(s.resources, resource, "Properties", "Environment") != nil {
		for name, value := range s.property(resource, "Environment", "Variables").(map[string]any) {
			env[name] = value.(string)
		}
		return env
	}
	container := s.property(resource, "ContainerDefinitions").([]any)[0].(map[string]any)
	for _, v := range container["Environment"].([]any) {
		pair := v.(map[string]any)
		env[pair["Name"].(string)] = pair["Value"].(string)
	}
	return env
}
