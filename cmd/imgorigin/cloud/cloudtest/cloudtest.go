// Package cloudtest sets the environment that the AWS SDK looks at, for tests.
package cloudtest

import (
	"path/filepath"
	"testing"
)

// SetNoCredentials has the AWS SDK find no credentials anywhere.
func SetNoCredentials(t *testing.T) {
	t.Helper()
	for name, value := range NoCredentials(t) {
		t.Setenv(name, value)
	}
}

// NoCredentials returns the environment in which the AWS SDK finds no credentials anywhere.
func NoCredentials(t *testing.T) map[string]string {
	t.Helper()
	none := filepath.Join(t.TempDir(), "none")
	return map[string]string{
		"AWS_REGION": "us-east-1", "AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": "", "AWS_SESSION_TOKEN": "", "AWS_PROFILE": "",
		"AWS_CONFIG_FILE": none, "AWS_SHARED_CREDENTIALS_FILE": none, "AWS_EC2_METADATA_DISABLED": "true",
		"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "", "AWS_CONTAINER_CREDENTIALS_FULL_URI": "", "AWS_WEB_IDENTITY_TOKEN_FILE": "",
	}
}
