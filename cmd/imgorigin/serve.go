package main

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/go-chi/chi/v5"

	"github.com/imgorigin/imgorigin/cmd/imgorigin/logs"
	"github.com/imgorigin/imgorigin/cmd/imgorigin/settings"
	"github.com/imgorigin/imgorigin/cmd/imgorigin/storage"
	"github.com/imgorigin/imgorigin/cmd/imgorigin/terminal"
	"github.com/imgorigin/imgorigin/server"
	"github.com/imgorigin/imgorigin/server/emf"
	"github.com/imgorigin/imgorigin/server/warm/intake"
	"github.com/imgorigin/imgorigin/server/warm/s3event"
)

type serveCommand struct {
	settings.ServeFlags `embed:""`
}

// Run is the life of the process: build its parts, check what it depends on, listen, run until ctx ends or a part fails, and stop.
func (c *serveCommand) Run(ctx context.Context, stdout io.Writer) error {
	var r storage.Resources
	defer r.Close()
	p, err := c.build(ctx, &r, stdout)
	if err != nil {
		return err
	}
	if err := p.checkStart(ctx, c.Queues()); err != nil {
		return err
	}
	if err := p.listen(ctx); err != nil {
		return err
	}
	err = p.run(ctx)
	return errors.Join(err, p.stop(ctx))
}

// A serveProcess is the parts of a process that serves.
type serveProcess struct {
	*service
	flags   settings.ServeFlags
	handler chi.Router
	http    *httpServer
	hooks   *intake.Pool // of events that came by webhook; nil without

	exporter  *emf.Exporter // nil without --emf
	exporting sync.WaitGroup
	endExport context.CancelFunc
	consumed  chan error // receives the result of consuming the queues
}

// build opens everything that serving needs, and starts nothing yet.
func (c *serveCommand) build(ctx context.Context, r *storage.Resources, stdout io.Writer) (*serveProcess, error) {
	if err := c.Queues().Check(); err != nil {
		return nil, err
	}
	traces, err := openTraces(ctx, r, c.TraceFlags)
	if err != nil {
		return nil, err
	}
	c.PurgePatience = shortPatience
	log := stdout
	if !terminal.Is(stdout) {
		lines := logs.NewBatched(stdout)
		r.OnClose(lines.Close)
		log = lines
	}
	s, err := openService(ctx, r, log, c, traces, allProcessors{})
	if err != nil {
		return nil, err
	}
	traces.LogErrors(s.log)
	p := &serveProcess{service: s, flags: c.ServeFlags, handler: s.origin.Handler(), consumed: make(chan error, 1)}
	if err := addPassthrough(r, c.Passthrough, p.handler, s.origin, c.Dialect, s.log); err != nil {
		return nil, err
	}
	if c.Playground {
		if err := s.addPlayground(ctx, p.handler); err != nil {
			return nil, err
		}
	}
	if err := addUploads(ctx, r, c.ServeFlags, p.handler, s.log); err != nil {
		return nil, err
	}
	p.hooks = addHooks(c.HookFlags, p.handler, s)
	p.exporter = openEMF(c.EMFFlag, stdout, s, emf.Config{
		Every: c.EMFEvery, Requests: true, Events: c.Queues().TakeEvents() || p.hooks != nil,
	})
	return p, nil
}

// allProcessors has a server use all processors of the machine.
type allProcessors struct{}

func (allProcessors) Configure(c *server.Config) { c.Load.Processors = processors() }

// listen opens the addresses for clients and for operators.
func (p *serveProcess) listen(ctx context.Context) (err error) {
	if p.http, err = listenHTTP(ctx, p.Resources, p.flags.Listen, addPurges(p.flags.PurgeFlags, p.handler, p.service), p.origin); err != nil {
		return err
	}
	admin, err := listenAdmin(ctx, p.Resources, p.flags.AdminListen, p.origin.Admin())
	if err != nil {
		return err
	}
	p.log.InfoContext(ctx, "listening",
		slog.String("addr", p.http.addr().String()), slog.String("admin", admin),
		slog.String("originals", p.flags.Names()), slog.String("variants", p.flags.Variants.String()))
	return nil
}

// run answers requests, consumes the queues and exports metrics until ctx ends. It also returns when it can no longer
// answer requests, or consume a queue: an origin that misses changes would serve what is no longer there.
func (p *serveProcess) run(ctx context.Context) error {
	exporting, endExport := context.WithCancel(context.WithoutCancel(ctx))
	p.endExport = endExport
	p.exporting.Go(func() { p.exporter.Run(exporting) })

	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	if q := p.flags.Queues(); !q.TakeEvents() {
		p.consumed <- nil
	} else {
		go func() {
			p.consumed <- p.consume(ctx, time.Minute, q)
			cancel()
		}()
	}
	return p.http.run(ctx)
}

// stop lets the work in flight end. Metrics are exported until after the last request, which is counted too.
func (p *serveProcess) stop(ctx context.Context) error {
	err := p.http.stop(ctx, p.flags.DrainDelay, p.flags.DrainTime)
	p.endExport()
	p.exporting.Wait()
	err = errors.Join(err, <-p.consumed)
	if p.hooks != nil {
		closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), p.flags.DrainTime)
		defer cancel()
		err = errors.Join(err, p.hooks.Close(closing))
	}
	return err
}

// addHooks adds the route for webhooks, and returns the pool that works on their events; nil without either flag.
func addHooks(f settings.HookFlags, routes chi.Router, s *service) *intake.Pool {
	if f.HookToken == "" && len(f.HookTopics) == 0 {
		return nil
	}
	var settler intake.Settler
	pool := intake.NewPool(intake.PoolConfig{
		Handle:    func(ctx context.Context, ev s3event.Event) error { return settler.Event(ctx, ev) },
		Exhausted: s.warmer.Exhausted, Metrics: s.metrics.intake, Log: s.log,
	})
	settler = s.settler(s.warmer.Handle, pool.Send)
	routes.Method(http.MethodPost, "/hooks/s3", intake.NewHook(intake.Hook{
		Pool: pool, Token: f.HookToken, Topics: f.HookTopics, Metrics: s.metrics.intake, Log: s.log,
	}))
	return pool
}
