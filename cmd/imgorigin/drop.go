package main

import (
	"context"
	"fmt"
	"io"
)

type dropCommand struct {
	Keys []string `arg:"" help:"Keys of originals whose variants are forgotten."`

	serviceFlags `embed:""`
}

// Run forgets the variants of originals, here and in CloudFront.
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
