package doctor

import (
	"encoding/json"
	"slices"
	"strings"
)

// A policyStatement is a statement of a policy of a queue.
type policyStatement struct {
	Effect    string
	Principal any // "*", or the names of a kind by kind
	Action    any
}

// allowsSending reports whether a policy of a queue allows a service of AWS to send messages, under whatever conditions.
func allowsSending(policy, service string) bool {
	var document struct{ Statement json.RawMessage }
	if json.Unmarshal([]byte(policy), &document) != nil {
		return false
	}
	var statements []policyStatement
	if json.Unmarshal(document.Statement, &statements) != nil { // a single one needs no list
		statements = make([]policyStatement, 1)
		if json.Unmarshal(document.Statement, &statements[0]) != nil {
			return false
		}
	}
	return slices.ContainsFunc(statements, func(s policyStatement) bool { return s.allowsSending(service) })
}

func (s policyStatement) allowsSending(service string) bool {
	principals := texts(s.Principal)
	if byKind, ok := s.Principal.(map[string]any); ok {
		principals = append(texts(byKind["Service"]), texts(byKind["AWS"])...)
	}
	isService := func(principal string) bool { return principal == service || principal == "*" }
	isSend := func(action string) bool {
		action = strings.ToLower(action)
		return action == "sqs:sendmessage" || action == "sqs:*" || action == "*"
	}
	return s.Effect == "Allow" && slices.ContainsFunc(principals, isService) && slices.ContainsFunc(texts(s.Action), isSend)
}

// texts returns the texts of a value that is one, or a list of them, as policies have it.
func texts(v any) (all []string) {
	switch v := v.(type) {
	case string:
		return []string{v}
	case []any:
		for _, element := range v {
			all = append(all, texts(element)...)
		}
	}
	return all
}
