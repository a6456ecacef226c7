package main

import (
	"io"
	"os/exec"
	"strings"
	"testing"
)

func TestVersionFlag(t *testing.T) {
	if got, want := runOutput(t, "--version"), runOutput(t, "version"); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// What a shell is offered comes from the commands themselves.
func TestCompletion(t *testing.T) {
	for line, want := range map[string][]string{
		"imgorigin ser":                {"serve"},
		"imgorigin d":                  {"dev", "doctor", "drop"},
		"imgorigin serve --gate-m":     {"--gate-memory"},
		"imgorigin serve --log-level ": {"debug", "info", "warn", "error"},
		"imgorigin lambda h":           {"http"},
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
	for _, one := range got {
		seen[one] = true
	}
	for _, one := range want {
		if !seen[one] {
			return false
		}
	}
	return len(got) == len(want)
}

// Each shell understands what it is told.
func TestCompletionScripts(t *testing.T) {
	for shell, check := range map[string][]string{"bash": {"bash", "-n"}, "zsh": {"zsh", "-n"}, "fish": {"fish", "--no-execute"}} {
		script := runOutput(t, "completion", shell)
		if !strings.Contains(script, "complete ") || strings.Contains(script, "%!") {
			t.Errorf("%s: got %s", shell, script)
		}
		if _, err := exec.LookPath(check[0]); err != nil {
			t.Logf("there is no %s to ask", shell)
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

func TestMan(t *testing.T) {
	page := runOutput(t, "man")
	for _, want := range []string{".TH IMGORIGIN 1", "serve", "gate-memory=512MiB", "IMGORIGIN", "Default: 512MiB"} {
		if !strings.Contains(page, want) {
			t.Errorf("got no %q in %.2000s", want, page)
		}
	}
	if strings.Contains(page, "for --isolate") {
		t.Error("the page tells of the hidden command")
	}
}

// Whoever is wrong is told where: by the flag, and by the variable if the value came from there.
func TestErrorsNameTheirSource(t *testing.T) {
	dir := t.TempDir()
	for _, test := range []struct {
		args []string
		env  map[string]string
		want string
	}{
		{[]string{"serve"}, nil, "missing flags: --originals=LOCATION, --variants=LOCATION, or set $IMGORIGIN_ORIGINALS, $IMGORIGIN_VARIANTS"},
		{[]string{"serve", "--originals", dir, "--variants", "none"}, map[string]string{"IMGORIGIN_MEMORY": "much"}, "(from $IMGORIGIN_MEMORY)"},
		{[]string{"serve", "--originals", dir, "--variants", "none"}, map[string]string{"IMGORIGIN_LOG_FORMAT": "xml"}, "(from $IMGORIGIN_LOG_FORMAT)"},
		{[]string{"serve", "--originals", dir, "--variants", "none"}, map[string]string{"IMGORIGIN_TRACES": "x", "IMGORIGIN_MEMORY": "1MiB"}, "(from $IMGORIGIN_TRACES)"},
		{[]string{"serve", "--originals", dir, "--variants", "none", "--memory", "1MiB"}, map[string]string{"IMGORIGIN_ADMIN_LISTEN": "nowhere:1:2"}, "(from $IMGORIGIN_ADMIN_LISTEN)"},
		{[]string{"serve", "--memry", "1MiB"}, nil, `did you mean "--memory"?`},
		{[]string{"sevre"}, nil, `did you mean "serve"?`},
	} {
		err := run(t.Context(), test.args, func(name string) string { return test.env[name] }, io.Discard)
		if err == nil || !strings.HasSuffix(err.Error(), test.want) {
			t.Errorf("%v, %v: got %v, want …%s", test.args, test.env, err, test.want)
		}
	}
	err := run(t.Context(), []string{"serve", "--originals", dir, "--variants", "none", "--memory", "much"}, func(name string) string {
		return map[string]string{"IMGORIGIN_MEMORY": "1MiB"}[name]
	}, io.Discard)
	if err == nil || strings.Contains(err.Error(), "from $") {
		t.Errorf("of a flag that was given: got %v", err)
	}
}

func TestStrayVariables(t *testing.T) {
	command, out := process(t, []string{"IMGORIGIN_MEMROY=1GiB", "IMGORIGIN_COLOUR_OF_THE_SKY=blue", "IMGORIGIN_MEMORY=1MiB"}, "version")
	if err := command.Wait(); err != nil {
		t.Fatal(err)
	}
	got := out.String()
	if !strings.Contains(got, "IMGORIGIN_MEMROY, did you mean IMGORIGIN_MEMORY?\n") || !strings.Contains(got, "IMGORIGIN_COLOUR_OF_THE_SKY\n") || strings.Count(got, "unknown setting") != 2 {
		t.Errorf("got %s", got)
	}
}

func TestLevenshtein(t *testing.T) {
	for _, test := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"abc", "", 3}, {"memroy", "memory", 2}, {"abc", "abcd", 1}, {"kitten", "sitting", 3}} {
		if got := levenshtein(test.a, test.b); got != test.want {
			t.Errorf("%s, %s: got %d, want %d", test.a, test.b, got, test.want)
		}
	}
}
