package main

import (
	"bytes"
	"os"
	"strings"
	"testing"
)

// The name of an original does not control the terminal on which a command prints it.
func TestKeysDoNotControlTerminals(t *testing.T) {
	const key = "\x1b[2J\r\u202egpj.exe\nforged: dropped"
	storage := []string{"--originals", t.TempDir(), "--variants", t.TempDir()}
	for _, args := range [][]string{
		append([]string{"warm", key}, storage...), append([]string{"drop", key}, storage...), {"explain", "/img/a%1B%5B2J%0Aforged:%20dropped?x%1B"},
	} {
		var out bytes.Buffer
		run(t.Context(), args, os.Getenv, &out)
		hasControls := strings.ContainsAny(strings.ReplaceAll(out.String(), "\n", ""), "\x1b\r\u202e")
		if hasControls || strings.Contains(out.String(), "\nforged") || !strings.Contains(out.String(), `\x1b[2J`) {
			t.Errorf("%s: got %q", args[0], out.String())
		}
	}
	for text, want := range map[string]string{
		"日本/猫 🐈.jpg: dropped": "日本/猫 🐈.jpg: dropped", "a\x1b\u0085\u200f\tb": `a\x1b\u0085\u200f\tb`, `a\'"b`: `a\'"b`,
	} {
		if got := printable(text); got != want {
			t.Errorf("%q: got %s, want %s", text, got, want)
		}
	}
}
