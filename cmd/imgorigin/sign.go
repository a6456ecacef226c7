package main

import (
	"fmt"
	"io"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/imgorigin/imgorigin/cmd/imgorigin/settings"
	"github.com/imgorigin/imgorigin/cmd/imgorigin/usage"
	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/server/grammar"
)

type signCommand struct {
	URL string `arg:"" help:"URL of an image, or its path and query."`

	settings.PresetFlags `embed:""`
	settings.MarkFlags   `embed:""`

	SignKeys []string      `required:"" placeholder:"KEY" help:"Keys of signatures. The first one signs."`
	For      time.Duration `placeholder:"DURATION" help:"How long the URL is valid. Default: without end."`
	AnySize  bool          `help:"Leave w, h and dpr out of the signature, as any=w,h,dpr in the URL does: clients may change them, and get the sizes of the ladder."`
}

// Run prints the URL with its signature. It refuses a URL that a service would not honour in every part.
func (c *signCommand) Run(stdout io.Writer) error {
	if c.SignKeys[0] == "" {
		return usage.Errorf("--sign-keys: the first key is empty: anybody could sign")
	}
	u, err := url.Parse(c.URL)
	if err != nil {
		return usage.Error{Err: err}
	}
	query := u.Query()
	if query.Has("s") {
		return usage.Errorf("the URL is already signed: remove its parameter s")
	}
	if c.AnySize {
		u.RawQuery = strings.TrimPrefix(u.RawQuery+"&any=w,h,dpr", "&")
	}
	if c.For != 0 {
		if c.For < 0 {
			return usage.Errorf("--for: want a duration above 0")
		}
		query = u.Query()
		query.Set("expires", strconv.FormatInt(time.Now().Add(c.For).Unix(), 10))
		u.RawQuery = query.Encode()
	}
	u.RawQuery = strings.TrimPrefix(u.RawQuery+"&s="+grammar.Sign(c.SignKeys[0], u.Path, u.RawQuery), "&")
	if err := c.check(u); err != nil {
		return usage.Error{Err: err}
	}
	_, err = fmt.Fprintln(stdout, u.String())
	return err
}

// check parses a signed URL as a service does that knows the keys and presets, and writes all formats.
func (c *signCommand) check(u *url.URL) error {
	ladder, err := grammar.DefaultLadder().Normal()
	if err != nil {
		return err
	}
	presets, err := grammar.ParsePresets(c.Preset)
	if err != nil {
		return err
	}
	g := grammar.Grammar{
		Ladder: ladder, Encodes: func(resize.Format) bool { return true }, SignKeys: c.SignKeys[:1], Strict: true, Presets: presets,
		Marks: c.Marks,
	}
	now := time.Now()
	for _, below := range []string{grammar.InfoPath, grammar.SrcsetPath} {
		if strings.HasPrefix(u.Path, below) {
			_, err := g.CheckInfo(below, u.Path, u.RawQuery, now)
			return err
		}
	}
	if key, ok := strings.CutPrefix(u.Path, grammar.ImagePath); ok {
		_, err = g.Parse(key, u.RawQuery, "", now)
		return err
	}
	if path, ok := strings.CutPrefix(u.Path, grammar.VariantPath); ok {
		_, err = g.ParseVariant(path, u.RawQuery, now)
		return err
	}
	return usage.Errorf("%q is not the URL of an image: want a path that begins with /img/, /v/, /info/ or /srcset/", c.URL)
}
