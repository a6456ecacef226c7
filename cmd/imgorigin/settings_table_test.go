package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/alecthomas/kong"

	"github.com/imgorigin/imgorigin/cmd/imgorigin/settings"
)

var update = flag.Bool("update", false, "write the tables of flags in deploy/SETTINGS.md")

// The tables of deploy/SETTINGS.md are generated from the same structs as --help.
func TestSettingsTables(t *testing.T) {
	parser, err := newParser(&environment{getenv: func(string) string { return "" }}, io.Discard, nil)
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join("..", "..", "deploy", "SETTINGS.md")
	page, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, okBegin := strings.Cut(string(page), "-update -->\n")
	_, after, okEnd := strings.Cut(rest, "<!-- /settings -->")
	if !okBegin || !okEnd {
		t.Fatal("SETTINGS.md has no marks around the tables of flags")
	}
	want := before + "-update -->\n" + settingsTables(parser.Model.Node) + "<!-- /settings -->" + after
	if *update {
		if err := os.WriteFile(name, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if string(page) != want {
		t.Error("the flags in deploy/SETTINGS.md differ from --help: go test ./cmd/imgorigin -run SettingsTables -update")
	}
}

// settingsTables returns a table for each group of flags, and one for the flags without a group. A flag that several
// commands share has one line.
func settingsTables(app *kong.Node) string {
	var b strings.Builder
	commands := app.Leaves(true)
	for _, g := range slices.Concat(settings.Groups, []kong.Group{{Title: "Single commands:"}}) {
		fmt.Fprintf(&b, "\n**%s**\n\n| flag | default | what | commands |\n|---|---|---|---|\n", strings.TrimSuffix(g.Title, ":"))
		for _, s := range settingsOf(commands, g.Key) {
			fmt.Fprintf(&b, "%s %s |\n", s.line, sharers(s.commands, commands))
		}
	}
	return b.String() + flagRulesTable() + "\n"
}

// flagRulesTable returns a table of the rules of flags that need or exclude others.
func flagRulesTable() string {
	var b strings.Builder
	b.WriteString("\n**Flags that need or exclude others**\n\nA command that breaks one of these rules does not start. A rule is for all " +
		"commands that have its flags, unless the table names some, and for values other than the default.\n\n| flag | rule | why | commands |\n|---|---|---|---|\n")
	for _, rule := range settings.Rules {
		text := "needs `--" + strings.Join(rule.Needs, "` or `--") + "`"
		if rule.Excludes != "" {
			text = "excludes `--" + rule.Excludes + "`"
		}
		fmt.Fprintf(&b, "| `--%s` | %s | %s | %s |\n", rule.Flag, text, rule.Why, strings.Join(rule.Commands, ", "))
	}
	return b.String()
}

// A setting is a line of a table, and the commands that have the flag.
type setting struct {
	line     string
	commands []*kong.Node
}

// settingsOf returns the settings of a group, in the order in which commands have them first.
func settingsOf(commands []*kong.Node, group string) (settings []*setting) {
	lines := make(map[string]*setting)
	for _, command := range commands {
		for _, f := range command.Flags {
			key := ""
			if f.Group != nil {
				key = f.Group.Key
			}
			if !isSetting(f) || key != group {
				continue
			}
			line := fmt.Sprintf("| `--%s` | %s | %s |", f.Name, code(f.Default), f.Help)
			if lines[line] == nil {
				lines[line] = &setting{line: line}
				settings = append(settings, lines[line])
			}
			lines[line].commands = append(lines[line].commands, command)
		}
	}
	return settings
}

// sharers returns the names of the commands that share a flag. The commands that make images are "all", or "all but" one
// of them. The doctor is not named, as it takes the flags of serve.
func sharers(some, commands []*kong.Node) string {
	var with, without, others []string
	for _, command := range commands {
		shares, makes := slices.Contains(some, command), hasFlag(command, "max-pixels")
		name := strings.TrimPrefix(command.FullPath(), "imgorigin ")
		switch {
		case name == "doctor" && len(some) > 1:
		case shares && makes:
			with = append(with, name)
		case shares:
			others = append(others, name)
		case makes:
			without = append(without, name)
		}
	}
	switch len(without) {
	case 0:
		with = []string{"all"}
	case 1:
		with = []string{"all but " + without[0]}
	}
	return strings.Join(append(with, others...), ", ")
}

func hasFlag(command *kong.Node, name string) bool {
	return slices.ContainsFunc(command.Flags, func(f *kong.Flag) bool { return f.Name == name })
}

func code(s string) string {
	if s == "" {
		return ""
	}
	return "`" + s + "`"
}
