package main

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"time"

	"github.com/imgorigin/imgorigin/cmd/imgorigin/cloud"
	"github.com/imgorigin/imgorigin/cmd/imgorigin/settings"
	"github.com/imgorigin/imgorigin/cmd/imgorigin/storage"
	"github.com/imgorigin/imgorigin/cmd/imgorigin/usage"
	"github.com/imgorigin/imgorigin/server"
	"github.com/imgorigin/imgorigin/server/emf"
	"github.com/imgorigin/imgorigin/server/warm"
	"github.com/imgorigin/imgorigin/server/warm/intake"
	"github.com/imgorigin/imgorigin/server/warm/s3event"
)

type workCommand struct {
	settings.ServiceFlags `embed:""`
	settings.EMFFlags     `embed:""`
	settings.TraceFlags   `embed:""`

	Queue                 string `common:"" group:"events" placeholder:"URL" help:"SQS queue of S3 events."`
	settings.RemovalsFlag `embed:""`
	DeadLetters           string `group:"events" placeholder:"URL" help:"Dead-letter queue. Each event is tried once more, and originals that fail again go to the quarantine."`

	AdminListen string `group:"listening" default:"none" placeholder:"ADDR" help:"Address for /metrics, /debug/state and /debug/pprof/, which must not be public; none to disable it."`

	Visibility time.Duration `min:"1s" max:"12h" group:"events" default:"1m" help:"Visibility timeout of a message. The worker extends it while it works on the message; if the worker dies, SQS delivers the message again after this time."`
}

// settlesTwiceHelp is part of the help of the commands that handle events.
const settlesTwiceHelp = "Each original is settled twice: at once, and again when no process can still answer or store what\n" +
	"it was before, which is --revalidate, --fill-timeout and 5 s later. Give it the --revalidate and the\n" +
	"--fill-timeout of the processes that serve, or the second settlement may come too early. imgorigin doctor prints\n" +
	"how long an old image may be served at most."

// Help is shown by work --help.
func (c *workCommand) Help() string { return settlesTwiceHelp }

// Run is the life of the process: build its parts, check what it depends on, listen for operators, and consume until ctx ends or
// a queue fails.
func (c *workCommand) Run(ctx context.Context, stdout io.Writer) error {
	q := settings.Queues{Events: c.Queue, Removals: c.RemovalsQueue, DeadLetters: c.DeadLetters}
	if !q.TakeEvents() && q.DeadLetters == "" {
		return usage.Errorf("--queue, --removals-queue or --dead-letters: want at least one")
	}
	if err := q.Check(); err != nil {
		return err
	}
	var r storage.Resources
	defer r.Close()
	traces, err := openTraces(ctx, &r, c.TraceFlags)
	if err != nil {
		return err
	}
	s, err := openService(ctx, &r, stdout, c, traces)
	if err != nil {
		return err
	}
	if err := s.checkStart(ctx, q); err != nil {
		return err
	}
	traces.LogErrors(s.log)
	admin, err := listenAdmin(ctx, &r, c.AdminListen, s.origin.Admin())
	if err != nil {
		return err
	}
	if c.AdminListen != "none" {
		s.log.InfoContext(ctx, "listening", slog.String("admin", admin))
	}
	exporter := openEMF(c.EMFFlag, stdout, s, emf.Config{Every: c.EMFEvery, Events: true})
	defer export(exporter)()
	return s.consume(ctx, c.Visibility, q)
}

// An eventHandler is a method of a warmer that handles an event.
type eventHandler = func(context.Context, s3event.Event) (second *s3event.Event, err error)

// settler returns the handler of events that are delivered to this process, and to which send delivers them again.
func (s *service) settler(handle eventHandler, send func(context.Context, s3event.Event, time.Duration) error) intake.Settler {
	return intake.Settler{
		Handle: handle, IsOutage: warm.IsOutage, Send: send,
		SecondAfter: server.SecondSettlement(s.config.Revalidate, s.config.Load.FillTimeout),
		Metrics:     s.metrics.intake, Log: s.log,
	}
}

// consume consumes queues until ctx ends or one of them fails. Each has a consumer of its own, so that the messages of one
// do not wait for those of another. What is to be handled later goes to the queue of its kind, but a dead letter stays
// one.
func (s *service) consume(ctx context.Context, visibility time.Duration, q settings.Queues) error {
	settings, err := cloud.LoadConfig(ctx)
	if err != nil {
		return err
	}
	client := cloud.NewSQS(settings)
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	ended := make(chan error, 3)
	running := 0
	start := func(url string, handle eventHandler, sender intake.Sender) {
		if url == "" {
			return
		}
		running++
		s.log.InfoContext(ctx, "consuming", slog.String("queue", url))
		settler := s.settler(handle, sender.Send)
		consumer := intake.Consumer{
			Client: client, URL: url, Handle: s.traceMessages(settler.Message), IsPaused: s.origin.HasOutage, Visibility: visibility,
			Metrics: s.metrics.intake, Log: s.log,
		}
		go func() { ended <- consumer.Run(ctx) }()
	}
	byKind := intake.Sender{Client: client, URL: q.Events, Removals: q.Removals, Trace: server.TraceHeader}
	start(q.Events, s.warmer.Handle, byKind)
	start(q.Removals, s.warmer.Handle, byKind)
	start(q.DeadLetters, s.warmer.DeadLetter, intake.Sender{Client: client, URL: q.DeadLetters, Trace: server.TraceHeader})
	for range running {
		if failure := <-ended; failure != nil {
			err = errors.Join(err, failure)
			stop()
		}
	}
	return err
}
