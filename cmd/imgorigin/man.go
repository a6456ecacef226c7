package main

import (
	"io"
	"regexp"
	"strings"

	"github.com/alecthomas/kong"
	mangokong "github.com/alecthomas/mango-kong"
	"github.com/muesli/roff"
)

type manCommand struct{}

// description is the section of the manual page that says what the program is.
const description = "imgorigin answers GET /img/KEY?w=480 with the image KEY of --originals, in the size and format that the URL asks for. " +
	"A variant is made when it is first requested, and stored in --variants, from where CloudFront reads it. S3 events make the usual " +
	"variants of new originals before they are requested, and delete those of originals that change. The commands dev, serve and " +
	"lambda http are servers; work and lambda events consume events; warm, drop, sweep and redrive work on all originals; the others " +
	"print or check something."

// longList matches lists without spaces that are longer than a line of a narrow terminal. troff may break them behind a comma.
var longList = regexp.MustCompile(`(?:[^\s,]+,){4,}[^\s,]*`)

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
	parser.Model.Detail = description
	page := mangokong.NewManPage(1, parser.Model).Build(roff.NewDocument())
	// The last words of the title are the middle of the head line, where the description does not fit.
	page = strings.Replace(page, `"`+parser.Model.Help+`"`, `"imgorigin manual"`, 1)
	// The command line as help has it.
	page = strings.Replace(page, `[\fIoptions\&.\&.\&.\fP] [\fIargument\&.\&.\&.\fP]`, `\fIcommand\fP [\fIflags\fP]`, 1)
	// Lines of few long words can't be adjusted to the right margin, and troff complains of it.
	page = strings.Replace(page, "\n.SH NAME", "\n.ad l\n.SH NAME", 1)
	page = longList.ReplaceAllStringFunc(page, func(list string) string { return strings.ReplaceAll(list, ",", `,\:`) })
	_, err := io.WriteString(stdout, page)
	return err
}
