package secret_test

import (
	"testing"

	"github.com/imgorigin/imgorigin/server/secret"
)

func TestMatch(t *testing.T) {
	tests := []struct {
		secrets []string
		given   string
		want    bool
	}{
		{nil, "", false},
		{nil, "a", false},
		{[]string{"a"}, "a", true},
		{[]string{"a"}, "b", false},
		{[]string{"a"}, "aa", false},
		{[]string{"old", "new"}, "old", true},
		{[]string{"old", "new"}, "new", true},
		{[]string{"old", "new"}, "", false},
		{[]string{""}, "", false},
		{[]string{"", "a"}, "", false},
		{[]string{"", "a"}, "a", true},
	}
	for _, tt := range tests {
		if got := secret.Match(tt.secrets, tt.given); got != tt.want {
			t.Errorf("Match(%q, %q) = %t, want %t", tt.secrets, tt.given, got, tt.want)
		}
	}
}
