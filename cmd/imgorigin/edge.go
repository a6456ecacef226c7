package main

import (
	"fmt"
	"io"

	"github.com/imgorigin/imgorigin/cmd/imgorigin/build"
	"github.com/imgorigin/imgorigin/cmd/imgorigin/settings"
	"github.com/imgorigin/imgorigin/cmd/imgorigin/usage"
	"github.com/imgorigin/imgorigin/deploy"
	"github.com/imgorigin/imgorigin/resize"
)

type edgeCommand struct {
	settings.URLFlags `embed:""`

	Formats []settings.WrittenFormat `placeholder:"FORMAT" help:"Formats that the service writes, if its build differs from this one."`
	Exact   bool                     `help:"Set it if the service runs with --exact."`

	Info bool `help:"Print the function for the behaviors of /info/ and /srcset/, which need one only with --escape-paths."`

	Parameters bool `help:"Print the parameters of the CloudFormation template for these settings, instead of the function."`

	TestURL string `name:"test-url" placeholder:"URL" help:"Print what the function does with this URL, instead of the function."`
	Accept  string `default:"image/avif,image/webp,*/*" help:"Accept header of the request for --test-url."`
}

// Run prints a function of the edge of a service with the same settings, what the template needs of it, or what it answers to a URL.
func (c *edgeCommand) Run(stdout io.Writer) error {
	config := c.EdgeConfig(build.NewEngine(resize.Limits{}), c.Formats, c.Exact)
	if c.Parameters {
		return c.printParameters(stdout, config)
	}
	if c.Info {
		_, err := io.WriteString(stdout, deploy.PathsFunction())
		return err
	}
	if c.TestURL == "" {
		function, err := deploy.EdgeFunction(config)
		if err != nil {
			return usage.Error{Err: err}
		}
		_, err = io.WriteString(stdout, function)
		return err
	}
	answer, err := deploy.Explain(config, c.SignKeys, c.TestURL, c.Accept)
	if err != nil {
		return usage.Error{Err: err}
	}
	if answer.Status != 0 {
		fmt.Fprintf(stdout, "%d %s", answer.Status, answer.Body)
		return usage.ExitCode(1)
	}
	_, err = fmt.Fprintln(stdout, answer.Path)
	return err
}
