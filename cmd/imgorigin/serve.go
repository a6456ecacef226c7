package main

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/imgorigin/imgorigin/server"
	"github.com/imgorigin/imgorigin/server/warm"
)

type serveCommand struct {
	serveFlags `embed:""`
}

// serveFlags are the settings of serve, and of the doctor that looks at them.
type serveFlags struct {
	siteFlags `embed:""`

	Listen      string `group:"listening" default:":8080" placeholder:"ADDR" help:"Address to listen on."`
	AdminListen string `group:"listening" default:"localhost:8081" placeholder:"ADDR" help:"Address for /metrics, /debug/state and /debug/pprof/, which are not for the world; none for nowhere."`
	Exact       bool   `group:"urls" help:"Give unsigned URLs exactly what they ask for. For trusted networks only."`

	doorFlags `embed:""`

	Siblings  []int `group:"pictures" default:"320,640,1080" help:"Widths that are made from the decode of the first size asked for, when there is room; 0 for none."`
	Mezzanine int   `group:"pictures" default:"0" help:"Side of a picture that is kept of large, progressive and HEIC originals, to make small sizes from; 0 for none, 2048 is good."`
	AVIFWait  int   `group:"pictures" name:"avif-wait" default:"100000" help:"Pixels up to which a negotiated AVIF is waited for; a larger one is answered as WebP until it is made. -1 waits for all."`

	fallbackFlags `embed:""`
	traceFlags    `embed:""`
	emfFlags      `embed:""`

	Playground bool `group:"listening" help:"Show a page at / to try pictures on. It lists the key of every original to whoever opens it: not for the open internet."`

	Queue      string   `group:"events" placeholder:"URL" help:"Queue of SQS with events of the originals, consumed beside serving."`
	HookToken  string   `group:"events" placeholder:"TOKEN" help:"Take events at POST /hooks/s3 from who has this token."`
	HookTopics []string `group:"events" placeholder:"ARN,…" help:"Take events at POST /hooks/s3 from these topics of SNS."`

	uploadFlags `embed:""`

	DrainDelay time.Duration `group:"listening" default:"0s" help:"How long to go on after SIGTERM with /readyz saying no, for load balancers to notice."`
	DrainTime  time.Duration `group:"listening" default:"30s" help:"How long requests in flight then have to end."`
}

func (c *serveCommand) Run(ctx context.Context, stdout io.Writer) error {
	traces, err := c.openTraces(ctx)
	if err != nil {
		return err
	}
	defer traces.Close()
	var origin server.Config
	s, err := c.open(ctx, stdout, func(config *server.Config) {
		config.Exact = c.Exact
		c.doorFlags.complete(config)
		c.fallbackFlags.complete(config)
		config.Siblings = slices.DeleteFunc(c.Siblings, func(w int) bool { return w == 0 })
		config.Mezzanine = c.Mezzanine
		config.AVIFWait = c.AVIFWait
		config.Processors = processors()
		config.Tracer = traces.tracer()
		origin = *config
	})
	if err != nil {
		return err
	}
	defer s.Close()
	traces.reportTo(s.log)
	l, err := listen(ctx, c.Listen)
	if err != nil {
		return err
	}
	admin, err := openAdmin(ctx, c.AdminListen, s.origin.Admin())
	if err != nil {
		return errors.Join(err, l.Close())
	}
	defer admin.Close()
	s.log.InfoContext(ctx, "listening", slog.String("addr", l.Addr().String()), slog.String("admin", admin.Addr),
		slog.String("originals", c.Originals.String()), slog.String("variants", c.Variants.String()))

	handler := s.origin.Handler()
	if c.Playground {
		if err := s.addPlayground(ctx, handler, origin); err != nil {
			l.Close()
			return err
		}
	}
	if err := c.uploadFlags.mount(ctx, s, handler, c.TrustedProxies); err != nil {
		l.Close()
		return err
	}
	var pool *warm.Pool
	if c.HookToken != "" || len(c.HookTopics) > 0 {
		pool = warm.NewPool(warm.PoolConfig{Handle: s.warmer.Handle, GiveUp: s.warmer.GiveUp, Metrics: s.metrics, Log: s.log})
		handler.Method(http.MethodPost, "/hooks/s3", warm.NewHook(warm.Hook{
			Pool: pool, Token: c.HookToken, Topics: c.HookTopics, Metrics: s.metrics, Log: s.log,
		}))
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	consumed := make(chan error, 1)
	if c.Queue == "" {
		consumed <- nil
	} else {
		go func() {
			consumed <- s.consume(ctx, time.Minute, c.Queue, "")
			stop() // an origin that hears of no changes is not what was asked for
		}()
	}
	var figures sync.WaitGroup
	counting, stopCounting := context.WithCancel(context.WithoutCancel(ctx)) // what is answered while it drains counts too
	defer stopCounting()
	exporter := c.openEMF(stdout, s.origin.Metrics(), s.log) // before the first request, which counts too
	figures.Go(func() { exporter.Run(counting) })
	err = serve(ctx, l, handler, s.origin, drain{delay: c.DrainDelay, time: c.DrainTime})
	stop()
	stopCounting()
	figures.Wait()
	err = errors.Join(err, <-consumed)
	if pool != nil {
		closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), c.DrainTime)
		defer cancel()
		err = errors.Join(err, pool.Close(closing))
	}
	return err
}
