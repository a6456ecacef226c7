package main

import (
	"io"
	"reflect"
	"strings"

	"github.com/alecthomas/kong"
)

// grammarOf returns the struct from which kong makes the parser for a command line: a [cli] in which only the command that the line
// begins with has flags and arguments. For all commands kong needs more than ten times as long, 10 ms or more at each start. A line
// that does not begin with a command, or whose command shows the help of others, gets all of them.
func grammarOf(args []string) any {
	if len(args) == 0 || args[0] == "help" || args[0] == "man" {
		return new(cli)
	}
	all, isCommand := reflect.TypeFor[cli](), false
	fields := make([]reflect.StructField, all.NumField())
	for i := range fields {
		fields[i] = all.Field(i)
		_, ok := fields[i].Tag.Lookup("cmd")
		switch {
		case ok && strings.ToLower(fields[i].Name) == args[0]:
			isCommand = true
		case ok:
			fields[i].Type = reflect.TypeFor[struct{}]()
		}
	}
	if !isCommand {
		return new(cli)
	}
	return reflect.New(reflect.StructOf(fields)).Interface()
}

// settingFlags returns the flags of all commands that can be given in the environment or in a file.
func settingFlags(values *environment) (flags []*kong.Flag, err error) {
	parser, err := newParser(values, io.Discard, nil)
	if err != nil {
		return nil, err
	}
	return settingFlagsOf(parser), nil
}

// settingFlagsOf is settingFlags of the commands whose flags a parser knows.
func settingFlagsOf(parser *kong.Kong) (flags []*kong.Flag) {
	for _, command := range parser.Model.Leaves(false) {
		for _, f := range command.Flags {
			if hasEnv(f) {
				flags = append(flags, f)
			}
		}
	}
	return flags
}
