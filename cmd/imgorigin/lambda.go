package main

import (
	"context"
	"io"
	"net/http"
	"time"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambdaurl"

	"github.com/imgorigin/imgorigin/cmd/imgorigin/cloud"
	"github.com/imgorigin/imgorigin/cmd/imgorigin/functionurl"
	"github.com/imgorigin/imgorigin/cmd/imgorigin/settings"
	"github.com/imgorigin/imgorigin/cmd/imgorigin/storage"
	"github.com/imgorigin/imgorigin/server"
	"github.com/imgorigin/imgorigin/server/emf"
	"github.com/imgorigin/imgorigin/server/warm/intake"
)

// Both Lambda functions are built as their counterparts work and serve are, but neither listen nor stop: the runtime of
// AWS Lambda hands them events, freezes the process after each, and ends it without notice.
type lambdaCommand struct {
	Events lambdaEventsCommand `cmd:"" help:"Handle events: batches from SQS, or events from S3, SNS and EventBridge."`
	HTTP   lambdaHTTPCommand   `cmd:"" name:"http" help:"Answer requests to a function URL whose invoke mode is RESPONSE_STREAM."`
}

type lambdaEventsCommand struct {
	settings.ServiceFlags `embed:""`
	settings.EMFFlag      `embed:""`
	settings.TraceFlags   `embed:""`

	Queue string `group:"events" placeholder:"URL" help:"SQS queue that the events come from. The function sends those to it that have to be handled later; without it, an outage costs an event its attempts."`

	settings.RemovalsFlag `embed:""`

	DeadLetters bool `group:"events" help:"The queue is a dead-letter queue: try each event once more, and move originals that fail again to the quarantine."`
}

// Help is shown by lambda events --help.
func (c *lambdaEventsCommand) Help() string { return settlesTwiceHelp }

// Run does not return, unless there is an error at the start.
func (c *lambdaEventsCommand) Run(ctx context.Context, stdout io.Writer) error {
	q := settings.Queues{Events: c.Queue, Removals: c.RemovalsQueue}
	if err := q.Check(); err != nil {
		return err
	}
	c.PurgePatience = shortPatience
	r := new(storage.Resources)
	traces, err := openTraces(ctx, r, c.TraceFlags)
	if err != nil {
		return err
	}
	s, err := openService(ctx, r, stdout, c, traces)
	if err != nil {
		return err
	}
	if err := s.checkStart(ctx, q); err != nil {
		return err
	}
	traces.LogErrors(s.log)
	handle := s.warmer.Handle
	if c.DeadLetters {
		handle = s.warmer.DeadLetter
	}
	settler := s.settler(handle, nil)
	if q.TakeEvents() {
		settings, err := cloud.LoadConfig(ctx)
		if err != nil {
			return err
		}
		settler.Send = intake.Sender{
			Client: cloud.NewSQS(settings), URL: q.Events, Removals: q.Removals, Trace: server.TraceHeader,
		}.Send
	}
	lambda.StartWithOptions(eventsFunction{
		intake.Lambda{Handle: s.traceMessages(settler.Message), Log: s.log},
		openEMF(c.EMFFlag, stdout, s, emf.Config{Every: time.Minute, Events: true}),
		traces,
	})
	return nil
}

// eventsFunction sends traces and writes a line of metrics after each invocation. It may be the last one for a long time.
type eventsFunction struct {
	intake.Lambda
	exporter *emf.Exporter
	traces   traces
}

// Invoke implements [lambda.Handler].
func (f eventsFunction) Invoke(ctx context.Context, payload []byte) ([]byte, error) {
	defer f.exporter.Write()
	defer f.traces.Flush(ctx)
	return f.Lambda.Invoke(ctx, payload)
}

type lambdaHTTPCommand struct {
	settings.ServiceFlags `embed:""`
	settings.RequestFlags `embed:""`
	settings.TraceFlags   `embed:""`
	settings.EMFFlags     `embed:""`
}

func (c *lambdaHTTPCommand) Configure(config *server.Config) {
	settings.Configure(config, c.ServiceFlags, c.RequestFlags) // and no drafts: the process is frozen between requests
}

// Run does not return, unless there is an error at the start.
func (c *lambdaHTTPCommand) Run(ctx context.Context, stdout io.Writer) error {
	c.PurgePatience = shortPatience
	r := new(storage.Resources)
	traces, err := openTraces(ctx, r, c.TraceFlags)
	if err != nil {
		return err
	}
	s, err := openService(ctx, r, stdout, c, traces)
	if err != nil {
		return err
	}
	if err := s.checkStart(ctx, settings.Queues{}); err != nil {
		return err
	}
	traces.LogErrors(s.log)
	exporter := openEMF(c.EMFFlag, stdout, s, emf.Config{Every: c.EMFEvery, Requests: true})
	handler := s.origin.Handler()
	lambda.StartHandlerFunc(functionurl.New(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer exporter.WriteDue()
		defer traces.Flush(r.Context())
		handler.ServeHTTP(w, r.WithContext(server.JoinTrace(r.Context(), intake.TraceOf(r.Context()))))
	}), s.log), lambdaurl.WithDetectContentType(false))
	return nil
}
