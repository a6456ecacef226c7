package main

import (
	"io"
	"slices"
	"strings"
	"testing"
)

// Errors about a value name its flag, and the variable if the value came from the environment.
func TestErrorsNameTheirSource(t *testing.T) {
	serve := []string{"serve", "--originals", t.TempDir(), "--variants", "none", "--listen", "127.0.0.1:0"}
	for _, test := range []struct {
		args []string
		env  map[string]string
		want string
	}{
		{
			[]string{"serve"}, nil,
			"missing flags: --originals=LOCATION, --variants=LOCATION, or set $IMGORIGIN_ORIGINALS, $IMGORIGIN_VARIANTS",
		},
		{serve, map[string]string{"IMGORIGIN_MEMORY": "much"}, "(from $IMGORIGIN_MEMORY)"},
		{serve, map[string]string{"IMGORIGIN_LOG_FORMAT": "xml"}, "(from $IMGORIGIN_LOG_FORMAT)"},
		{serve, map[string]string{"IMGORIGIN_TRACES": "x", "IMGORIGIN_MEMORY": "1MiB"}, "(from $IMGORIGIN_TRACES)"},
		{
			append(slices.Clone(serve), "--memory", "1MiB"),
			map[string]string{"IMGORIGIN_ADMIN_LISTEN": "nowhere:1:2"}, "(from $IMGORIGIN_ADMIN_LISTEN)",
		},
		{[]string{"serve", "--memry", "1MiB"}, nil, `did you mean "--memory"?`},
		{[]string{"sevre"}, nil, `did you mean "serve"?`},
	} {
		err := run(t.Context(), test.args, func(name string) string { return test.env[name] }, io.Discard)
		if err == nil || !strings.HasSuffix(err.Error(), test.want) {
			t.Errorf("%v, %v: got %v, want …%s", test.args, test.env, err, test.want)
		}
	}
	err := run(t.Context(), append(serve, "--memory", "much"), func(name string) string {
		return map[string]string{"IMGORIGIN_MEMORY": "1MiB"}[name]
	}, io.Discard)
	if err == nil || strings.Contains(err.Error(), "from $") {
		t.Errorf("of a flag on the command line: got %v", err)
	}
}

func TestUnknownSettings(t *testing.T) {
	command, out := process(t, []string{"IMGORIGIN_MEMROY=1GiB", "IMGORIGIN_COLOUR_OF_THE_SKY=blue", "IMGORIGIN_MEMORY=1MiB"}, "version")
	if err := command.Wait(); err != nil {
		t.Fatal(err)
	}
	got := out.String()
	for _, want := range []string{"IMGORIGIN_MEMROY, did you mean IMGORIGIN_MEMORY?\n", "IMGORIGIN_COLOUR_OF_THE_SKY\n"} {
		if !strings.Contains(got, want) || strings.Count(got, "unknown setting") != 2 {
			t.Errorf("got %s, want %s and another one", got, want)
		}
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
