package deploy

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// When the creation of a stack fails, CloudFormation deletes what it made until then, but nothing with the policy Retain. What
// is left would keep its name, and the next attempt would fail on it.
func TestRollbacksLeaveNothing(t *testing.T) {
	s := readStack(t)
	kept := 0
	for name, r := range s.Resources {
		switch r.Deletion {
		case "", "Delete":
		case "RetainExceptOnCreate":
			kept++
		default:
			t.Errorf("%s: DeletionPolicy is %s", name, r.Deletion)
		}
	}
	if kept != 2 {
		t.Errorf("got %d resources that outlive the stack, want the originals and the quarantine", kept)
	}
}

// An alias stays on its version of a function, and CloudFormation makes a new version only when a property of the version
// changes. So the version names something that changes with every parameter that the function depends on.
func TestSettingsMakeNewVersions(t *testing.T) {
	s := readStack(t)
	if dig(s.Resources["HttpVersion"].Properties, "Description", "Ref") != "HttpSettings" || s.Resources["HttpSettings"].Type != "AWS::ECS::TaskDefinition" {
		t.Error("the version does not name the revision of HttpSettings")
	}
	if dig(s.Resources["HttpAlias"].Properties, "FunctionVersion", "Fn::GetAtt") != "HttpVersion.Version" {
		t.Error("the alias does not follow the version")
	}
	noted := s.parametersOf(s.Resources["HttpSettings"].Properties)
	for _, name := range s.parametersOf(s.Resources["HttpFunction"].Properties) {
		// The name makes another function, and the concurrency belongs to all versions.
		if !slices.Contains(noted, name) && name != "Name" && name != "LogDays" && name != "HttpConcurrency" {
			t.Errorf("the function depends on %s, a change of which makes no new version", name)
		}
	}
}

// CloudFormation sets the number of tasks of a service to its DesiredCount with every update of the service, whatever it was scaled to.
// Without one, an update leaves the number as it is.
func TestDeploysKeepTheNumberOfTasks(t *testing.T) {
	s := readStack(t)
	scaled := 0
	for _, name := range s.of("AWS::ApplicationAutoScaling::ScalableTarget") {
		for _, service := range s.of("AWS::ECS::Service") {
			if !strings.Contains(fmt.Sprint(s.Resources[name].Properties["ResourceId"]), service+".Name") {
				continue
			}
			scaled++
			if count := s.Resources[service].Properties["DesiredCount"]; count != nil {
				t.Errorf("%s is scaled, and each update sets it to %v tasks", service, count)
			}
		}
	}
	if scaled != 2 {
		t.Errorf("got %d services that are scaled, want those that serve and that work", scaled)
	}
}

// parametersOf returns the parameters that v refers to, by itself and by its conditions.
func (s stack) parametersOf(v any) (names []string) {
	note := func(name string) {
		if s.Parameters[name] != nil && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	var visit func(o object)
	visit = func(o object) {
		if ref, ok := o["Ref"].(string); ok {
			note(ref)
		}
		if text := list(o["Fn::Sub"]); len(text) > 0 {
			for _, m := range variable.FindAllStringSubmatch(fmt.Sprint(text[0]), -1) {
				note(m[1])
			}
		}
		if choice, ok := o["Fn::If"].([]any); ok {
			walk(s.Conditions[choice[0].(string)], visit)
		}
		if name, ok := o["Condition"].(string); ok {
			walk(s.Conditions[name], visit)
		}
	}
	walk(v, visit)
	return names
}

// A scan of sizes must not take the concurrency of the whole account where its owner sets a limit. There is none by default:
// a new account has so little concurrency that no share of it can be reserved.
func TestConcurrencyIsLimited(t *testing.T) {
	s := readStack(t)
	if got := fmt.Sprint(s.Resources["HttpFunction"].Properties["ReservedConcurrentExecutions"]); !strings.Contains(got, "Ref:HttpConcurrency") {
		t.Errorf("the function for requests reserves %s, want HttpConcurrency", got)
	}
	if got := s.Parameters["HttpConcurrency"]["Default"]; got != 0 {
		t.Errorf("got %v reserved by default, want 0", got)
	}
	for _, name := range s.of("AWS::Lambda::EventSourceMapping") {
		if dig(s.Resources[name].Properties, "ScalingConfig", "MaximumConcurrency") == nil {
			t.Errorf("%s has no limit of concurrency", name)
		}
	}
}

// The functions of metric math that take a list take time series or numbers, not both. An expression that mixes them is no
// error in a scaling policy: it never has a value, and nothing scales.
func TestMetricMath(t *testing.T) {
	mixed := regexp.MustCompile(`\[[^\]]*\b[a-z]\w*\b[^\]]*\b\d+\b[^\]]*\]|\[[^\]]*\b\d+\b[^\]]*\b[a-z]\w*\b[^\]]*\]`)
	expressions := 0
	for name, r := range readStack(t).Resources {
		walk(r.Properties, func(o object) {
			if e, ok := o["Expression"].(string); ok {
				expressions++
				if mixed.MatchString(e) {
					t.Errorf("%s mixes time series and numbers: %s", name, e)
				}
			}
		})
	}
	if expressions < 4 {
		t.Errorf("got %d expressions", expressions)
	}
}

// Parameters take ARNs of any partition, and the template writes none of a certain one. Its own strings name amazonaws.com only
// in principals, which are the same everywhere.
func TestPartitions(t *testing.T) {
	s := readStack(t)
	for name, p := range s.Parameters {
		pattern, _ := p["AllowedPattern"].(string)
		if strings.Contains(pattern, "arn:") && !strings.Contains(pattern, "arn:[a-z-]+:") {
			t.Errorf("%s takes ARNs of one partition: %s", name, pattern)
		}
	}
	principal := regexp.MustCompile(`^[a-z0-9-]+\.amazonaws\.com$`)
	var check func(where string, v any)
	check = func(where string, v any) {
		switch v := v.(type) {
		case string:
			if strings.Contains(v, "arn:aws") || strings.Contains(v, "amazonaws.com") && !principal.MatchString(v) {
				t.Errorf("%s is of one partition: %s", where, v)
			}
		case []any:
			for _, element := range v {
				check(where, element)
			}
		case object:
			for name, value := range v {
				check(where+"."+name, value)
			}
		}
	}
	for name, r := range s.Resources {
		check(name, r.Properties)
	}
	for name, o := range s.Outputs {
		check(name, o["Value"])
	}
}

// Keeping variants costs less than making them again, so it is the default. Originals, which are large and seldom read, are
// moved to a class that costs less. S3 moves nothing of less than 128 KB, as most variants are.
func TestWhatIsKept(t *testing.T) {
	s := readStack(t)
	for parameter, want := range map[string]any{"VariantsThen": "keep", "OriginalsThen": "tier"} {
		if got := s.Parameters[parameter]["Default"]; got != want {
			t.Errorf("%s is %v by default, want %v", parameter, got, want)
		}
	}
	for _, test := range []struct {
		bucket, condition string
		field, days       string
	}{
		{"Variants", "Expires", "ExpirationInDays", "VariantsAfterDays"},
		{"Variants", "TiersVariants", "Transitions", "VariantsAfterDays"},
		{"Originals", "TiersOriginals", "Transitions", "OriginalsAfterDays"},
	} {
		for _, holds := range []bool{false, true} {
			conditions := map[string]bool{"OwnsOriginals": true, test.condition: holds}
			found := false
			for _, rule := range list(dig(s.properties(test.bucket, conditions), "LifecycleConfiguration", "Rules")) {
				found = found || strings.Contains(fmt.Sprint(dig(rule, test.field)), test.days)
			}
			if found != holds {
				t.Errorf("%s: %s is %t if %s is %t", test.bucket, test.field, found, test.condition, holds)
			}
		}
	}
}
