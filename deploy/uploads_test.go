package deploy

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// Uploads are off by default. When they are on, the service may sign for keys below uploads/ and no others.
func TestUploadsAreConfined(t *testing.T) {
	s := readStack(t)
	found := false
	for _, policy := range list(s.Resources["ServeRole"].Properties["Policies"]) {
		for _, statement := range list(dig(policy, "PolicyDocument", "Statement")) {
			if dig(statement, "Sid") != "GiveUploads" {
				continue
			}
			found = true
			if condition := conditionOf(statement); condition != "GivesUploads" || dig(statement, "Action") != "s3:PutObject" {
				t.Errorf("uploads allow %v if %v", dig(statement, "Action"), condition)
			}
			where := fmt.Sprint(chosen(statement).(object)["Resource"]) // both branches of its !If
			for _, arn := range regexp.MustCompile(`arn:[^ \])]+`).FindAllString(where, -1) {
				if !strings.HasSuffix(arn, "/uploads/*") {
					t.Errorf("uploads may go to %s", arn)
				}
			}
		}
	}
	if !found {
		t.Error("no statement lets the service sign for uploads")
	}
	for _, name := range []string{"UploadTokensSecretArn", "UploadOrigin"} {
		if s.Parameters[name]["Default"] != "" {
			t.Errorf("%s: uploads are on by default", name)
		}
	}
}

// Pages of one web origin may write to the originals bucket, and not read from it.
func TestOriginalsTakeUploadsFromOneOrigin(t *testing.T) {
	s := readStack(t)
	cors := s.Resources["Originals"].Properties["CorsConfiguration"]
	if condition := conditionOf(cors); condition != "TakesUploads" {
		t.Fatalf("got CORS on condition %v", condition)
	}
	rules := list(dig(cors, "CorsRules"))
	if len(rules) != 1 {
		t.Fatalf("got %d rules", len(rules))
	}
	got := fmt.Sprint(dig(rules[0], "AllowedOrigins"))
	if !strings.Contains(got, "UploadOrigin") || strings.Contains(got, "*") {
		t.Errorf("got allowed origins %s", got)
	}
	for _, method := range list(dig(rules[0], "AllowedMethods")) {
		if !slices.Contains([]any{"PUT", "POST"}, method) {
			t.Errorf("a page may %v", method)
		}
	}
	pattern := regexp.MustCompile("^(?:" + s.Parameters["UploadOrigin"]["AllowedPattern"].(string) + ")$")
	for origin, want := range map[string]bool{
		"": true, "https://example.com": true, "https://localhost:3000": true,
		"*": false, "http://example.com": false, "https://*": false,
	} {
		if pattern.MatchString(origin) != want {
			t.Errorf("UploadOrigin %q: accepted %t, want %t", origin, !want, want)
		}
	}
}

// conditionOf returns the condition of v if it is an !If, else "".
func conditionOf(v any) any {
	o, ok := v.(object)
	if branches, isIf := o["Fn::If"].([]any); ok && isIf {
		return branches[0]
	}
	return ""
}
