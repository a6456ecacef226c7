package main

import (
	"io"
	"reflect"
	"strings"

	"github.com/alecthomas/kong"
)

// grammarOf returns the structs that kong makes a parser for a command line of: a [cli], in which all commands but the one that
// the line begins with have no flags and arguments. For those of all commands kong needs more than ten times as long as for those
// of one: 10 ms and more, at each start. A line that does not begin with a command, and one of a command that shows others,
// gets all of them.
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
