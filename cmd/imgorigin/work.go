package main

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/imgorigin/imgorigin/server/warm"
)

type workCommand struct {
	siteFlags `embed:""`

	Queue       string `group:"events" placeholder:"URL" help:"Queue of SQS with events of the originals."`
	DeadLetters string `group:"events" placeholder:"URL" help:"Queue of dead letters, whose originals are set aside after a last try."`

	AdminListen string `group:"listening" default:"none" placeholder:"ADDR" help:"Address for /metrics, /debug/state and /debug/pprof/, which are not for the world; none for nowhere."`

	Visibility time.Duration `group:"events" default:"1m" help:"How long a message stays a worker's without a sign of life of it."`
}

// Run consumes the queues until ctx ends.
func (c *workCommand) Run(ctx context.Context, stdout io.Writer) error {
	if c.Queue == "" && c.DeadLetters == "" {
		return errors.New("--queue or --dead-letters: want at least one")
	}
	s, err := c.open(ctx, stdout, nil)
	if err != nil {
		return err
	}
	defer s.Close()
	admin, err := openAdmin(ctx, c.AdminListen, s.origin.Admin())
	if err != nil {
		return err
	}
	defer admin.Close()
	if c.AdminListen != "none" {
		s.log.InfoContext(ctx, "listening", slog.String("admin", admin.Addr))
	}
	return s.consume(ctx, c.Visibility, c.Queue, c.DeadLetters)
}

// consume consumes queues, those that are given, until ctx ends or one of them fails.
func (s *site) consume(ctx context.Context, visibility time.Duration, queue, deadLetters string) error {
	settings, err := awsSettings(ctx)
	if err != nil {
		return err
	}
	client := sqs.NewFromConfig(settings)
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	ended := make(chan error, 2)
	running := 0
	run := func(url string, handle func(context.Context, warm.Message) error) {
		if url == "" {
			return
		}
		running++
		s.log.InfoContext(ctx, "consuming", slog.String("queue", url))
		go func() {
			ended <- warm.Consumer{Client: client, URL: url, Handle: handle, Visibility: visibility, Metrics: s.metrics, Log: s.log}.Run(ctx)
		}()
	}
	run(queue, s.warmer.Message)
	run(deadLetters, s.warmer.DeadLetter)
	for range running {
		if one := <-ended; one != nil {
			err = errors.Join(err, one)
			stop()
		}
	}
	return err
}
