package main

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"time"

	"github.com/imgorigin/imgorigin/cache"
	"github.com/imgorigin/imgorigin/cmd/imgorigin/cloud"
	"github.com/imgorigin/imgorigin/cmd/imgorigin/storage"
	"github.com/imgorigin/imgorigin/cmd/imgorigin/usage"
	"github.com/imgorigin/imgorigin/server"
	"github.com/imgorigin/imgorigin/server/warm"
	"github.com/imgorigin/imgorigin/server/warm/cdn"
	"github.com/imgorigin/imgorigin/server/warm/intake"
	"github.com/imgorigin/imgorigin/server/warm/quarantine"
	"github.com/imgorigin/imgorigin/server/warm/s3event"
)

// serviceFlags are the flags of every command that works on the originals and variants of a service.
type serviceFlags struct {
	storage.OriginalsFlags `embed:""`

	Variants storage.Location `common:"" group:"storage" required:"" placeholder:"LOCATION" help:"Where variants are stored: s3://bucket/prefix, a folder, or none."`

	freshnessFlags          `embed:""`
	imageFlags              `embed:""`
	warmingFlags            `embed:""`
	storage.QuarantineFlags `embed:""`

	Distribution string `common:"" group:"events" placeholder:"ID" help:"CloudFront distribution in which deleted variants are invalidated."`
	Purge        string `group:"events" default:"paths" enum:"paths,tags" help:"How variants are invalidated: by paths, or by tags, of which CloudFront accepts 200 times as many at once. Tags need a distribution with a CacheTagConfig for x-amz-meta-cache-tag."`

	// purgePatience is how long an event waits for CloudFront to accept its invalidation. 0 is the default of a
	// cdn.CloudFront. It is not a flag, but set by commands whose events must not wait so long.
	purgePatience time.Duration

	// purgeWait is how long an invalidation waits for others to share its request. 0 is the default of a cdn.CloudFront. It
	// is set by commands that invalidate one thing after the other.
	purgeWait time.Duration

	LogFormat string `common:"" group:"observability" default:"auto" enum:"auto,json,text" help:"Format of the log: json, text, or auto, which is a short line for each request on a terminal, and json elsewhere."`
}

// shared returns the flags themselves, whichever command's flags embed them.
func (f serviceFlags) shared() serviceFlags { return f }

func (f serviceFlags) configure(c *server.Config) {
	configure(c, f.freshnessFlags, f.imageFlags)
	c.WarmEngine = f.engine(true)
}

// checkOverlaps refuses locations from which variants, or originals in quarantine, would come back as originals.
func (f serviceFlags) checkOverlaps() error {
	if at, ok := f.Overlaps(f.Variants); ok {
		return usage.Errorf("--originals %s and --variants %s overlap: variants would be taken for originals", at, f.Variants)
	}
	if at, ok := f.Overlaps(f.Quarantine); ok {
		return usage.Errorf("--originals %s and --quarantine %s overlap: what is in quarantine would be taken for originals",
			at, f.Quarantine)
	}
	return nil
}

// A serviceConfigurer is the flags of a command that embeds serviceFlags.
type serviceConfigurer interface {
	configurer
	shared() serviceFlags
}

// A service is what a command works with: the server, and the warmer that drives it.
type service struct {
	*storage.Resources
	flags      serviceFlags
	log        *slog.Logger
	config     server.Config // that the origin was made from
	origin     *server.Server
	warmer     *warm.Warmer
	cdn        *cdn.CloudFront // nil without --distribution
	metrics    warmMetrics
	quarantine *quarantine.Cached // nil without one
}

// openLog returns a log that writes to w.
func (f serviceFlags) openLog(w io.Writer) *slog.Logger {
	switch {
	case f.LogFormat != "auto":
		return f.logger(w, f.LogFormat)
	case isTerminal(w):
		return f.requestLog(w)
	}
	return f.logger(w, "json")
}

// openService opens the locations, and builds the server and the warmer. After the flags, others fill in the rest of the
// server's configuration. Closing the resources ends all of it, whether or not openService returned an error.
func openService(
	ctx context.Context, r *storage.Resources, stdout io.Writer, flags serviceConfigurer, others ...configurer,
) (*service, error) {
	f := flags.shared()
	if err := f.checkOverlaps(); err != nil {
		return nil, err
	}
	s := &service{Resources: r, flags: f, log: f.openLog(stdout), metrics: newWarmMetrics()}
	configure(&s.config, flags)
	configure(&s.config, others...)
	s.config.URLs.DialectSources = append(s.config.URLs.DialectSources, f.DialectSources()...)
	s.config.Log = s.log
	s.config.Metrics = append(s.config.Metrics, s.metrics.collectors()...)
	if err := s.openLocations(ctx); err != nil {
		return nil, err
	}
	if err := f.isolate(ctx, r, &s.config); err != nil {
		return nil, err
	}
	setMemoryLimit(r, s.config)
	var err error
	if s.origin, err = server.New(s.config); err != nil {
		return nil, err
	}
	r.OnClose(logStateOnSignal(ctx, s.origin, s.log))
	if s.warmer, err = s.newWarmer(ctx); err != nil {
		return nil, err
	}
	return s, nil
}

// openLocations opens originals, variants and quarantine for the configuration.
func (s *service) openLocations(ctx context.Context) (err error) {
	f := s.flags
	if s.config.Originals, err = s.OpenOriginals(ctx, f.OriginalsFlags); err != nil {
		return err
	}
	s.config.Store, err = s.OpenStore(ctx, f.Variants, cache.S3Config{
		Escape: f.EscapePaths, CacheControl: server.CacheControl(f.MaxAge), DraftCacheControl: server.DraftCacheControl(f.MaxAge),
	})
	if err != nil {
		return err
	}
	if s.quarantine, err = f.OpenQuarantine(ctx, s.Resources, f.OriginalsFlags, s.log); err != nil {
		return err
	}
	if s.quarantine != nil { // a nil *quarantine.Cached is not a nil interface
		s.config.Quarantine = s.quarantine
	}
	return nil
}

func (s *service) newWarmer(ctx context.Context) (*warm.Warmer, error) {
	transforms, err := s.flags.transforms(s.flags.urlFlags, s.flags.engine(false))
	if err != nil {
		return nil, err
	}
	config := warm.Config{
		Target: s.origin, Transforms: transforms, Key: s.flags.KeyOf,
		Quarantine: s.quarantine, IsMark: s.origin.IsMark, Handled: noteResult, AtOnce: s.flags.WarmAtOnce, Metrics: s.metrics.warm, Log: s.log,
	}
	if s.flags.Distribution != "" {
		if s.cdn, err = s.openDistribution(ctx); err != nil {
			return nil, err
		}
		config.CDN = waitingCDN{s.cdn}
		if source, ok := s.config.Originals.(versioned); ok {
			config.Overwritten = source.Overwritten
		}
	}
	return warm.New(config)
}

// noteResult reports what was done about an event, to its trace and to the caller of the Lambda function.
func noteResult(ctx context.Context, ev s3event.Event, r warm.Result, err error) {
	traceResult(ctx, ev, r)
	record := intake.Record{
		Original: ev.Key, Event: ev.Name, Result: r.Outcome(), Made: r.Made, Present: r.Skipped, Deleted: r.Dropped,
	}
	if err = errors.Join(err, r.DecodeError); err != nil {
		record.Error = err.Error()
	}
	intake.Note(ctx, record, r.DecodeError != nil)
}

// A versioned source is [originals.S3], or [originals.Routes] that may lead there.
type versioned interface {
	Overwritten(ctx context.Context, key string) (bool, error)
}

// shortPatience is for events that wait in memory or in a Lambda function, where nothing else is done meanwhile.
const shortPatience = 30 * time.Second

// A waitingCDN lets the consumer of a queue handle other messages while an invalidation waits for CloudFront.
type waitingCDN struct{ *cdn.CloudFront }

func (c waitingCDN) Invalidate(ctx context.Context, original string) error {
	return intake.WithoutPlace(ctx, func() error { return c.CloudFront.Invalidate(ctx, original) })
}

// closeDistribution bounds how long a command waits at its end for CloudFront to accept invalidations.
const closeDistribution = 20 * time.Second

func (s *service) openDistribution(ctx context.Context) (*cdn.CloudFront, error) {
	settings, err := cloud.LoadConfig(ctx)
	if err != nil {
		return nil, err
	}
	distribution := cdn.NewCloudFront(cdn.Config{
		Client: cdn.NewClient(settings), Distribution: s.flags.Distribution, Tags: s.flags.Purge == "tags",
		EscapePaths: s.flags.EscapePaths, IsMark: s.origin.IsMark,
		Patience: s.flags.purgePatience, Wait: s.flags.purgeWait, Metrics: s.metrics.cdn, Log: s.log,
	})
	s.OnClose(func() error {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), closeDistribution)
		defer cancel()
		return distribution.Close(ctx)
	})
	return distribution, nil
}
