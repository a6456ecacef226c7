package main

import (
	"context"
	"fmt"
	"io"
)

type dropCommand struct {
	Keys []string `arg:"" help:"Keys of the originals whose variants are deleted."`

	serviceFlags `embed:""`
}

// Run deletes the variants of originals, and invalidates them in CloudFront.
func (c *dropCommand) Run(ctx context.Context, stdout io.Writer) error {
	var r resources
	defer r.Close()
	s, err := openService(ctx, &r, io.Discard, c)
	if err != nil {
		return err
	}
	for _, key := range c.Keys {
		if err := s.warmer.Drop(ctx, key); err != nil {
			return fmt.Errorf("%s: %w", key, err)
		}
		fmt.Fprintf(stdout, "%s: dropped\n", key)
	}
	return nil
}
