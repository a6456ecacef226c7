package main

import (
	"context"
	"io"
	"net/http"
	"runtime/debug"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambdaurl"

	"github.com/imgorigin/imgorigin/server"
	"github.com/imgorigin/imgorigin/server/warm"
)

type lambdaCommand struct {
	Events lambdaEventsCommand `cmd:"" help:"Handle events: batches of SQS, or events of S3, SNS and EventBridge."`
	HTTP   lambdaHTTPCommand   `cmd:"" name:"http" help:"Answer a function URL whose invoke mode is RESPONSE_STREAM."`
}

type lambdaEventsCommand struct {
	siteFlags `embed:""`

	DeadLetters bool `group:"events" help:"The queue is one of dead letters: set their originals aside after a last try."`
}

// Run is what AWS Lambda starts. It does not return: Lambda freezes the process, and ends it.
func (c *lambdaEventsCommand) Run(ctx context.Context, stdout io.Writer) error {
	s, err := c.open(ctx, stdout, nil)
	if err != nil {
		return err
	}
	handle := s.warmer.Message
	if c.DeadLetters {
		handle = s.warmer.DeadLetter
	}
	lambda.StartWithOptions(warm.Lambda{Handle: handle, Log: s.log})
	return nil
}

type lambdaHTTPCommand struct {
	siteFlags `embed:""`

	Exact bool `group:"urls" help:"Give unsigned URLs exactly what they ask for. For trusted networks only."`

	doorFlags     `embed:""`
	fallbackFlags `embed:""`
	traceFlags    `embed:""`
	emfFlags      `embed:""`
}

// Run is what AWS Lambda starts, as above. Its process is frozen between two requests: nothing is made in the
// background.
func (c *lambdaHTTPCommand) Run(ctx context.Context, stdout io.Writer) error {
	traces, err := c.openTraces(ctx)
	if err != nil {
		return err
	}
	s, err := c.open(ctx, stdout, func(config *server.Config) {
		config.Exact = c.Exact
		config.Tracer = traces.tracer()
		c.doorFlags.complete(config)
		c.fallbackFlags.complete(config)
		config.AVIFWait = -1
	})
	if err != nil {
		return err
	}
	traces.reportTo(s.log)
	figures := c.openEMF(stdout, s.origin.Metrics(), s.log)
	handler := s.origin.Handler()
	lambdaurl.Start(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() { // lambdaurl would end the process, after a 200
			if p := recover(); p != nil {
				s.log.ErrorContext(r.Context(), "panic", "err", p, "stack", string(debug.Stack()))
				http.Error(w, "internal error", http.StatusInternalServerError)
			}
		}()
		handler.ServeHTTP(w, r)
		traces.flush(r.Context())
		figures.WriteDue()
	}), lambdaurl.WithDetectContentType(false))
	return nil
}
