package main

import (
	"fmt"
	"io"
	"strings"
	"testing"
)

// Commands, flags and their values are completed.
func TestCompletion(t *testing.T) {
	for line, want := range map[string][]string{
		"imgorigin ser":                {"serve"},
		"imgorigin d":                  {"dev", "doctor", "drop"},
		"imgorigin serve --gate-m":     {"--gate-memory"},
		"imgorigin serve --log-level ": {"debug", "info", "warn", "error"},
		"imgorigin lambda h":           {"http"},
		"imgorigin help ser":           {"serve"},
		"imgorigin help lambda ":       {"events", "http"},
		"imgorigin dev samp":           {}, // so that the shell completes files
	} {
		command, out := process(t, []string{"COMP_LINE=" + line}, "completing")
		if err := command.Wait(); err != nil {
			t.Fatalf("%q: %v: %s", line, err, out)
		}
		if got := strings.Fields(out.String()); !equalSets(got, want) {
			t.Errorf("%q: got %q, want %q", line, got, want)
		}
	}
}

func equalSets(got, want []string) bool {
	seen := make(map[string]bool)
	for _, word := range got {
		seen[word] = true
	}
	for _, word := range want {
		if !seen[word] {
			return false
		}
	}
	return len(got) == len(want)
}

// There are scripts for the shells that are named.
func TestCompletionScripts(t *testing.T) {
	for _, shell := range []string{"bash", "zsh", "fish"} {
		if script := runOutput(t, "completion", shell); !strings.Contains(script, " imgorigin") || strings.Contains(script, "%!") {
			t.Errorf("%s: got %s", shell, script)
		}
	}
	if err := run(t.Context(), []string{"completion", "csh"}, func(string) string { return "" }, io.Discard); err == nil {
		t.Error("there is completion for csh")
	}
	for _, shell := range []string{"", "/bin/tcsh"} {
		_, stderr, code := outcome(t, []string{"SHELL=" + shell}, "completion")
		if want := fmt.Sprintf("$SHELL is %q: want bash, zsh or fish", shell); code != 2 || !strings.Contains(stderr, want) {
			t.Errorf("SHELL=%s: got exit code %d, %s", shell, code, stderr)
		}
	}
}
