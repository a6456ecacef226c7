package server

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"runtime"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/otel/trace"

	"github.com/imgorigin/imgorigin/cache"
	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/server/dialect"
	"github.com/imgorigin/imgorigin/server/grammar"
	"github.com/imgorigin/imgorigin/server/originals"
	"github.com/imgorigin/imgorigin/server/render"
)

// A Config says what a Server is made of. Originals and Engine are needed; every other zero field has a default.
type Config struct {
	// Originals is where originals are read from.
	Originals originals.Source

	// Engine makes the variants that requests ask for.
	Engine resize.Engine

	// WarmEngine makes the variants that no request waits for: those of [Server.Warm], and the finals of drafts. The default
	// is Engine.
	WarmEngine resize.Engine

	// Store keeps variants beyond the life of the process. Nil keeps them in memory only.
	Store cache.Store

	// Memory is the number of bytes of variants that are kept in memory. 0 keeps none.
	Memory int64

	// Quarantine is asked about an original before it is decoded. Nil decodes every original.
	Quarantine render.KnownErrors

	// Revalidate is how long an original is assumed to be unchanged after its ETag was checked. 0 checks before
	// every answer; [Never] never checks, and relies on [Server.Drop].
	Revalidate time.Duration

	// MaxAge is how long browsers and CloudFront may keep an answer. 0 makes them revalidate every time.
	MaxAge time.Duration

	URLs     URLs
	Access   Access
	Limits   Limits
	Load     Load
	Drafts   Drafts
	Prefetch Prefetch
	Fallback Fallback

	// Metrics are shown by [Server.Admin] beside the server's own.
	Metrics []prometheus.Collector

	// Tracer makes a span of each request and of each leg of its journey. Nil makes none.
	Tracer trace.Tracer

	// Log receives a line for each request, and warnings. The default discards them.
	Log *slog.Logger
}

// URLs say what unsigned and signed URLs may ask for.
type URLs struct {
	// Ladder is what unsigned URLs are snapped to. The default is [grammar.DefaultLadder].
	Ladder grammar.Ladder

	// SignKeys are the keys of valid signatures. The first signs; the others let keys be rotated.
	SignKeys []string

	// SignRequired refuses unsigned URLs.
	SignRequired bool

	// Exact gives unsigned URLs exactly what they ask for. It is for trusted networks only.
	Exact bool

	// Strict refuses URLs with parameters that would be ignored. Without it, [IgnoredHeader] names them.
	Strict bool

	// ClientHints lets URLs leave w and dpr to the client hints of browsers, as auto.
	ClientHints bool

	// Presets are named sets of parameters, which unsigned URLs may request even if the parameters alone
	// would need a signature.
	Presets []grammar.Preset

	// OnlyPresets refuses unsigned URLs without a preset.
	OnlyPresets bool

	// Dialects are other image services whose URLs are translated, DialectKeys the keys of their signatures, and
	// DialectSources the URLs that name originals in them.
	Dialects       []dialect.Mount
	DialectKeys    []dialect.Key
	DialectSources dialect.Sources

	// RedirectDialects answers such URLs with a redirect to the equivalent URL of this service.
	RedirectDialects bool

	// Marks is the prefix of the keys of marks, which are originals that signed URLs may lay over others. "" allows only the
	// marks of presets and DefaultMarks.
	Marks string

	// DefaultMarks are the marks of images whose URLs and presets say nothing of marks.
	DefaultMarks []grammar.DefaultMark

	// EscapePaths reads the paths of descriptions and srcsets as [cache.Escape] writes them. The functions at the edge use that
	// form where paths must not need percent-encoding. A path that is not of that form is read as without it. The paths of
	// variants by [cache.EscapePath] are recognizable by themselves, and are always read.
	EscapePaths bool
}

// Access says which clients are answered, and which proxies are believed.
type Access struct {
	// OriginSecrets are the values of [SecretHeader] with which images are served. Without any, every client is
	// answered. Several let them be rotated.
	OriginSecrets []string

	// TrustedProxies are the networks whose headers about the client and the trace are believed.
	TrustedProxies []netip.Prefix

	// CORS are the origins whose pages may read images by script, as https://example.com, or "*" alone for all. With a list,
	// answers depend on the header Origin, and say so by Vary.
	CORS []string
}

// Limits bound what a request can cost.
type Limits struct {
	// Image bounds the pixels of an original.
	Image resize.Limits

	// Bytes bounds the size of an original. The default is 100 MiB.
	Bytes int64

	// FillsPerOriginal and FillsPerNetwork bound the different variants that are made in a minute: from one original,
	// and for the clients of one /24 or /56. Requests for more are answered 429. 0 means no limit.
	FillsPerOriginal int
	FillsPerNetwork  int
}

// Load bounds what is made at the same time.
type Load struct {
	// GateBytes is the memory that all fills may hold. The default is 512 MiB.
	GateBytes int64

	// GateQueue is the number of fills that may wait for memory; more are refused. The default is 256.
	GateQueue int

	// QueueTimeout is how long a fill may wait for memory. One that would likely wait longer than half of it is refused
	// at once. The default is 10 s.
	QueueTimeout time.Duration

	// Processors is the number of originals that are decoded at the same time. The default is GOMAXPROCS.
	Processors int

	// FillTimeout is how long a request may wait for its variant. A fill may take twice as long: what is finished after
	// its request was answered 504 is kept for the next one. The default is 25 s, less than CloudFront's 30 s.
	FillTimeout time.Duration
}

// Prefetch says what is made from the decode of the first variant of an original that a request asks for. It needs a
// Store to keep it.
type Prefetch struct {
	// Widths are the widths to make, in the format of the request.
	Widths []int

	// MezzanineSide is the longer side, in pixels, of the mezzanines that small variants of slow originals are made
	// from; see package render. 0 makes none.
	MezzanineSide int
}

// Fallback is the image that is answered in place of one that does not exist or does not decode.
type Fallback struct {
	// Key is the key of its original. "" answers an error.
	Key string

	// Status is the status of the answer, one that has a body. The default is 404.
	Status int
}

// withDefaults returns c with every zero field replaced by its default, or an error for a field that makes no sense.
func (c Config) withDefaults() (Config, error) {
	if c.Originals == nil || c.Engine == nil {
		return c, errors.New("server: Originals and Engine are needed")
	}
	if len(c.URLs.Ladder.Widths)+len(c.URLs.Ladder.Ratios)+len(c.URLs.Ladder.Qualities) == 0 {
		c.URLs.Ladder = grammar.DefaultLadder()
	}
	ladder, err := c.URLs.Ladder.Normal()
	if err != nil {
		return c, err
	}
	c.URLs.Ladder = ladder
	c.Limits.Image = c.Limits.Image.WithDefaults()
	c.Limits.Bytes = cmp.Or(c.Limits.Bytes, 100<<20)
	c.Load.GateBytes = cmp.Or(c.Load.GateBytes, 512<<20)
	c.Load.GateQueue = cmp.Or(c.Load.GateQueue, 256)
	c.Load.QueueTimeout = cmp.Or(c.Load.QueueTimeout, 10*time.Second)
	c.Load.FillTimeout = cmp.Or(c.Load.FillTimeout, 25*time.Second)
	c.Load.Processors = cmp.Or(c.Load.Processors, runtime.GOMAXPROCS(0))
	c.Drafts.Queue = cmp.Or(c.Drafts.Queue, 1<<14)
	c.Fallback.Status = cmp.Or(c.Fallback.Status, http.StatusNotFound)
	c.Log = cmp.Or(c.Log, slog.New(slog.DiscardHandler))
	if c.Tracer != nil {
		c.Log = slog.New(tracedLog{c.Log.Handler()})
	}
	return c, errors.Join(c.URLs.check(), c.Access.check(), c.Fallback.check())
}

// check refuses keys that anybody knows, and presets that can't be asked for.
func (u URLs) check() error {
	for _, key := range u.SignKeys {
		if key == "" {
			return errors.New("a key of signed URLs is empty: anybody could sign")
		}
	}
	switch _, err := grammar.ParsePresets(u.Presets); {
	case err != nil:
		return err
	case u.OnlyPresets && len(u.Presets) == 0:
		return errors.New("only presets are allowed, and there is none")
	case u.OnlyPresets && u.Exact:
		return errors.New("only presets are allowed, and unsigned URLs get exactly what they ask for: one excludes the other")
	}
	return nil
}

// check refuses secrets that anybody knows. A list that is empty but not nil is one that was meant to have a secret: a
// variable that was not set, perhaps.
func (a Access) check() error {
	if err := cors(a.CORS).check(); err != nil {
		return err
	}
	if a.OriginSecrets != nil && len(a.OriginSecrets) == 0 {
		return errors.New("the list of origin secrets is empty")
	}
	for _, secret := range a.OriginSecrets {
		if secret == "" {
			return errors.New("an origin secret is empty: anybody could send it")
		}
	}
	return nil
}

func (f Fallback) check() error {
	if f.Key == "" {
		return nil
	}
	if err := grammar.CheckKey(f.Key); err != nil {
		return fmt.Errorf("fallback %q: %w", f.Key, err)
	}
	hasBody := f.Status >= 200 && f.Status <= 599 && http.StatusText(f.Status) != ""
	switch f.Status {
	case http.StatusNoContent, http.StatusResetContent, http.StatusNotModified, http.StatusPartialContent:
		hasBody = false
	}
	if !hasBody {
		return fmt.Errorf("fallback status %d: want a status with a body, 200…599", f.Status)
	}
	return nil
}
