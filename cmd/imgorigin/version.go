package main

import (
	"fmt"
	"io"
	"runtime"

	"github.com/alecthomas/kong"

	"github.com/imgorigin/imgorigin/cmd/imgorigin/build"
	"github.com/imgorigin/imgorigin/resize"
)

type versionCommand struct{}

// Run prints the version of the program, and what its engine reads and writes.
func (c *versionCommand) Run(stdout io.Writer) error {
	engine := build.NewEngine(resize.Limits{})
	_, err := fmt.Fprintf(stdout, "imgorigin %s, %s, %s/%s\nengine %s, inner loops use %s\nreads  %s\nwrites %s\n",
		build.Version(), runtime.Version(), runtime.GOOS, runtime.GOARCH, engine.Name(), resize.Kernels(),
		build.ListFormats(engine.Decodes), build.ListFormats(engine.Encodes))
	return err
}

// A versionFlag is --version, which does what the command version does.
type versionFlag bool

// BeforeReset implements the hook of kong that runs before anything else is checked.
func (f versionFlag) BeforeReset(app *kong.Kong) error {
	if err := new(versionCommand).Run(app.Stdout); err != nil {
		return err
	}
	app.Exit(0)
	return nil
}
