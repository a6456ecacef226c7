package main

import (
	"io"
	"strings"

	"github.com/alecthomas/kong"
	mangokong "github.com/alecthomas/mango-kong"
	"github.com/muesli/roff"
)

type manCommand struct{}

// Run prints the manual page in troff.
func (c *manCommand) Run(stdout io.Writer, parser *kong.Kong) error {
	for _, command := range parser.Model.Leaves(true) {
		command.Help, command.Detail = strings.TrimSpace(command.Help+"\n"+command.Detail), ""
		for _, f := range command.Flags {
			f.Help = helpWithEnv(f.Value)
			if f.Default != "" {
				f.Help += " Default: " + f.Default + "."
			}
		}
	}
	_, err := io.WriteString(stdout, mangokong.NewManPage(1, parser.Model).Build(roff.NewDocument()))
	return err
}
