package main

import (
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/imgorigin/imgorigin/cmd/imgorigin/settings"
)

// ruleValues are values, other than the defaults, for the flags that take one. The others are booleans.
var ruleValues = map[string]string{
	"sign-keys": "k", "dialect": "imgproxy", "dialect-keys": "imgproxy=00:00", "dialect-sources": "https://photos.example.com/=",
	"preset": "avatar=w=64", "origin-secret": "s", "fallback-status": "200", "mezzanine": "2048", "failures-table": "failures",
	"purge": "tags", "upload-tokens": "t", "upload-user-header": "X-User", "upload-prefix": "in/", "upload-types": "image/png",
	"upload-min-bytes": "2B", "upload-max-bytes": "1MiB", "upload-for": "1m", "trace-ratio": "0.5", "emf-every": "5s", "live-key": "cat.jpg",
	"live-wait": "1m", "removals-queue": "http://127.0.0.1:1/removals",
}

// The first command that a rule applies to reports it, and names the flags.
func TestFlagRules(t *testing.T) {
	originals := t.TempDir()
	for _, rule := range settings.Rules {
		given := []string{rule.Flag}
		want := "--" + rule.Flag + " needs --" + strings.Join(rule.Needs, " or --")
		if rule.Excludes != "" {
			given = append(given, rule.Excludes)
			want = fmt.Sprintf("--%s and --%s exclude each other", rule.Flag, rule.Excludes)
		}
		for _, name := range given[1:] { // without which another rule is broken
			switch name {
			case "sign-required":
				given = append(given, "sign-keys")
			case "only-presets":
				given = append(given, "preset")
			}
		}
		command := []string{"serve", "--originals", originals, "--variants", "none"}
		switch {
		case rule.Flag == "open":
			command = []string{"dev", originals}
		case rule.Flag == "dead-letters":
			command = []string{"lambda", "events", "--originals", originals, "--variants", "none"}
		case strings.HasPrefix(rule.Flag, "live"):
			continue // the doctor lists what is wrong: see TestDoctorTellsRules
		}
		if rule.Excludes == "removals-queue" {
			command = append(command, "--quarantine", filepath.Join(t.TempDir(), "quarantine"))
		}
		for _, name := range given {
			if value, ok := ruleValues[name]; ok {
				command = append(command, "--"+name, value)
			} else {
				command = append(command, "--"+name)
			}
		}
		if rule.Flag == "upload-user-header" && rule.Needs[0] == "uploads" {
			command = append(command, "--trusted-proxies", "10.0.0.0/8")
		}
		err := run(t.Context(), command, func(string) string { return "" }, io.Discard)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %s", command, err, want)
		}
	}
}

// A rule holds wherever a setting comes from, and the error says where; not for defaults that are written down, nor for
// commands that do not answer requests.
func TestFlagRulesOfSettings(t *testing.T) {
	folder := t.TempDir()
	serve := []string{"serve", "--originals", folder, "--variants", "none", "--listen", "nowhere:1:2"} // where serve ends otherwise
	const started = "listen on"
	file := filepath.Join(t.TempDir(), "settings.yaml")
	writeFile(t, file, []byte("sign-required: true\n"))
	for _, test := range []struct {
		args []string
		env  map[string]string
		want string
	}{
		{serve, map[string]string{"IMGORIGIN_SIGN_REQUIRED": "true"}, "(from $IMGORIGIN_SIGN_REQUIRED)"},
		{append(serve, "--config", file), nil, "every image is refused (from " + file + ":1)"},
		{append(serve, "--config", file), map[string]string{"IMGORIGIN_SIGN_KEYS": "k"}, started},
		{serve, map[string]string{"IMGORIGIN_SIGN_REQUIRED": "false"}, started},
		{serve, map[string]string{"IMGORIGIN_SIGN_REQUIRED": "true", "IMGORIGIN_DIALECT": "imgproxy", "IMGORIGIN_DIALECT_KEYS": "imgproxy=00:00"}, started},
		{serve, map[string]string{"IMGORIGIN_TRACE_RATIO": "0.01", "IMGORIGIN_UPLOAD_FOR": "300s", "IMGORIGIN_FALLBACK_STATUS": "404"}, started},
		{serve, map[string]string{"IMGORIGIN_UPLOAD_TYPES": "image/jpeg,image/png,image/gif,image/webp"}, started},
		{[]string{"work", "--originals", folder, "--variants", "none", "--sign-required"}, nil, "want at least one"},
		{
			[]string{"work", "--originals", folder, "--variants", "none", "--queue", "q", "--dead-letters", "q", "--quarantine", "x"}, nil,
			"--dead-letters is a queue whose events are handled already",
		},
		{[]string{"presign", "--originals", "none", "--upload-for", "1m", "cat.jpg"}, nil, "uploads need S3"},
	} {
		err := run(t.Context(), test.args, func(name string) string { return test.env[name] }, io.Discard)
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%v %v: got %v, want %s", test.args, test.env, err, test.want)
		}
	}
}

// The doctor lists every rule that is broken.
func TestDoctorTellsRules(t *testing.T) {
	var out strings.Builder
	args := []string{
		"doctor", "--originals", t.TempDir(), "--variants", "none", "--sign-required", "--quarantine-move", "--live-key", "cat.jpg",
	}
	if err := run(t.Context(), args, func(string) string { return "" }, &out); err == nil {
		t.Error("got no error")
	}
	for _, want := range []string{
		"--sign-required needs --sign-keys or --dialect-keys", "--quarantine-move needs --quarantine", "--live-key needs --live",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%s is missing in %s", want, out.String())
		}
	}
}

// The URLs that dev prints at its start work, whatever URLs it refuses.
func TestDevExamples(t *testing.T) {
	for _, args := range [][]string{
		{"--sign-required", "--sign-keys", "k"},
		{"--only-presets", "--preset", "avatar=w=64&h=64"},
		{"--no-playground"},
	} {
		_, out := process(t, nil, append([]string{"dev", "--cache", "none", "--listen", "127.0.0.1:0"}, args...)...)
		out.await(t, `(Ctrl\+C stops it)`)
		urls := regexp.MustCompile(`http://\S+/img/\S+`).FindAllString(out.String(), -1)
		if len(urls) == 0 {
			t.Errorf("%s: no URL in %s", args, out.String())
		}
		for _, url := range urls {
			if response, _ := get(t, url); response.StatusCode != http.StatusOK {
				t.Errorf("%s: %s: got %s", args, url, response.Status)
			}
		}
	}
}
