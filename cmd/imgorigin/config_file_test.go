package main

import (
	"bytes"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A file sets what flags set. The environment overrides it, and flags override both.
func TestConfigFile(t *testing.T) {
	folder, shop := t.TempDir(), t.TempDir()
	writeImage(t, filepath.Join(folder, "cat.jpg"), 800, 600)
	writeImage(t, filepath.Join(shop, "dog.jpg"), 800, 400)
	secret := filepath.Join(t.TempDir(), "key")
	writeFile(t, secret, []byte("one,with a comma\n"))
	config := filepath.Join(t.TempDir(), "imgorigin.yaml")
	writeFile(t, config, []byte(`# settings of a test
originals: `+folder+`
sources:
  shop/: `+shop+`
variants: none
presets: {avatar: w=128&h=128&fit=cover, faded: "w=640&blur=12"}
widths: &widths [100, 200, 333]
siblings: *widths
sign-keys: [file:`+secret+`, env:OLD_KEY]
strict: true
max-age: 1h
format-quality: {jpeg: 70, webp: 60}
warm: ""
`))
	t.Setenv("IMGORIGIN_CONFIG", config)
	t.Setenv("IMGORIGIN_MAX_AGE", "2h")
	t.Setenv("OLD_KEY", "two")
	address, _ := program(t, "serve", "--widths", "100,250")
	wantSize(t, address+"/img/cat.jpg?w=201", 250, 188)
	wantSize(t, address+"/img/shop/dog.jpg?preset=avatar", 128, 128)
	if r, _ := get(t, address+"/img/cat.jpg?w=100"); !strings.HasPrefix(r.Header.Get("Cache-Control"), "public, max-age=7200") {
		t.Errorf("got Cache-Control %s, want that of the environment", r.Header.Get("Cache-Control"))
	}
	if r, _ := get(t, address+"/img/cat.jpg?colour=red"); r.StatusCode != http.StatusBadRequest {
		t.Errorf("got %s, want strict answers", r.Status)
	}
	for _, key := range []string{"one,with a comma", "two"} {
		signed := strings.TrimSpace(runOutput(t, "sign", "--sign-keys", strings.ReplaceAll(key, ",", `\,`), "/img/cat.jpg?w=77"))
		wantSize(t, address+signed, 77, 58)
	}
	getenv := func(name string) string { return map[string]string{"OLD_KEY": "two"}[name] }
	var rewritten, findings bytes.Buffer
	must(t, run(t.Context(), []string{"edge", "--config", config, "--test-url", "/img/cat.jpg?w=201"}, getenv, &rewritten))
	if !strings.HasPrefix(rewritten.String(), "/v/cat.jpg/w=333") {
		t.Errorf("edge: got %s, want the widths of the file", rewritten.String())
	}
	run(t.Context(), []string{"doctor", "--config=" + config}, getenv, &findings)
	if !strings.Contains(findings.String(), folder+": a missing key") || !strings.Contains(findings.String(), "shop/="+shop+": a missing key") {
		t.Errorf("doctor: got %s", findings.String())
	}
}

// Errors name the file and the line, and show no secret.
func TestConfigFileErrors(t *testing.T) {
	folder := t.TempDir()
	empty := filepath.Join(folder, "empty")
	writeFile(t, empty, nil)
	for text, want := range map[string]string{
		"MAX_AGE: 24h":                          ":2: unknown setting MAX_AGE, did you mean max-age?",
		"help: true":                            ":2: unknown setting help: want the name of a flag",
		"\tmax-age: 24h":                        ":2: a character that can't be there, such as a tab",
		"max-agee: 24h":                         ":2: unknown setting max-agee, did you mean max-age?",
		"colour-of-the-sky: blue":               ":2: unknown setting colour-of-the-sky: want the name",
		"config: other.yaml":                    ":2: unknown setting config",
		"max-age: 24h\nmax-age: 25h":            ":3: max-age is set already, at ",
		"source: a/=/x\nsources: {b/: /y}":      ":3: sources is set already",
		"max-age: soon":                         ":2)",
		"gate-memory: 0":                        ":2)",
		"max-age:":                              ":2: want a value",
		"widths: []":                            ":2: widths has no value",
		"widths: [[320]]":                       ":2: want a value",
		"widths: [320, null]":                   ":2: want a value",
		"sign-keys:\n  - env:NOT_SET":           ":3: the variable NOT_SET is not set",
		"sign-keys: [file:" + empty + "]":       ":2: " + empty + " is empty",
		"sign-keys: [file:" + folder + "/no]":   ":2: open " + folder + "/no",
		"- max-age":                             ":2: want settings",
		"max-age: 24h\n---\nmax-age: 24h":       ": a second document",
		"max-age: [24h":                         "did not find",
		"max-age: 24h\n<<: {memory: 1MiB}":      ":3: unknown setting <<",
		"access: {max-age: 24h}":                ":2: unknown setting access",
		"presets: {x: [a, b]}":                  ":2: want a value",
		strings.Repeat("# long\n", configBytes): "more than",
	} {
		config := filepath.Join(folder, "imgorigin.yaml")
		writeFile(t, config, []byte("# settings\n"+text))
		err := run(t.Context(), []string{"drop", "cat.jpg", "--originals", folder, "--variants", "none", "--config", config},
			func(string) string { return "" }, io.Discard)
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), config) {
			t.Errorf("%.60s: got %v, want %s", text, err, want)
		}
	}
	first := filepath.Join(folder, "first-line.yaml")
	writeFile(t, first, []byte("max-age: 24h: 25h"))
	err := run(t.Context(), []string{"drop", "cat.jpg", "--config", first}, func(string) string { return "" }, io.Discard)
	if err == nil || !strings.Contains(err.Error(), first+":1: mapping values") {
		t.Errorf("of a fault in the first line: got %v", err)
	}
	err = run(t.Context(), []string{"drop", "cat.jpg", "--config", filepath.Join(folder, "no")}, func(string) string { return "" }, io.Discard)
	if err == nil || !strings.Contains(err.Error(), "--config: open") {
		t.Errorf("of a missing file: got %v", err)
	}
}

// The file in SETTINGS.md is one.
func TestConfigFileOfPage(t *testing.T) {
	page, err := os.ReadFile(filepath.Join("..", "..", "deploy", "SETTINGS.md"))
	must(t, err)
	_, rest, ok := strings.Cut(string(page), "```yaml\n")
	text, _, _ := strings.Cut(rest, "```")
	if !ok {
		t.Fatal("SETTINGS.md has no file of settings")
	}
	config := filepath.Join(t.TempDir(), "imgorigin.yaml")
	writeFile(t, config, []byte(strings.ReplaceAll(text, "file:/run/secrets/sign-key", "x")))
	var out bytes.Buffer
	must(t, run(t.Context(), []string{"edge", "--config", config, "--test-url", "/img/cat.jpg?w=400"}, func(name string) string {
		return map[string]string{"OLD_SIGN_KEY": "y"}[name]
	}, &out))
	if !strings.HasPrefix(out.String(), "/v/cat.jpg/w=640") {
		t.Errorf("got %s", out.String())
	}
}
