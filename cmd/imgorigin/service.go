package main

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"time"

	"github.com/imgorigin/imgorigin/cache"
	"github.com/imgorigin/imgorigin/cmd/imgorigin/cloud"
	"github.com/imgorigin/imgorigin/cmd/imgorigin/logs"
	"github.com/imgorigin/imgorigin/cmd/imgorigin/settings"
	"github.com/imgorigin/imgorigin/cmd/imgorigin/storage"
	"github.com/imgorigin/imgorigin/cmd/imgorigin/usage"
	"github.com/imgorigin/imgorigin/server"
	"github.com/imgorigin/imgorigin/server/warm"
	"github.com/imgorigin/imgorigin/server/warm/cdn"
	"github.com/imgorigin/imgorigin/server/warm/intake"
	"github.com/imgorigin/imgorigin/server/warm/quarantine"
	"github.com/imgorigin/imgorigin/server/warm/s3event"
)

// A serviceConfigurer is the flags of a command that embeds [settings.ServiceFlags].
type serviceConfigurer interface {
	settings.Configurer
	Shared() settings.ServiceFlags
}

// A service is what a command works with: the server, and the warmer that drives it.
type service struct {
	*storage.Resources
	flags      settings.ServiceFlags
	log        *slog.Logger
	config     server.Config // that the origin was made from
	origin     *server.Server
	warmer     *warm.Warmer
	cdn        *cdn.CloudFront // nil without --distribution
	metrics    warmMetrics
	quarantine *quarantine.Cached // nil without one
}

// openService opens the locations, and builds the server and the warmer. After the flags, others fill in the rest of the
// server's configuration. Closing the resources ends all of it, whether or not openService returned an error.
func openService(
	ctx context.Context, r *storage.Resources, stdout io.Writer, flags serviceConfigurer, others ...settings.Configurer,
) (*service, error) {
	f := flags.Shared()
	if err := f.CheckOverlaps(); err != nil {
		return nil, err
	}
	s := &service{Resources: r, flags: f, log: logs.New(stdout, f.LogLevel, f.LogFormat), metrics: newWarmMetrics()}
	settings.Configure(&s.config, flags)
	settings.Configure(&s.config, others...)
	s.config.URLs.DialectSources = append(s.config.URLs.DialectSources, f.DialectSources()...)
	s.config.Log = s.log
	s.config.Metrics = append(s.config.Metrics, s.metrics.collectors()...)
	if err := s.openLocations(ctx); err != nil {
		return nil, err
	}
	if err := isolateDecoders(ctx, r, f.ImageFlags, &s.config); err != nil {
		return nil, err
	}
	setMemoryLimit(r, s.config)
	var err error
	if s.origin, err = server.New(s.config); err != nil {
		return nil, usage.Error{Err: err}
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
	transforms, err := s.flags.Transforms(s.flags.URLFlags, s.flags.Engine(false))
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
		Patience: s.flags.PurgePatience, Wait: s.flags.PurgeWait, Metrics: s.metrics.cdn, Log: s.log,
	})
	s.OnClose(func() error {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), closeDistribution)
		defer cancel()
		return distribution.Close(ctx)
	})
	return distribution, nil
}
