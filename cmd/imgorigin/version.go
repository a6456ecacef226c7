package main

import (
	"fmt"
	"io"
	"runtime"
	"runtime/debug"
	"strings"

	"github.com/imgorigin/imgorigin/resize"
)

type versionCommand struct{}

func (c *versionCommand) Run(stdout io.Writer) error {
	engine := newEngine(resize.Limits{})
	_, err := fmt.Fprintf(stdout, "imgorigin %s, %s, %s/%s\nengine %s, kernels of %s\nreads  %s\nwrites %s\n",
		version(), runtime.Version(), runtime.GOOS, runtime.GOARCH, engine.Name(), resize.Kernels(),
		listFormats(engine.Decodes), listFormats(engine.Encodes))
	return err
}

// version is what the build knows of itself: the module's version, else the commit.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	return info.Main.Version
}

func listFormats(has func(resize.Format) bool) string {
	var names []string
	for _, f := range allFormats {
		if has(f) {
			names = append(names, string(f))
		}
	}
	return strings.Join(names, " ")
}
