package main

import (
	"bytes"
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/imgorigin/imgorigin/cmd/imgorigin/usage"
)

func TestEdge(t *testing.T) {
	if got := runOutput(t, "edge"); !strings.Contains(got, "function handler") || len(got) > 10<<10 {
		t.Errorf("got %d bytes: %.200s", len(got), got)
	}
	got := runOutput(t, "edge", "--formats", "jpeg,webp", "--test-url", "https://x.cloudfront.net/img/a%20b.jpg?w=400&q=80&utm=1")
	if got != "/v/a%20b.jpg/w=480,q=75.webp\n" {
		t.Errorf("got %s", got)
	}
	var out bytes.Buffer
	err := run(t.Context(), []string{"edge", "--test-url", "/img/a.jpg?w=abc"}, func(string) string { return "" }, &out)
	if !errors.Is(err, usage.ExitCode(1)) || !strings.Contains(out.String(), "400 w: got") {
		t.Errorf("got %v, %s", err, &out)
	}
}

// The edge function, the parameters of the template and the doctor are of one file of settings.
func TestEdgeOfConfigFile(t *testing.T) {
	folder := t.TempDir()
	config := filepath.Join(folder, "imgorigin.yaml")
	text := "originals: " + folder + "\nvariants: none\nwidths: [640, 320]\nratios: [3:2]\n" +
		"qualities: [60]\nsign-keys: [k]\nformats: [jpeg, webp]\n"
	writeFile(t, config, []byte(text))
	if got := runOutput(t, "edge", "--config", config); !strings.Contains(got, `"widths":[640,320],"ratios":"3:2"`) {
		t.Errorf("edge: got %.300s", got)
	}
	want := "Widths=320,640\nRatios=3:2\nQualities=60\nFormats=jpeg,webp\nSignedUrls=allowed\nStrict=false\nOnlyPresets=false\n" +
		"Marks=\nPresets=\nDefaultMarks=\nEdgePresets=[]\nEdgeMarks=[]\n"
	if got := runOutput(t, "edge", "--config", config, "--parameters"); got != want {
		t.Errorf("parameters: got %s, want %s", got, want)
	}
	var out bytes.Buffer
	run(t.Context(), []string{"doctor", "--config", config}, func(string) string { return "" }, &out)
	if !strings.Contains(out.String(), folder+": a missing key is reported as missing") {
		t.Errorf("doctor: got %s", &out)
	}
	err := run(t.Context(), []string{"edge", "--config", config, "--parameters", "--exact"}, func(string) string { return "" }, &out)
	if err == nil || !strings.Contains(err.Error(), "no parameter") {
		t.Errorf("with --exact: got %v", err)
	}
}

// The function in the template has the presets and marks that these settings print for it.
func TestEdgeParameters(t *testing.T) {
	settings := []string{"--preset", "avatar=w=128&h=128&fit=cover&q=60", "--preset", "bare=w=99&mark=none", "--default-mark", "photos/=logo.png"}
	got := runOutput(t, append([]string{"edge", "--parameters"}, settings...)...)
	function := runOutput(t, append([]string{"edge"}, settings...)...)
	parameters := map[string]string{}
	for line := range strings.Lines(got) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), "=")
		parameters[name] = value
	}
	for name, setting := range map[string]string{"EdgePresets": `"presets":`, "EdgeMarks": `"marks":`} {
		if value := parameters[name]; value == "" || !strings.Contains(function, setting+value+",") {
			t.Errorf("%s: got %q, which is not in the function", name, value)
		}
	}
	if want := settings[1] + ";" + settings[3]; parameters["Presets"] != want || parameters["DefaultMarks"] != settings[5] {
		t.Errorf("got the presets %q and the marks %q, want %q and %q", parameters["Presets"], parameters["DefaultMarks"], want, settings[5])
	}
}

// Both functions, and what --test-url says of them, agree about paths that need no percent-encoding.
func TestEdgeEscapesPaths(t *testing.T) {
	got := runOutput(t, "edge", "--escape-paths", "--test-url", "/img/my%20cat~.jpg?w=480&fm=webp")
	if want := "/v/my~20cat~7E.jpg/~7Ew=480.webp\n"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if function := runOutput(t, "edge", "--escape-paths"); !strings.Contains(function, `"escape":true,`) {
		t.Errorf("got %.400s", function)
	}
	if function := runOutput(t, "edge", "--info"); !strings.Contains(function, "async function handler(") || strings.Contains(function, "config") {
		t.Errorf("got %s", function)
	}
}
