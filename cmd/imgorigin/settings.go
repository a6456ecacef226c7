package main

import (
	"strings"

	"github.com/alecthomas/kong"
)

// isSetting tells the program's own flags from --help.
func isSetting(f *kong.Flag) bool { return f.Name != "help" && f.Name != "version" && !f.Hidden }

// hasEnv tells the flags that can be given in the environment: not those, tagged noenv, that mean something else there.
func hasEnv(f *kong.Flag) bool { return isSetting(f) && !f.Tag.Has("noenv") }

// envOf returns the environment variable that stands for a flag.
func envOf(f *kong.Flag) string {
	return "IMGORIGIN_" + strings.ToUpper(strings.ReplaceAll(f.Name, "-", "_"))
}

// helpOf adds the environment variable to a flag's line in --help.
func helpOf(v *kong.Value) string {
	if v.Flag == nil || !hasEnv(v.Flag) {
		return v.Help
	}
	return v.Help + " ($" + envOf(v.Flag) + ")"
}
