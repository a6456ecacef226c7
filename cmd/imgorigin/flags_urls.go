package main

import (
	"github.com/imgorigin/imgorigin/deploy"
	"github.com/imgorigin/imgorigin/server"
	"github.com/imgorigin/imgorigin/server/grammar"
)

// urlFlags are what the URLs of a service depend on. The edge function has to agree with the service about them.
type urlFlags struct {
	ladderFlags  `embed:""`
	signingFlags `embed:""`
	presetFlags  `embed:""`
	markFlags    `embed:""`

	DefaultMark []grammar.DefaultMark `group:"urls" sep:";" placeholder:"PREFIX=KEY" help:"Mark on all images of originals with a key prefix: photos/=logo.png&mark-align=top. Only signed URLs and presets can replace it, or remove it by mark=none. May be repeated; a semicolon separates several."`

	OnlyPresets bool `group:"urls" help:"Refuse unsigned URLs without a preset."`

	EscapePaths bool `group:"urls" help:"Write ~20 in place of %20 in paths behind CloudFront, and in the names of variants in the bucket. Needed where CloudFront is in front of a Lambda function URL: its signature fails if a path is percent-encoded."`

	Strict bool `group:"urls" help:"Refuse URLs with parameters that would be ignored. Without it, the header X-Imgorigin-Ignored names them."`
}

func (f urlFlags) configure(c *server.Config) {
	configure(c, f.ladderFlags, f.signingFlags)
	c.URLs.Strict, c.URLs.Presets, c.URLs.OnlyPresets = f.Strict, f.Preset, f.OnlyPresets
	c.URLs.Marks, c.URLs.DefaultMarks, c.URLs.EscapePaths = f.Marks, f.DefaultMark, f.EscapePaths
}

// hintFlags let URLs depend on what browsers say of their screens.
type hintFlags struct {
	ClientHints bool `group:"urls" help:"Allow w=auto and dpr=auto in URLs, which take the size from the client hints that browsers send. Caches have to honour the Vary header."`
}

func (f hintFlags) configure(c *server.Config) { c.URLs.ClientHints = f.ClientHints }

// ladderFlags bound the variants that unsigned URLs can ask for.
type ladderFlags struct {
	Widths    []int           `common:"" group:"urls" default:"32,64,96,128,160,320,480,640,750,828,1080,1200,1920,2048,3840" help:"Widths that the widths of unsigned URLs are rounded up to."`
	Ratios    []grammar.Ratio `group:"urls" default:"1:1,5:4,4:3,3:2,16:9,2:1,21:9" help:"Aspect ratios, and their inverses, that unsigned URLs with a width and a height are snapped to."`
	Qualities []int           `group:"urls" default:"50,75,90" help:"Qualities that the qualities of unsigned URLs are snapped to."`
}

func (f ladderFlags) ladder() grammar.Ladder {
	return grammar.Ladder{Widths: f.Widths, Ratios: f.Ratios, Qualities: f.Qualities}
}

func (f ladderFlags) configure(c *server.Config) { c.URLs.Ladder = f.ladder() }

type presetFlags struct {
	Preset []grammar.Preset `group:"urls" sep:";" placeholder:"NAME=PARAMETERS" help:"Name for a set of parameters: avatar='w=128&h=128&fit=cover'. Unsigned URLs may request it by ?preset=NAME, even if it has parameters that otherwise need a signature. May be repeated; a semicolon separates several."`
}

type markFlags struct {
	Marks string `group:"urls" placeholder:"PREFIX" help:"Key prefix of marks, such as logos, which signed URLs lay over images by mark=KEY. Presets may use marks with any key."`
}

type signingFlags struct {
	SignKeys     []string `common:"" group:"urls" placeholder:"KEY" help:"Keys of signatures. The first one signs, all of them verify."`
	SignRequired bool     `common:"" group:"urls" help:"Refuse unsigned URLs."`
}

func (f signingFlags) configure(c *server.Config) {
	c.URLs.SignKeys, c.URLs.SignRequired = f.SignKeys, f.SignRequired
}

// edgeSigning returns what the edge function does about signatures.
func (f signingFlags) edgeSigning() deploy.Signing {
	switch {
	case f.SignRequired:
		return deploy.SignRequired
	case len(f.SignKeys) > 0:
		return deploy.SignAllowed
	}
	return deploy.SignOff
}
