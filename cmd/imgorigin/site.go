package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/server"
	"github.com/imgorigin/imgorigin/server/grammar"
	"github.com/imgorigin/imgorigin/server/warm"
	"github.com/imgorigin/imgorigin/server/warm/quarantine"
)

// siteFlags are the settings of every command that works on the originals and variants of a site.
type siteFlags struct {
	Originals place `group:"places" required:"" placeholder:"PLACE" help:"Where originals are: s3://bucket/prefix or a folder."`
	Variants  place `group:"places" required:"" placeholder:"PLACE" help:"Where finished pictures are kept: s3://bucket/prefix, a folder, or none."`

	Revalidate revalidate    `group:"keeping" default:"1m" help:"How long an original is taken to be unchanged; never where this process hears of every change: several would each need all events, or --memory 0."`
	MaxAge     time.Duration `group:"keeping" default:"24h" help:"How long browsers and CloudFront may keep a picture."`

	originFlags `embed:""`

	Warm           string `group:"events" default:"w=320,640,1080" placeholder:"WORDS" help:"What is made of new originals: words of the URL, with several values each, as in w=320,640&fm=webp,jpeg. Without fm, what browsers are given."`
	WarmAtOnce     int    `group:"events" default:"2" help:"Originals that are warmed at once."`
	Quarantine     place  `group:"events" default:"none" placeholder:"PLACE" help:"Where originals are copied that will never decode: s3://bucket/prefix, a folder, or none."`
	QuarantineMove bool   `group:"events" help:"Move them there, away from the originals."`
	FailuresTable  string `group:"events" placeholder:"TABLE" help:"DynamoDB table that lists them too."`
	Distribution   string `group:"events" placeholder:"ID" help:"CloudFront distribution that forgets what is dropped."`

	LogFormat string `group:"sight" default:"json" enum:"json,text" help:"Form of the log: json or text."`
}

// A site is everything that a command works with. Close ends it.
type site struct {
	opener
	flags   siteFlags
	log     *slog.Logger
	reasons *quarantine.Cached // nil without a quarantine
	metrics *warm.Metrics
	origin  *server.Server
	warmer  *warm.Warmer
	cdn     *warm.CloudFront // nil without a distribution
}

// open opens the places, and makes the server and the warmer that drives it. more may complete the configuration.
func (f siteFlags) open(ctx context.Context, stdout io.Writer, more func(*server.Config)) (*site, error) {
	if f.Originals.overlaps(f.Variants) {
		return nil, fmt.Errorf("--originals %s and --variants %s overlap: variants would be taken for originals", f.Originals, f.Variants)
	}
	if f.Originals.overlaps(f.Quarantine) {
		return nil, fmt.Errorf("--originals %s and --quarantine %s overlap: what is set aside would come back", f.Originals, f.Quarantine)
	}
	s := &site{flags: f, log: f.logger(stdout, f.LogFormat), metrics: warm.NewMetrics()}
	if err := s.build(ctx, more); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

func (s *site) build(ctx context.Context, more func(*server.Config)) (err error) {
	f := s.flags
	config := f.config()
	config.WarmEngine = f.engine(true)
	config.Revalidate = time.Duration(f.Revalidate)
	config.MaxAge = f.MaxAge
	config.Log = s.log
	config.Metrics = append(config.Metrics, s.metrics)
	if config.Originals, err = s.originals(ctx, f.Originals); err != nil {
		return err
	}
	if config.Store, err = s.store(ctx, f.Variants, server.CacheControl(f.MaxAge)); err != nil {
		return err
	}
	if s.reasons, err = s.quarantine(ctx); err != nil {
		return err
	}
	if s.reasons != nil {
		config.Quarantine = s.reasons
	}
	if more != nil {
		more(&config)
	}
	if err := f.isolate(ctx, &s.opener, &config); err != nil {
		return err
	}
	boundMemory(config)
	if s.origin, err = server.New(config); err != nil {
		return err
	}
	s.closes = append(s.closes, onSignalLogState(ctx, s.origin, s.log))
	s.warmer, err = s.newWarmer(ctx)
	return err
}

func (s *site) newWarmer(ctx context.Context) (*warm.Warmer, error) {
	transforms, err := s.flags.transforms()
	if err != nil {
		return nil, fmt.Errorf("--warm: %w", err)
	}
	config := warm.Config{
		Target: s.origin, Transforms: transforms, Bucket: s.flags.Originals.bucket, Prefix: s.flags.Originals.prefix,
		Quarantine: s.reasons, AtOnce: s.flags.WarmAtOnce, Metrics: s.metrics, Log: s.log,
	}
	if s.flags.Distribution != "" {
		settings, err := awsSettings(ctx)
		if err != nil {
			return nil, err
		}
		s.cdn = warm.NewCloudFront(warm.CloudFrontConfig{
			Client: cloudfront.NewFromConfig(settings), Distribution: s.flags.Distribution, Metrics: s.metrics, Log: s.log,
		})
		s.closes = append(s.closes, func() error {
			ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 20*time.Second)
			defer cancel()
			return s.cdn.Close(ctx)
		})
		config.CDN = s.cdn
	}
	return warm.New(config)
}

// quarantine opens the place where originals are set aside, nil for none.
func (s *site) quarantine(ctx context.Context) (*quarantine.Cached, error) {
	f := s.flags
	var q quarantine.Store
	switch {
	case f.Quarantine == place{}:
		return nil, nil
	case (f.Quarantine.bucket == "") != (f.Originals.bucket == ""):
		return nil, fmt.Errorf("--quarantine %s and --originals %s: want two buckets or two folders", f.Quarantine, f.Originals)
	case f.Quarantine.bucket != "":
		client, err := s.s3(ctx)
		if err != nil {
			return nil, err
		}
		q = quarantine.S3{
			Client: client, Bucket: f.Quarantine.bucket, Prefix: f.Quarantine.prefix,
			OriginalsBucket: f.Originals.bucket, OriginalsPrefix: f.Originals.prefix, Move: f.QuarantineMove,
		}
	default:
		if err := os.MkdirAll(f.Quarantine.folder, 0o700); err != nil {
			return nil, fmt.Errorf("--quarantine: %w", err)
		}
		root, err := s.root(f.Quarantine.folder)
		if err != nil {
			return nil, fmt.Errorf("--quarantine: %w", err)
		}
		originals, err := s.root(f.Originals.folder)
		if err != nil {
			return nil, fmt.Errorf("--originals: %w", err)
		}
		q = quarantine.Folder{Root: root, Originals: originals, Move: f.QuarantineMove}
	}
	if f.FailuresTable != "" {
		settings, err := awsSettings(ctx)
		if err != nil {
			return nil, err
		}
		q = quarantine.WithTable(q, quarantine.Table{Client: dynamodb.NewFromConfig(settings), Name: f.FailuresTable})
	}
	return quarantine.NewCached(q, s.log), nil
}

// transforms reads --warm: every combination of the values, snapped to the ladder as unsigned URLs are.
func (f siteFlags) transforms() ([]resize.Transform, error) {
	engine := f.engine(false)
	ladder, err := grammar.Ladder{Widths: f.Widths, Ratios: f.Ratios, Qualities: f.Qualities}.Normal()
	if err != nil {
		return nil, err
	}
	grammar := grammar.Grammar{Ladder: ladder, Encodes: engine.Encodes}
	var ts []resize.Transform
	for _, query := range combinations(f.Warm, given(engine)) {
		ask, err := grammar.Parse("original", query, "", time.Now())
		if err != nil {
			return nil, err
		}
		if !slices.Contains(ts, ask.Transform) {
			ts = append(ts, ask.Transform)
		}
	}
	return ts, nil
}

// given returns the formats that browsers are given where they have a choice: the best that most of them take, and
// what the picture needs for the others.
func given(e resize.Engine) string {
	if e.Encodes(resize.WebP) {
		return "webp,auto"
	}
	return "auto"
}

// combinations returns a query for each choice of one value for each word.
func combinations(words, formats string) []string {
	if words == "" {
		return nil
	}
	hasFormat := false
	queries := []string{""}
	add := func(name, values string) {
		var longer []string
		for _, query := range queries {
			for value := range strings.SplitSeq(values, ",") {
				longer = append(longer, strings.TrimPrefix(query+"&"+name+"="+url.QueryEscape(value), "&"))
			}
		}
		queries = longer
	}
	for word := range strings.SplitSeq(words, "&") {
		name, values, _ := strings.Cut(word, "=")
		hasFormat = hasFormat || slices.Contains([]string{"fm", "format", "f", "auto"}, name)
		add(name, values)
	}
	if !hasFormat {
		add("fm", formats)
	}
	return queries
}
