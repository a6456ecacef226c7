package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"time"

	"github.com/imgorigin/imgorigin/server"
)

type serveCommand struct {
	Originals place `required:"" placeholder:"PLACE" help:"Where originals are: s3://bucket/prefix or a folder."`
	Variants  place `required:"" placeholder:"PLACE" help:"Where finished pictures are kept: s3://bucket/prefix, a folder, or none."`

	Listen     string        `default:":8080" placeholder:"ADDR" help:"Address to listen on."`
	Revalidate revalidate    `default:"1m" help:"How long an original is taken to be unchanged; never when events announce changes."`
	MaxAge     time.Duration `default:"24h" help:"How long browsers and CloudFront may keep a picture."`
	Exact      bool          `help:"Give unsigned URLs exactly what they ask for. For trusted networks only."`

	originFlags `embed:""`

	Siblings []int `default:"320,640,1080" help:"Widths that are made from the decode of the first size asked for, when there is room; 0 for none."`

	Mezzanine int `default:"0" help:"Side of a picture that is kept of large, progressive and HEIC originals, to make small sizes from; 0 for none, 2048 is good."`

	AVIFWait int `name:"avif-wait" default:"100000" help:"Pixels up to which a negotiated AVIF is waited for; a larger one is answered as WebP until it is made. -1 waits for all."`

	LogFormat  string        `default:"json" enum:"json,text" help:"Form of the log: json or text."`
	DrainDelay time.Duration `default:"0s" help:"How long to go on after SIGTERM with /readyz saying no, for load balancers to notice."`
	DrainTime  time.Duration `default:"30s" help:"How long requests in flight then have to end."`
}

func (c *serveCommand) Run(ctx context.Context, stdout io.Writer) error {
	if c.Originals.overlaps(c.Variants) {
		return fmt.Errorf("--originals %s and --variants %s overlap: variants would be taken for originals", c.Originals, c.Variants)
	}
	var open opener
	defer open.Close()
	originals, err := open.originals(ctx, c.Originals)
	if err != nil {
		return err
	}
	store, err := open.store(ctx, c.Variants, server.CacheControl(c.MaxAge))
	if err != nil {
		return err
	}
	config := c.config()
	config.Originals = originals
	config.Store = store
	config.Revalidate = time.Duration(c.Revalidate)
	config.MaxAge = c.MaxAge
	config.Exact = c.Exact
	config.Mezzanine = c.Mezzanine
	config.AVIFWait = c.AVIFWait
	config.Siblings = slices.DeleteFunc(c.Siblings, func(w int) bool { return w == 0 })
	config.Log = c.logger(stdout, c.LogFormat)
	boundMemory(config)

	origin, err := server.New(config)
	if err != nil {
		return err
	}
	l, err := listen(ctx, c.Listen)
	if err != nil {
		return err
	}
	config.Log.InfoContext(ctx, "listening", slog.String("addr", l.Addr().String()),
		slog.String("originals", c.Originals.String()), slog.String("variants", c.Variants.String()))
	return serve(ctx, l, origin.Handler(), origin, drain{delay: c.DrainDelay, time: c.DrainTime})
}
