package main

import (
	"io"
	"os/exec"
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

// The scripts are valid in their shells, those that are installed.
func TestCompletionScripts(t *testing.T) {
	for shell, check := range map[string][]string{"bash": {"bash", "-n"}, "zsh": {"zsh", "-n"}, "fish": {"fish", "--no-execute"}} {
		script := runOutput(t, "completion", shell)
		if !strings.Contains(script, "complete ") || strings.Contains(script, "%!") {
			t.Errorf("%s: got %s", shell, script)
		}
		if shell != "fish" && !strings.Contains(script, "complete -o default -C ") {
			t.Errorf("%s: no files and folders are completed: got %s", shell, script)
		}
		if _, err := exec.LookPath(check[0]); err != nil {
			t.Logf("%s is not installed", shell)
			continue
		}
		command := exec.Command(check[0], check[1:]...)
		command.Stdin = strings.NewReader(script)
		if out, err := command.CombinedOutput(); err != nil {
			t.Errorf("%s: %v: %s", shell, err, out)
		}
	}
	if err := run(t.Context(), []string{"completion", "csh"}, func(string) string { return "" }, io.Discard); err == nil {
		t.Error("there is completion for csh")
	}
}
