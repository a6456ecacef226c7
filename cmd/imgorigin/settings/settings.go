// Package settings defines the flags of a service, in sets by subject that commands embed, and checks their values.
//
//	text on the command line, in the environment or in a file
//	  ─► a field of a set, as its type reads it: 36h, 512MiB, webp,avif, s3://bucket/prefix    [Options]
//	  ─► numbers within their ranges, and flags that go together                               [CheckRanges], [CheckRules]
//	  ─► a part of a server.Config, or of something else that the command opens                [Configurer]
//
// The tags of the fields are those of kong and four more: min and max bound a number; common marks the flags that --help shows first
// where a command has many; noenv marks flags that are not read from the environment.
package settings

import (
	"reflect"
	"time"

	"github.com/alecthomas/kong"
	"github.com/alecthomas/units"

	"github.com/imgorigin/imgorigin/server"
)

// A Configurer is a set of flags that is part of a server's configuration. This is the one way from the command line
// to a [server.Config]: a set of flags by subject fills the fields of its subject, and a command that embeds several
// has a Configure of its own that calls theirs.
type Configurer interface {
	Configure(c *server.Config)
}

// Configure has each set of flags fill its part of a configuration. Where two of them fill a field, the later one wins.
func Configure(c *server.Config, flags ...Configurer) {
	for _, f := range flags {
		f.Configure(c)
	}
}

// Groups are the headings under which --help and deploy/SETTINGS.md show flags.
var Groups = []kong.Group{
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

// Options has kong show the groups, and read durations and sizes as all commands take them.
func Options() []kong.Option {
	return []kong.Option{
		kong.ExplicitGroups(Groups),
		kong.TypeMapper(reflect.TypeFor[time.Duration](), kong.MapperFunc(decodeDuration)),
		kong.TypeMapper(reflect.TypeFor[units.Base2Bytes](), kong.MapperFunc(decodeSize)),
	}
}
