package settings

import (
	"slices"

	"github.com/imgorigin/imgorigin/deploy"
	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/server"
	"github.com/imgorigin/imgorigin/server/grammar"
)

// URLFlags are what the URLs of a service depend on. The edge function has to agree with the service about them.
type URLFlags struct {
	LadderFlags  `embed:""`
	SigningFlags `embed:""`
	PresetFlags  `embed:""`
	MarkFlags    `embed:""`

	DefaultMark []grammar.DefaultMark `group:"urls" sep:";" placeholder:"PREFIX=KEY" help:"Mark on all images of originals with a key prefix: photos/=logo.png&mark-align=top. Only signed URLs and presets can replace it, or remove it by mark=none. May be repeated; a semicolon separates several."`

	OnlyPresets bool `group:"urls" help:"Refuse unsigned URLs without a preset."`

	EscapePaths bool `group:"urls" help:"Write ~20 in place of %20 in paths behind CloudFront, and in the names of variants in the bucket. Needed where CloudFront is in front of a Lambda function URL: its signature fails if a path is percent-encoded."`

	Strict bool `group:"urls" help:"Refuse URLs with parameters that would be ignored. Without it, the header X-Imgorigin-Ignored names them."`
}

// Configure implements [Configurer].
func (f URLFlags) Configure(c *server.Config) {
	Configure(c, f.LadderFlags, f.SigningFlags)
	c.URLs.Strict, c.URLs.Presets, c.URLs.OnlyPresets = f.Strict, f.Preset, f.OnlyPresets
	c.URLs.Marks, c.URLs.DefaultMarks, c.URLs.EscapePaths = f.Marks, f.DefaultMark, f.EscapePaths
}

// HintFlags let URLs depend on what browsers say of their screens.
type HintFlags struct {
	ClientHints bool `group:"urls" help:"Allow w=auto and dpr=auto in URLs, which take the size from the client hints that browsers send. Caches have to honour the Vary header."`
}

// Configure implements [Configurer].
func (f HintFlags) Configure(c *server.Config) { c.URLs.ClientHints = f.ClientHints }

// LadderFlags bound the variants that unsigned URLs can ask for.
type LadderFlags struct {
	Widths    []int           `common:"" group:"urls" min:"1" max:"8192" default:"32,64,96,128,160,320,480,640,750,828,1080,1200,1920,2048,3840" help:"Widths that the widths of unsigned URLs are rounded up to."`
	Ratios    []grammar.Ratio `group:"urls" default:"1:1,5:4,4:3,3:2,16:9,2:1,21:9" help:"Aspect ratios, and their inverses, that unsigned URLs with a width and a height are snapped to."`
	Qualities []int           `group:"urls" min:"1" max:"100" default:"50,75,90" help:"Qualities that the qualities of unsigned URLs are snapped to."`
}

// Ladder returns the ladder, not yet in its normal form.
func (f LadderFlags) Ladder() grammar.Ladder {
	return grammar.Ladder{Widths: f.Widths, Ratios: f.Ratios, Qualities: f.Qualities}
}

// Configure implements [Configurer].
func (f LadderFlags) Configure(c *server.Config) { c.URLs.Ladder = f.Ladder() }

// PresetFlags name parameters, for URLs of services and of logs alike.
type PresetFlags struct {
	Preset []grammar.Preset `group:"urls" sep:";" placeholder:"NAME=PARAMETERS" help:"Name for a set of parameters: avatar='w=128&h=128&fit=cover'. Unsigned URLs may request it by ?preset=NAME, even if it has parameters that otherwise need a signature. May be repeated; a semicolon separates several."`
}

// MarkFlags say which originals URLs may lay over images.
type MarkFlags struct {
	Marks string `group:"urls" placeholder:"PREFIX" help:"Key prefix of marks, such as logos, which signed URLs lay over images by mark=KEY. Presets may use marks with any key."`
}

// SigningFlags say which URLs are answered whatever they ask for, and whether others are.
type SigningFlags struct {
	SignKeys     []string `common:"" group:"urls" placeholder:"KEY" help:"Keys of signatures. The first one signs, all of them verify."`
	SignRequired bool     `common:"" group:"urls" help:"Refuse unsigned URLs."`
}

// Configure implements [Configurer].
func (f SigningFlags) Configure(c *server.Config) {
	c.URLs.SignKeys, c.URLs.SignRequired = f.SignKeys, f.SignRequired
}

// edgeSigning returns what the edge function does about signatures.
func (f SigningFlags) edgeSigning() deploy.Signing {
	switch {
	case f.SignRequired:
		return deploy.SignRequired
	case len(f.SignKeys) > 0:
		return deploy.SignAllowed
	}
	return deploy.SignOff
}

// EdgeConfig returns the configuration of the edge function. The service writes the formats that are given, or without
// any those of an engine.
func (f URLFlags) EdgeConfig(engine resize.Engine, formats []WrittenFormat, exact bool) deploy.EdgeConfig {
	c := deploy.EdgeConfig{
		Ladder: f.Ladder(), Encodes: engine.Encodes, Signing: f.edgeSigning(), Exact: exact, Strict: f.Strict,
		Presets: f.Preset, OnlyPresets: f.OnlyPresets, DefaultMarks: f.DefaultMark, EscapePaths: f.EscapePaths,
	}
	if len(formats) > 0 {
		c.Encodes = func(format resize.Format) bool {
			return !format.IsImage() || slices.Contains(formats, WrittenFormat(format))
		}
	}
	return c
}
