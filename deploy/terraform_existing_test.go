package deploy

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/imgorigin/imgorigin/server"
)

// spaces are those that terraform fmt aligns by.
var spaces = regexp.MustCompile(`[ \t]+`)

// The example for a distribution that is there already sets what the template sets, in the words of the provider for AWS.
func TestTerraformExistingDistribution(t *testing.T) {
	source, err := os.ReadFile("terraform/examples/existing-distribution/main.tf")
	if err != nil {
		t.Fatal(err)
	}
	text := spaces.ReplaceAllString(string(source), " ")
	s := readStack(t)
	d := dig(s.Resources["Distribution"].Properties, "DistributionConfig")
	group := list(dig(d, "OriginGroups", "Items"))[0]
	variants, service := list(dig(d, "Origins"))[0], list(dig(d, "Origins"))[1]
	images := dig(s.Resources["CachePolicy"].Properties, "CachePolicyConfig")
	answers := dig(s.Resources["AnswersCachePolicy"].Properties, "CachePolicyConfig")
	policy := dig(s.Resources["ResponsePolicy"].Properties, "ResponseHeadersPolicyConfig")
	always, ofDialects := s.behaviors()
	var pathsOfImages, pathsOfAnswers []any
	for _, b := range ofDialects[:2] {
		pathsOfImages = append(pathsOfImages, dig(b, "PathPattern"))
	}
	for _, b := range always {
		pathsOfAnswers = append(pathsOfAnswers, dig(b, "PathPattern"))
	}
	errors := "{"
	for _, e := range list(dig(d, "CustomErrorResponses")) {
		errors += fmt.Sprintf(" %v = %v,", dig(e, "ErrorCode"), dig(e, "ErrorCachingMinTTL"))
	}
	quoted := func(values []any) string {
		return `["` + strings.ReplaceAll(strings.Trim(fmt.Sprint(values), "[]"), " ", `", "`) + `"]`
	}
	for _, want := range []string{
		"status_codes = [" + strings.ReplaceAll(strings.Trim(fmt.Sprint(dig(group, "FailoverCriteria", "StatusCodes", "Items")), "[]"), " ", ", ") + "]",
		"for_each = " + quoted(pathsOfImages), "for_each = " + quoted(pathsOfAnswers), "for_each = " + strings.TrimSuffix(errors, ",") + " }",
		fmt.Sprintf("connection_attempts = %v", dig(variants, "ConnectionAttempts")),
		fmt.Sprintf("connection_timeout = %v", dig(variants, "ConnectionTimeout")),
		fmt.Sprintf("origin_read_timeout = %v", dig(service, "CustomOriginConfig", "OriginReadTimeout")),
		fmt.Sprintf("origin_keepalive_timeout = %v", dig(service, "CustomOriginConfig", "OriginKeepaliveTimeout")),
		fmt.Sprintf("min_ttl = %v\n default_ttl = %v\n max_ttl = %v", dig(images, "MinTTL"), dig(images, "DefaultTTL"), dig(images, "MaxTTL")),
		fmt.Sprintf("min_ttl = %v\n default_ttl = %v\n max_ttl = %v", dig(answers, "MinTTL"), dig(answers, "DefaultTTL"), dig(answers, "MaxTTL")),
		fmt.Sprintf("content_security_policy = %q", dig(policy, "SecurityHeadersConfig", "ContentSecurityPolicy", "ContentSecurityPolicy")),
		fmt.Sprintf("items = [%q]", SignedHeader), fmt.Sprintf("name = %q", server.SecretHeader), "compress = false",
		`allowed_methods = ["GET", "HEAD"]`, `Action = "s3:GetObject"`, `event_type = "viewer-request"`,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("got no %s, which is in the template", want)
		}
	}
	members := regexp.MustCompile(`member \{\n origin_id = "(\w+)"`).FindAllStringSubmatch(text, -1)
	if len(members) != 2 || !slices.Equal([]string{members[0][1], members[1][1]}, []string{"variants", "service"}) {
		t.Errorf("got the members %v, want the bucket first", members)
	}
}
