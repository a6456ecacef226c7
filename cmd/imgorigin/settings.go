package main

import (
	"strings"

	"github.com/alecthomas/kong"
)

// isSetting tells the program's own flags from --help.
func isSetting(f *kong.Flag) bool { return f.Name != "help" && !f.Hidden }

// envOf returns the environment variable that stands for a flag.
func envOf(f *kong.Flag) string {
	return "IMGORIGIN_" + strings.ToUpper(strings.ReplaceAll(f.Name, "-", "_"))
}

// helpOf adds the environment variable to a flag's line in --help.
func helpOf(v *kong.Value) string {
	if v.Flag == nil || !isSetting(v.Flag) {
		return v.Help
	}
	return v.Help + " ($" + envOf(v.Flag) + ")"
}
