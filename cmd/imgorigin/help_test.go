package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The help is as it was last read by a person: go test ./cmd/imgorigin -run HelpText -update
func TestHelpText(t *testing.T) {
	t.Setenv("COLUMNS", "")
	for name, args := range map[string][]string{"help": {"help"}, "serve": {"serve", "--help"}} {
		file := filepath.Join("testdata", name+".txt")
		got := runOutput(t, args...)
		if *update {
			must(t, os.MkdirAll("testdata", 0o755))
			must(t, os.WriteFile(file, []byte(got), 0o644))
			continue
		}
		want, err := os.ReadFile(file)
		must(t, err)
		if got != string(want) {
			t.Errorf("%s differs from %s, see -update:\n%s", name, file, got)
		}
	}
}

// --help shows the common flags of a command with many, and --help-all all of them.
func TestHelpTiers(t *testing.T) {
	common, all := runOutput(t, "serve", "--help"), runOutput(t, "serve", "--help-all")
	for _, flag := range []string{"--fills-per-network", "--avif-wait", "--upload-for"} {
		if strings.Contains(common, flag) || !strings.Contains(all, flag) {
			t.Errorf("%s: want it in --help-all alone", flag)
		}
	}
	for help, want := range map[string]string{
		common: "serve --help-all shows", all: "Default: localhost:8081. ($IMGORIGIN_ADMIN_LISTEN)",
		runOutput(t, "drop", "--help"): "--prefix", runOutput(t, "sign", "--help"): "--for",
	} {
		if !strings.Contains(strings.Join(strings.Fields(help), " "), want) {
			t.Errorf("got no %q in %s", want, help)
		}
	}
}
