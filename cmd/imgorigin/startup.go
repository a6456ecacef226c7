package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/imgorigin/imgorigin/cmd/imgorigin/cloud"
	"github.com/imgorigin/imgorigin/cmd/imgorigin/settings"
	"github.com/imgorigin/imgorigin/cmd/imgorigin/storage"
	"github.com/imgorigin/imgorigin/server/originals"
	"github.com/imgorigin/imgorigin/server/warm/quarantine"
)

// startupPatience is how long a process waits for an answer about what it depends on before it starts all the same.
const startupPatience = 5 * time.Second

// impatient returns a source that asks once: an answer that a retry would change is not a reason to end, and time is better spent
// on starting.
func impatient(source originals.Source) originals.Source {
	if from, ok := source.(originals.S3); ok {
		from.Client = s3.New(from.Client.Options(), func(o *s3.Options) { o.Retryer = aws.NopRetryer{} })
		return from
	}
	return source
}

// checkStart checks what the process can't work without: that originals can be read, and that its queues and the failures table
// are there. It returns an error, with advice, if the settings are such that this never works, whatever happens. An
// outage is only a warning, as a process that restarts during an outage has to be there when it is over.
func (s *service) checkStart(ctx context.Context, q settings.Queues) error {
	checks := []func(context.Context) error{s.checkOriginals, s.checkTable}
	for _, queue := range []struct{ name, url string }{
		{"--queue", q.Events}, {"--removals-queue", q.Removals}, {"--dead-letters", q.DeadLetters},
	} {
		if queue.url != "" {
			checks = append(checks, func(ctx context.Context) error { return s.checkQueue(ctx, queue.name, queue.url) })
		}
	}
	errs := make([]error, len(checks))
	var all sync.WaitGroup
	for i, check := range checks {
		all.Go(func() { errs[i] = check(ctx) })
	}
	all.Wait()
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("%w\n→ imgorigin doctor checks the other settings too", err)
	}
	return nil
}

// checkOriginals checks every source of originals.
func (s *service) checkOriginals(ctx context.Context) error {
	sources := s.flags.All()
	routes, ok := s.config.Originals.(originals.Routes)
	if !ok {
		return s.checkSource(ctx, sources[0], s.config.Originals)
	}
	for i, route := range routes {
		if err := s.checkSource(ctx, sources[i], route.Source); err != nil {
			return err
		}
	}
	return nil
}

// checkSource asks for an original that does not exist.
func (s *service) checkSource(ctx context.Context, at storage.Source, source originals.Source) error {
	return s.try(ctx, "--originals "+at.Name(), at.Diagnose, func(ctx context.Context) error {
		original, err := impatient(source).Open(ctx, storage.UnusedKey())
		switch {
		case err == nil:
			return original.Body.Close()
		case errors.Is(err, fs.ErrNotExist):
			return nil
		}
		return err
	})
}

// checkQueue asks for the ARN of a queue, which everybody may request who receives messages for a Lambda function. The flag names the queue.
func (s *service) checkQueue(ctx context.Context, flag, url string) error {
	settings, err := impatientAWSConfig(ctx)
	if err != nil {
		return err
	}
	diagnose := func(err error) cloud.Diagnosis { return cloud.DiagnoseQueue(err, url, settings.Region) }
	return s.try(ctx, flag+" "+url, diagnose, func(ctx context.Context) error {
		_, err := cloud.QueueAttributes(ctx, cloud.NewSQS(settings), url)
		return err
	})
}

// checkTable deletes an item of the failures table that does not exist.
func (s *service) checkTable(ctx context.Context) error {
	if s.quarantine == nil || s.flags.FailuresTable == "" {
		return nil
	}
	settings, err := impatientAWSConfig(ctx)
	if err != nil {
		return err
	}
	table := quarantine.Table{Client: quarantine.NewTableClient(settings), Name: s.flags.FailuresTable}
	return s.try(ctx, "--failures-table "+table.Name, cloud.Table.Diagnose, func(ctx context.Context) error {
		return table.Delete(ctx, storage.UnusedKey())
	})
}

// impatientAWSConfig returns the configuration of the AWS SDK for requests that are made once.
func impatientAWSConfig(ctx context.Context) (aws.Config, error) {
	settings, err := cloud.LoadConfig(ctx)
	settings.Retryer = func() aws.Retryer { return aws.NopRetryer{} }
	return settings, err
}

// try makes a request about what a setting names, and returns an error if it never works with these settings. Any other error
// is logged.
func (s *service) try(ctx context.Context, setting string, diagnose func(error) cloud.Diagnosis, request func(context.Context) error) error {
	asking, cancel := context.WithTimeout(ctx, startupPatience)
	defer cancel()
	err := request(asking)
	if err == nil || ctx.Err() != nil {
		return nil
	}
	d := diagnose(err)
	if d.IsPermanent && asking.Err() == nil {
		return fmt.Errorf("%s: %s\n→ %s", setting, d.Found, d.Advice)
	}
	s.log.WarnContext(ctx, "can't be used now", slog.String("setting", setting), slog.String("advice", d.Advice), slog.Any("err", err))
	return nil
}
