package deploy

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// A rule that nothing breaks says nothing: each is given a template that breaks its promise, and must say so. Only the
// first place of several is broken, which a rule about each must see.
func TestRulesCanFail(t *testing.T) {
	if testing.Short() {
		t.Skip("runs this test's program again for each rule")
	}
	text, err := os.ReadFile(templateFile)
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct{ rule, old, new string }{
		{"TestBucketsAreClosed", "BlockPublicPolicy: true", "BlockPublicPolicy: false"},
		{"TestBucketsAreClosed", `{Bool: {"aws:SecureTransport": "false"}}`, `{Bool: {"aws:SecureTransport": "true"}}`},
		{"TestBucketsAreClosed", "VersioningConfiguration: {Status: Enabled}", "VersioningConfiguration: {Status: Suspended}"},
		{"TestVariantsBucketComesFirst", "Items: [400, 403, 404, 500, 502, 503, 504]", "Items: [400, 404, 500, 502, 503, 504, 416]"},
		{"TestVariantsBucketComesFirst", "Items: [400, 403, 404, 500, 502, 503, 504]", "Items: [400, 403, 500, 502, 503, 504, 416]"},
		{"TestVariantsBucketComesFirst", "Items: [{OriginId: variants}, {OriginId: service}]", "Items: [{OriginId: service}, {OriginId: variants}]"},
		{"TestCacheKnowsPathsAlone", "QueryStringsConfig: {QueryStringBehavior: none}", "QueryStringsConfig: {QueryStringBehavior: all}"},
		{"TestCacheKnowsPathsAlone", "HeadersConfig: {HeaderBehavior: none}", "HeadersConfig: {HeaderBehavior: whitelist, Headers: [Accept]}"},
		{"TestCacheKnowsPathsAlone", "EnableAcceptEncodingBrotli: false", "EnableAcceptEncodingBrotli: true"},
		{"TestAnswersComeFromTheService", "MaxTTL: 60", "MaxTTL: 86400"},
		{"TestAnswersComeFromTheService", "QueryStringsConfig: {QueryStringBehavior: all}", "QueryStringsConfig: {QueryStringBehavior: none}"},
		{"TestAnswersComeFromTheService", "- PathPattern: /info/*", "- PathPattern: /*"},
		{"TestWildcardsHaveReasons", `Resource: "*" # the action knows no resource`, `Resource: "*"`},
		{"TestWildcardsHaveReasons", "Action: secretsmanager:GetSecretValue", `Action: "secretsmanager:*"`},
		{"TestQueuesAndTopics", "maxReceiveCount: 3}", "maxReceiveCount: 30}"},
		{"TestQueuesAndTopics", "FunctionResponseTypes: [ReportBatchItemFailures]", "FunctionResponseTypes: []"},
		{"TestAlarmsCanBeHeard", "AlarmActions: !If [HasAlarmTopic, [!Ref AlarmTopicArn], !Ref AWS::NoValue]", "AlarmActions: []"},
		{"TestTemplateHoldsTheEdgeFunction", "const day=86400", "const day=86401"},
		{"TestTemplateHoldsTheEdgeFunction", "Default: jpeg,png,webp,avif,gif", "Default: jpeg,png,gif"},
		{"TestErrorsAreKeptForAsLongAsTheServiceSays", "{ErrorCode: 404, ErrorCachingMinTTL: 10}", "{ErrorCode: 404, ErrorCachingMinTTL: 300}"},
		{"TestErrorsAreKeptForAsLongAsTheServiceSays", "{ErrorCode: 503, ErrorCachingMinTTL: 0}", "{ErrorCode: 503, ErrorCachingMinTTL: 10}"},
		{"TestEnvironmentNamesAreFlags", "{Name: IMGORIGIN_MAX_AGE, Value", "{Name: IMGORIGIN_MAXAGE, Value"},
		{"TestServiceAndEdgeAgree", "{Name: IMGORIGIN_WIDTHS, Value: !Ref Widths}", "{Name: IMGORIGIN_WIDTHS, Value: 100}"},
		{"TestFunctionURLIsCloudFrontsAlone", "AuthType: AWS_IAM", "AuthType: NONE"},
		{"TestContainersAreConfined", "Scheme: internal", "Scheme: internet-facing"},
		{"TestLogsEnd", "RetentionInDays: !Ref LogDays", "Tags: []"},
		{"TestOriginSecretIsShared", ":SecretString:send}}", ":SecretString:take}}"},
		{"TestUploadsAreConfined", "/uploads/*", "/*"},
	}
	for _, test := range tests {
		if !strings.Contains(string(text), test.old) {
			t.Errorf("%s: the template has no %s", test.rule, test.old)
			continue
		}
		file := filepath.Join(t.TempDir(), templateFile)
		if err := os.WriteFile(file, []byte(strings.Replace(string(text), test.old, test.new, 1)), 0o600); err != nil {
			t.Fatal(err)
		}
		again := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^"+test.rule+"$")
		again.Env = append(os.Environ(), "IMGORIGIN_TEST_TEMPLATE="+file)
		out, err := again.CombinedOutput()
		if err == nil || !strings.Contains(string(out), "--- FAIL: "+test.rule) || strings.Contains(string(out), "panic") {
			t.Errorf("%s has nothing against %s: %v\n%s", test.rule, test.new, err, out)
		}
	}
}
