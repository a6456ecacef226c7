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

// impatient returns the originals. Those in a bucket are asked for once: an answer that a retry would change is no reason to
// end, and time is better spent on starting.
func (s *service) impatient() originals.Source {
	if from, ok := s.config.Originals.(originals.S3); ok {
		from.Client = s3.New(from.Client.Options(), func(o *s3.Options) { o.Retryer = aws.NopRetryer{} })
		return from
	}
	return s.config.Originals
}

// checkOriginals asks for an original that does not exist. It returns an error if the settings are such that no original can
// be read, whatever happens: there are no credentials, or no such bucket. S3 that is slow or out is only a warning, as a
// process that restarts during an outage has to be there when it is over.
func (s *service) checkOriginals(ctx context.Context) error {
	asking, cancel := context.WithTimeout(ctx, startupPatience)
	defer cancel()
	original, err := s.impatient().Open(asking, unusedKey())
	if err == nil {
		return original.Body.Close()
	}
	if errors.Is(err, fs.ErrNotExist) || ctx.Err() != nil {
		return nil
	}
	d := diagnose(err)
	if d.isPermanent && asking.Err() == nil {
		return fmt.Errorf("--originals %s: %s\n→ %s\n→ imgorigin doctor checks the other settings too", s.flags.Originals, d.found, d.advice)
	}
	s.log.WarnContext(ctx, "originals can't be read now", slog.String("originals", s.flags.Originals.String()),
		slog.String("advice", d.advice), slog.Any("err", err))
	return nil
}
