package main

import (
	"fmt"
	"io"
	"slices"

	"github.com/imgorigin/imgorigin/deploy"
	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/server/grammar"
)

type edgeCommand struct {
	ladderFlags `embed:""`

	Formats []string `placeholder:"FORMAT,…" help:"What the service writes, if that is another build than this one."`
	Exact   bool     `help:"The service gives unsigned URLs exactly what they ask for."`

	TestURL string `name:"test-url" placeholder:"URL" help:"Say what the function does with this URL, in place of printing it."`
	Accept  string `default:"image/avif,image/webp,*/*" help:"Accept header that the URL is asked for with."`
}

// Run prints the CloudFront function of the service with the same settings, or what it does.
func (c *edgeCommand) Run(stdout io.Writer) error {
	config := deploy.EdgeConfig{
		Ladder:  grammar.Ladder{Widths: c.Widths, Ratios: c.Ratios, Qualities: c.Qualities},
		Encodes: newEngine(resize.Limits{}).Encodes,
		Exact:   c.Exact,
	}
	if len(c.Formats) > 0 {
		config.Encodes = func(f resize.Format) bool { return !f.IsPicture() || slices.Contains(c.Formats, string(f)) }
	}
	config.Signing = c.signing()
	if c.TestURL == "" {
		function, err := deploy.EdgeFunction(config)
		if err != nil {
			return err
		}
		_, err = io.WriteString(stdout, function)
		return err
	}
	answer, err := deploy.Explain(config, c.SignKeys, c.TestURL, c.Accept)
	if err != nil {
		return err
	}
	if answer.Status != 0 {
		fmt.Fprintf(stdout, "%d %s", answer.Status, answer.Body)
		return exitCode(1)
	}
	_, err = fmt.Fprintln(stdout, answer.Path)
	return err
}

// signing says what the function does about signatures.
func (f ladderFlags) signing() deploy.Signing {
	switch {
	case f.SignRequired:
		return deploy.SignRequired
	case len(f.SignKeys) > 0:
		return deploy.SignAllowed
	}
	return deploy.SignOff
}
