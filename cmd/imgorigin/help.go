package main

import (
	"fmt"

	"github.com/alecthomas/kong"
)

// A command with more flags than this shows only the common ones in --help, and all in --help-all.
const manyFlags = 25

// A helpAllFlag is --help-all.
type helpAllFlag bool

// IgnoreDefault has kong call BeforeReset only when the flag is given.
func (helpAllFlag) IgnoreDefault() {}

// BeforeReset prints the help, before kong checks whether a required flag is missing.
func (helpAllFlag) BeforeReset(command *kong.Context) error {
	if err := kong.DefaultHelpPrinter(helpOptions(), command); err != nil {
		return err
	}
	command.Kong.Exit(0)
	return nil
}

func helpOptions() kong.HelpOptions {
	return kong.HelpOptions{Compact: true, ValueFormatter: helpWithEnv}
}

// printCommonHelp is --help. Of a command with many flags it shows the common ones: those that are tagged so, and those that
// the command does not share with others, which are in no group.
func printCommonHelp(options kong.HelpOptions, command *kong.Context) error {
	node := command.Selected()
	if node == nil || len(node.Flags) <= manyFlags {
		return kong.DefaultHelpPrinter(options, command)
	}
	hidden := 0
	for _, f := range node.Flags {
		if !f.Hidden && f.Group != nil && !f.Tag.Has("common") {
			f.Hidden = true
			hidden++
		}
	}
	if err := kong.DefaultHelpPrinter(options, command); err != nil {
		return err
	}
	_, err := fmt.Fprintf(command.Stdout, "\nThese are the common flags. %s --help-all shows %d more.\n", node.FullPath(), hidden)
	return err
}
