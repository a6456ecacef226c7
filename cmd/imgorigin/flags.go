package main

import (
	"github.com/alecthomas/kong"

	"github.com/imgorigin/imgorigin/server"
)

// A configurer is a set of flags that is part of a server's configuration. This is the one way from the command line
// to a [server.Config]: a set of flags by subject fills the fields of its subject, and a command that embeds several
// has a configure of its own that calls theirs.
type configurer interface {
	configure(c *server.Config)
}

// configure has each set of flags fill its part of a configuration. Where two of them fill a field, the later one wins.
func configure(c *server.Config, flags ...configurer) {
	for _, f := range flags {
		f.configure(c)
	}
}

// flagGroups are the headings under which --help and deploy/SETTINGS.md show flags.
var flagGroups = []kong.Group{
	{Key: "storage", Title: "Storage:"},
	{Key: "caching", Title: "Caching:"},
	{Key: "urls", Title: "URLs:"},
	{Key: "dialects", Title: "URLs of other services:"},
	{Key: "images", Title: "Images:"},
	{Key: "load", Title: "Load:"},
	{Key: "access", Title: "Access:"},
	{Key: "events", Title: "Events and warming:"},
	{Key: "uploads", Title: "Uploads:"},
	{Key: "listening", Title: "Listening:"},
	{Key: "observability", Title: "Logs, metrics and traces:"},
}
