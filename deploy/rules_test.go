package deploy

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
)

// CloudFormation refuses parameters at once that make no stack, or one without what they ask for, and not after it has created half of
// it. It accepts those of the examples.
func TestParametersThatDoNotFitAreRefused(t *testing.T) {
	s := readStack(t)
	const network = " VpcId=vpc-1 SubnetIds=subnet-1,subnet-2 CloudFrontPrefixListId=pl-1"
	for _, test := range []struct{ parameters, refused string }{
		{"Compute=lambda", ""},
		{"Compute=fargate" + network, ""},
		{"Compute=fargate SweepEvery=rate(7_days) Jobs=true UploadTokensSecretArn=arn" + network, ""},
		{"Compute=lambda SignedUrls=required SignKeysSecretArn=arn DomainName=a.example CertificateArn=arn Dialects=imgproxy=/i/ DialectPath=/i/*", ""},
		{"Compute=lambda OriginalsBucketName=photos OriginalsEvents=eventbridge", ""},
		{"", "Fargate needs VpcId. Fargate needs CloudFrontPrefixListId."},
		{"Compute=lambda SweepEvery=rate(7_days)", "SweepEvery is for Fargate only"},
		{"Compute=lambda Jobs=true", "Jobs are for Fargate only"},
		{"Compute=lambda UploadTokensSecretArn=arn", "POST /uploads is answered on Fargate only"},
		{"Compute=lambda OriginalsEvents=eventbridge", "A new bucket notifies the queue itself"},
		{"Compute=lambda SignedUrls=allowed", "Signed URLs need SignKeysSecretArn"},
		{"Compute=lambda Dialects=imgproxy=/i/", "Dialects need DialectPath"},
		{"Compute=lambda DialectPath=/i/*", "DialectPath needs Dialects"},
		{"Compute=lambda DomainName=a.example", "DomainName needs CertificateArn"},
	} {
		values := make(map[string]string)
		for _, parameter := range strings.Fields(test.parameters) {
			name, value, _ := strings.Cut(parameter, "=")
			if s.Parameters[name] == nil {
				t.Errorf("the template has no parameter %s", name)
			}
			values[name] = value
		}
		got := strings.Join(s.refusals(values), " ")
		if test.refused == "" && got != "" || !strings.Contains(got, test.refused) {
			t.Errorf("%s: got %q, want %q", test.parameters, got, test.refused)
		}
	}
}

// refusals returns what the rules say against the values of parameters, in the order of the rules' names.
func (s stack) refusals(values map[string]string) (refusals []string) {
	for _, name := range slices.Sorted(maps.Keys(s.Rules)) {
		if rule := s.Rules[name]; s.ruleHolds(rule["RuleCondition"], values) {
			for _, assertion := range list(rule["Assertions"]) {
				if !s.ruleHolds(dig(assertion, "Assert"), values) {
					refusals = append(refusals, dig(assertion, "AssertDescription").(string))
				}
			}
		}
	}
	return refusals
}

// ruleHolds evaluates a condition of a rule.
func (s stack) ruleHolds(condition any, values map[string]string) bool {
	text := func(v any) string {
		name, isRef := dig(v, "Ref").(string)
		if !isRef {
			return fmt.Sprint(v)
		}
		if value, isGiven := values[name]; isGiven {
			return value
		}
		return fmt.Sprint(s.Parameters[name]["Default"])
	}
	o := condition.(object)
	if negated := list(o["Fn::Not"]); negated != nil {
		return !s.ruleHolds(negated[0], values)
	}
	pair := list(o["Fn::Equals"])
	return text(pair[0]) == text(pair[1])
}
