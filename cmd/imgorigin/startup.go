package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/imgorigin/imgorigin/server/originals"
)

// startupPatience is how long serve waits for an answer about its originals before it starts all the same.
const startupPatience = 5 * time.Second

// impatient returns a source that asks once: an answer that a retry would change is no reason to end, and time is better spent
// on starting.
func impatient(source originals.Source) originals.Source {
	if from, ok := source.(originals.S3); ok {
		from.Client = s3.New(from.Client.Options(), func(o *s3.Options) { o.Retryer = aws.NopRetryer{} })
		return from
	}
	return source
}

// checkOriginals checks every source of originals.
func (s *service) checkOriginals(ctx context.Context) error {
	sources := s.flags.all()
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

// checkSource asks for an original that does not exist. It returns an error if the settings are such that no original can
// be read, whatever happens: there are no credentials, or no such bucket. S3 that is slow or out is only a warning, as a
// process that restarts during an outage has to be there when it is over.
func (s *service) checkSource(ctx context.Context, at prefixedSource, source originals.Source) error {
	asking, cancel := context.WithTimeout(ctx, startupPatience)
	defer cancel()
	original, err := impatient(source).Open(asking, unusedKey())
	if err == nil {
		return original.Body.Close()
	}
	if errors.Is(err, fs.ErrNotExist) || ctx.Err() != nil {
		return nil
	}
	d := at.diagnose(err)
	if d.isPermanent && asking.Err() == nil {
		return fmt.Errorf("--originals %s: %s\n→ %s\n→ imgorigin doctor checks the other settings too", at.name(), d.found, d.advice)
	}
	s.log.WarnContext(ctx, "originals can't be read now", slog.String("originals", at.name()),
		slog.String("advice", d.advice), slog.Any("err", err))
	return nil
}
