package main

import (
	"fmt"
	"io"
	"reflect"
	"testing"

	"github.com/alecthomas/kong"
)

// The parser for a command knows that command as the parser for all commands does, and no flags of the others.
func TestGrammarOfACommand(t *testing.T) {
	parserFor := func(args ...string) *kong.Kong {
		parser, err := newParser(&environment{getenv: func(string) string { return "" }}, io.Discard, args)
		must(t, err)
		return parser
	}
	all, commands := parserFor(), 0
	for _, want := range all.Model.Children {
		if want.Name == "help" || want.Name == "man" {
			continue
		}
		commands++
		for i, got := range parserFor(want.Name).Model.Children {
			other := all.Model.Children[i]
			if got.Name != want.Name && (got.Name != other.Name || got.Help != other.Help || len(flagsOf(got)) > 0 || len(got.Children) > 0) {
				t.Errorf("%s: got the command %s with %v", want.Name, got.Name, flagsOf(got))
			}
			if got.Name == want.Name && !reflect.DeepEqual(flagsOf(got), flagsOf(want)) {
				t.Errorf("%s: got %v, want %v", want.Name, flagsOf(got), flagsOf(want))
			}
		}
	}
	if commands < 20 {
		t.Errorf("got %d commands", commands)
	}
	for _, args := range [][]string{{"help", "serve"}, {"man"}, {"nonesuch"}, {"--config", "x", "serve"}} {
		if got, want := len(settingFlagsOf(parserFor(args...))), len(settingFlagsOf(all)); got != want {
			t.Errorf("%q: got %d flags, want those of all commands, %d", args, got, want)
		}
	}
}

// flagsOf returns the flags and arguments of a command and of those below it.
func flagsOf(node *kong.Node) (flags []string) {
	for _, f := range node.Flags {
		flags = append(flags, fmt.Sprint(f, f.Default, f.Enum, f.Required, f.Help, f.Group))
	}
	for _, argument := range node.Positional {
		flags = append(flags, argument.Summary()+argument.Help)
	}
	for _, child := range node.Children {
		flags = append(append(flags, child.Name), flagsOf(child)...)
	}
	return flags
}

// BenchmarkStart measures what the command line of a process costs before its command runs.
func BenchmarkStart(b *testing.B) {
	for b.Loop() {
		if err := run(b.Context(), []string{"edge", "--test-url", "/img/cat.jpg?w=320"}, func(string) string { return "" }, io.Discard); err != nil {
			b.Fatal(err)
		}
	}
}
