package deploy

import "slices"

// resolve returns a value of the template with its !If resolved, by the values of simple conditions, and without what is
// AWS::NoValue.
func resolve(v any, conditions map[string]bool) any {
	switch v := v.(type) {
	case []any:
		var kept []any
		for _, element := range v {
			if element = resolve(element, conditions); element != nil {
				kept = append(kept, element)
			}
		}
		return kept
	case object:
		if v["Ref"] == "AWS::NoValue" {
			return nil
		}
		if choice, ok := v["Fn::If"].([]any); ok {
			if conditions[choice[0].(string)] {
				return resolve(choice[1], conditions)
			}
			return resolve(choice[2], conditions)
		}
		kept := make(object)
		for name, value := range v {
			if value = resolve(value, conditions); value != nil {
				kept[name] = value
			}
		}
		return kept
	}
	return v
}

// properties returns the properties of a resource under conditions, nil if there is no such resource then.
func (s stack) properties(name string, conditions map[string]bool) object {
	r := s.Resources[name]
	if r.Condition != "" && !s.holds(object{"Condition": r.Condition}, conditions) {
		return nil
	}
	return resolve(r.Properties, conditions).(object)
}

// holds reports whether a condition holds: one of those given, or what !And and !Not make of others. What is given of a
// condition goes before what the template says of it. Comparisons are not evaluated: they don't hold.
func (s stack) holds(condition any, conditions map[string]bool) bool {
	o := condition.(object)
	if name, ok := o["Condition"].(string); ok {
		if value, isGiven := conditions[name]; isGiven {
			return value
		}
		return s.holds(s.Conditions[name], conditions)
	}
	if negated := list(o["Fn::Not"]); negated != nil {
		return !s.holds(negated[0], conditions)
	}
	all := list(o["Fn::And"])
	return all != nil && !slices.ContainsFunc(all, func(part any) bool { return !s.holds(part, conditions) })
}
