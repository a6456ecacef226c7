package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
)

var update = flag.Bool("update", false, "write the settings into the README")

// The README's settings come from the same structs as --help.
func TestREADMESettings(t *testing.T) {
	parser, err := newParser(func(string) string { return "" }, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join("..", "..", "README.md")
	readme, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, okBegin := strings.Cut(string(readme), "-update -->\n")
	_, after, okEnd := strings.Cut(rest, "<!-- /settings -->")
	if !okBegin || !okEnd {
		t.Fatal("the README has no place for settings")
	}
	want := before + "-update -->\n" + settingsTable(parser.Model.Node) + "<!-- /settings -->" + after
	if *update {
		if err := os.WriteFile(name, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if string(readme) != want {
		t.Error("the README's settings are not those of --help: go test ./cmd/imgorigin -run README -update")
	}
}

// settingsTable returns one line for each flag of each command; one that several share is shown with the first.
func settingsTable(app *kong.Node) string {
	var b strings.Builder
	b.WriteString("| flag | default | what | commands |\n|---|---|---|---|\n")
	var order []string
	lines := make(map[string]string)
	commands := make(map[string][]string)
	for _, command := range app.Leaves(true) {
		for _, f := range command.Flags {
			if !isSetting(f) {
				continue
			}
			line := fmt.Sprintf("| `--%s` | %s | %s |", f.Name, code(f.Default), f.Help)
			id := f.Name + line
			if _, ok := lines[id]; !ok {
				lines[id] = line
				order = append(order, id)
			}
			commands[id] = append(commands[id], command.Name)
		}
	}
	for _, id := range order {
		fmt.Fprintf(&b, "%s %s |\n", lines[id], strings.Join(commands[id], ", "))
	}
	return b.String()
}

func code(s string) string {
	if s == "" {
		return ""
	}
	return "`" + s + "`"
}
