package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"

	"github.com/imgorigin/imgorigin/server/warm"
	"github.com/imgorigin/imgorigin/server/warm/quarantine"
)

type dropCommand struct {
	Keys []string `arg:"" help:"Keys of originals whose variants are forgotten."`

	siteFlags `embed:""`
}

// Run forgets the variants of originals, here and in CloudFront.
func (c *dropCommand) Run(ctx context.Context, stdout io.Writer) error {
	s, err := c.open(ctx, io.Discard, nil)
	if err != nil {
		return err
	}
	defer s.Close()
	for _, key := range c.Keys {
		if err := s.warmer.Drop(ctx, key); err != nil {
			return fmt.Errorf("%s: %w", key, err)
		}
		fmt.Fprintf(stdout, "%s: dropped\n", key)
	}
	return nil
}

type redriveCommand struct {
	siteFlags `embed:""`

	Prefix string `help:"Only originals whose keys begin so."`
}

// Run brings originals back from the quarantine, and prints a summary as JSON.
func (c *redriveCommand) Run(ctx context.Context, stdout io.Writer) error {
	s, err := c.open(ctx, io.Discard, nil)
	if err != nil {
		return err
	}
	defer s.Close()
	if s.reasons == nil {
		return fmt.Errorf("--quarantine: want the place to bring originals back from")
	}
	sum, err := warm.Redrive{
		Quarantine: s.reasons, Warmer: s.warmer, Prefix: c.Prefix,
		Each: func(one quarantine.Case, r warm.Result, err error) {
			switch {
			case err != nil:
				fmt.Fprintf(stdout, "%s: %v\n", one.Original, err)
			case r.Fault != nil:
				fmt.Fprintf(stdout, "%s: again, %v\n", one.Original, r.Fault)
			default:
				fmt.Fprintf(stdout, "%s: back, %d made\n", one.Original, r.Made)
			}
		},
	}.Run(ctx)
	if encoded := json.NewEncoder(stdout).Encode(sum); err == nil {
		err = encoded
	}
	if err == nil && sum.Failed+sum.Again > 0 {
		return exitCode(1)
	}
	return err
}
