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
			if f.Default != "" && f.PlaceHolder == "" && !f.IsBool() {
				f.Help += " Default: " + f.Default + "."
			}
		}
	}
	page := mangokong.NewManPage(1, parser.Model).Build(roff.NewDocument())
	// The last words of the title are the middle of the head line, where the description does not fit.
	page = strings.Replace(page, `"`+parser.Model.Help+`"`, `"imgorigin manual"`, 1)
	_, err := io.WriteString(stdout, page)
	return err
}
