package main

import (
	"fmt"
	"io"
	"runtime"
	"runtime/debug"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/imgorigin/imgorigin/resize"
)

type versionCommand struct{}

// Run prints the version of the program, and what its engine reads and writes.
func (c *versionCommand) Run(stdout io.Writer) error {
	engine := newEngine(resize.Limits{})
	_, err := fmt.Fprintf(stdout, "imgorigin %s, %s, %s/%s\nengine %s, inner loops use %s\nreads  %s\nwrites %s\n",
		version(), runtime.Version(), runtime.GOOS, runtime.GOARCH, engine.Name(), resize.Kernels(),
		listFormats(engine.Decodes), listFormats(engine.Encodes))
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

// version returns the module's version, or one with the commit, as the Go command has recorded it in the program.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	return info.Main.Version
}

// listFormats returns the names of the formats that an engine reads, or writes.
func listFormats(has func(resize.Format) bool) string {
	var names []string
	for _, f := range imageFormats() {
		if has(f) {
			names = append(names, string(f))
		}
	}
	return strings.Join(names, " ")
}
