package main

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/alecthomas/units"

	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/server"
	"github.com/imgorigin/imgorigin/server/grammar"
)

// ladderFlags are the settings that the URLs of a site depend on.
type ladderFlags struct {
	Widths    []int           `group:"urls" default:"160,320,480,640,750,828,1080,1200,1920,2048,3840" help:"Widths that unsigned URLs are snapped up to."`
	Ratios    []grammar.Ratio `group:"urls" default:"1:1,5:4,4:3,3:2,16:9,2:1,21:9" help:"Shapes, and their inverses, that unsigned boxes are snapped to."`
	Qualities []int           `group:"urls" default:"50,75,90" help:"Qualities that unsigned URLs are snapped to."`

	SignKeys     []string `group:"urls" placeholder:"KEY,…" help:"Keys of signed URLs: the first signs, all are good."`
	SignRequired bool     `group:"urls" help:"Refuse unsigned URLs."`
}

// originFlags are the settings that every command which makes pictures shares.
type originFlags struct {
	ladderFlags `embed:""`

	MaxPixels          int64            `group:"pictures" default:"100000000" help:"Largest original, in pixels of one frame."`
	MaxAnimationPixels int64            `group:"pictures" default:"50000000" help:"Frames × pixels above which only the first frame of an animation is kept."`
	MaxBytes           units.Base2Bytes `group:"pictures" default:"100MiB" help:"Largest original, in bytes."`
	Lenient            bool             `group:"pictures" help:"Show what there is of JPEGs that end early or are damaged, the rest grey, in place of a 422."`

	FormatQuality formatQuality `group:"pictures" default:"jpeg=80,webp=78,avif=60" placeholder:"FORMAT=N,…" help:"Quality of each lossy format, 1…100, where the URL says none; of what is made from now on."`
	Progressive   bool          `group:"pictures" help:"Write JPEGs progressively: 1 to 2 per cent smaller, and seen sooner on a slow line; clients take longer to decode them."`

	Memory      units.Base2Bytes `group:"keeping" default:"256MiB" help:"Finished pictures kept in memory; 0 for none."`
	GateMemory  units.Base2Bytes `group:"load" default:"512MiB" help:"Memory for pictures in the making; more of them wait."`
	GateQueue   int              `group:"load" default:"256" help:"Pictures that may wait for memory; more are answered 503."`
	GateWait    time.Duration    `group:"load" default:"10s" help:"How long a picture may wait for memory; one that would likely wait more than half of that is answered 503 at once."`
	FillTimeout time.Duration    `group:"load" default:"25s" help:"How long making a picture may take; less than CloudFront waits."`

	Isolate bool `group:"pictures" help:"Decode in processes of their own, which have no files, network or credentials: a picture that crashes one costs only its own request."`

	LogLevel string `group:"sight" default:"info" enum:"debug,info,warn,error" help:"Least level that is logged: debug, info, warn or error."`
}

// fallbackFlags are the settings of every command that answers requests.
type fallbackFlags struct {
	Fallback       string `group:"pictures" placeholder:"KEY" help:"Original that is shown where there is no picture, or none that decodes."`
	FallbackStatus int    `group:"pictures" default:"404" help:"Status that it is shown with; caches keep it for 10 s."`
}

func (f fallbackFlags) complete(c *server.Config) {
	c.Fallback, c.FallbackStatus = f.Fallback, f.FallbackStatus
}

// config returns the part of the server's configuration that these settings are.
func (f originFlags) config() server.Config {
	limits := f.limits()
	return server.Config{
		Engine:       f.engine(false),
		Ladder:       grammar.Ladder{Widths: f.Widths, Ratios: f.Ratios, Qualities: f.Qualities},
		SignKeys:     f.SignKeys,
		SignRequired: f.SignRequired,
		Limits:       limits,
		MaxBytes:     int64(f.MaxBytes),
		Memory:       int64(f.Memory),
		GateBytes:    int64(f.GateMemory),
		GateQueue:    f.GateQueue,
		QueueTimeout: f.GateWait,
		FillTimeout:  f.FillTimeout,
	}
}

// engine returns the engine of this build; a thorough one takes its time for smaller files.
func (f originFlags) engine(thorough bool) *resize.Portable {
	return resize.NewEngine(f.engineConfig(thorough))
}

func (f originFlags) engineConfig(thorough bool) resize.EngineConfig {
	return resize.EngineConfig{
		Limits: f.limits(), Quality: resize.Quality(f.FormatQuality), Codecs: engineCodecs(),
		Thorough: thorough, Lenient: f.Lenient, Progressive: f.Progressive,
	}
}

func (f originFlags) limits() resize.Limits {
	return resize.Limits{Pixels: f.MaxPixels, AnimationPixels: f.MaxAnimationPixels}
}

// A formatQuality is a quality for each lossy format.
type formatQuality resize.Quality

// UnmarshalText reads what --format-quality takes.
func (q *formatQuality) UnmarshalText(text []byte) error {
	of := map[string]*int{"jpeg": &q.JPEG, "webp": &q.WebP, "avif": &q.AVIF}
	for pair := range strings.SplitSeq(string(text), ",") {
		name, value, _ := strings.Cut(pair, "=")
		n, err := strconv.Atoi(value)
		if of[name] == nil || err != nil || n < 1 || n > 100 {
			return fmt.Errorf("%q: want jpeg, webp or avif, = and 1…100", pair)
		}
		*of[name] = n
	}
	return nil
}

// A revalidate is how long a look at an original is good for, or server.Never.
type revalidate time.Duration

// UnmarshalText reads what --revalidate takes.
func (r *revalidate) UnmarshalText(text []byte) error {
	if string(text) == "never" {
		*r = revalidate(server.Never)
		return nil
	}
	d, err := time.ParseDuration(string(text))
	if err == nil && d < 0 {
		err = errors.New("want a duration of 0 or more, or never")
	}
	*r = revalidate(d)
	return err
}
