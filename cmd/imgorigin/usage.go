package main

import (
	"errors"
	"regexp"

	"github.com/alecthomas/kong"

	"github.com/imgorigin/imgorigin/cmd/imgorigin/usage"
)

// rewordings replace what kong says by words for users.
var rewordings = []struct {
	kong  *regexp.Regexp
	words string
}{
	{regexp.MustCompile(`^(--[a-z0-9-]+): expected .* value but got "EOL".*`), "$1: want a value"}, // at the end of the command line
	{regexp.MustCompile(`expected a valid \d+ bit u?int but got`), "want a whole number but got"},
	{regexp.MustCompile(`expected a float but got`), "want a number but got"},
	{regexp.MustCompile(`^\[?<([a-z]+)>\]? must be one of (.*),"" but got`), "$1: want one of $2 but got"}, // an argument that may be left out
}

// A wordedError is an error in other words.
type wordedError struct {
	text string
	error
}

func (e wordedError) Error() string { return e.text }

// Unwrap returns the error itself.
func (e wordedError) Unwrap() error { return e.error }

// parseError returns the error of a command line that could not be parsed.
func parseError(err error, parser *kong.Kong) error {
	node := parser.Model.Node
	for _, r := range rewordings {
		if r.kong.MatchString(err.Error()) {
			err = wordedError{r.kong.ReplaceAllString(err.Error(), r.words), err}
		}
	}
	if parse, ok := errors.AsType[*kong.ParseError](err); ok && parse.Context != nil && parse.Context.Selected() != nil {
		node = parse.Context.Selected()
	}
	return usage.Error{Err: err, Command: node.FullPath()}
}

// printUsage is what the program does without arguments. As the go command does, it prints the commands to the standard
// error, and ends with the exit code of a usage error: a script that calls it so has a fault.
func printUsage(parser *kong.Kong) error {
	command, err := kong.Trace(parser, nil)
	if err != nil {
		return err
	}
	parser.Stdout = parser.Stderr
	if err := command.PrintUsage(false); err != nil {
		return err
	}
	return usage.ExitCode(2)
}

// helpCommand is --help for those who type help.
type helpCommand struct {
	Command []string `arg:"" optional:"" help:"Command to explain."`
}

// Run prints the help of a command, or of the program.
func (c *helpCommand) Run(parser *kong.Kong) error {
	_, err := parser.Parse(append(c.Command, "--help")) // which ends the program, unless there is no such command
	return usage.Error{Err: err}
}
