package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync/atomic"

	"golang.org/x/sync/errgroup"
)

type dropCommand struct {
	Keys []string `arg:"" optional:"" help:"Keys of the originals whose variants are deleted."`

	serviceFlags `embed:""`

	Prefix *string `help:"All originals whose keys begin with this prefix; empty for all. They are invalidated in CloudFront at once, at the price of four."`
}

// Run deletes the variants of originals, and invalidates them in CloudFront.
func (c *dropCommand) Run(ctx context.Context, stdout io.Writer) error {
	if (len(c.Keys) == 0) == (c.Prefix == nil) {
		return errors.New("want either keys or --prefix")
	}
	var r resources
	defer r.Close()
	s, err := openService(ctx, &r, io.Discard, c)
	if err != nil {
		return err
	}
	if c.Prefix != nil {
		return s.dropPrefix(ctx, stdout, *c.Prefix)
	}
	for _, key := range c.Keys {
		if err := s.warmer.Drop(ctx, key); err != nil {
			return fmt.Errorf("%s: %w", key, err)
		}
		fmt.Fprintf(stdout, "%s: dropped\n", key)
	}
	return nil
}

// dropsAtOnce is the number of originals that dropPrefix works on at once. They only wait for the bucket.
const dropsAtOnce = 32

// dropPrefix deletes the variants of all originals whose keys begin with a prefix, and then invalidates them together.
func (s *service) dropPrefix(ctx context.Context, stdout io.Writer, prefix string) error {
	lister, err := s.lister(ctx, s.flags.Originals)
	if err != nil {
		return err
	}
	var dropped atomic.Int64
	drops, dropping := errgroup.WithContext(ctx)
	drops.SetLimit(dropsAtOnce)
	for original, err := range lister.List(dropping, prefix, "") {
		if err != nil {
			drops.Go(func() error { return err })
			break
		}
		drops.Go(func() error {
			if err := s.warmer.DropStored(dropping, original.Key); err != nil {
				return fmt.Errorf("%s: %w", original.Key, err)
			}
			dropped.Add(1)
			return nil
		})
	}
	errDrop := drops.Wait()
	if s.cdn != nil { // after an error too: what was dropped must not stay there
		if err := s.cdn.InvalidatePrefix(ctx, prefix); err != nil {
			errDrop = errors.Join(errDrop, fmt.Errorf("invalidate %s*: %w", prefix, err))
		}
	}
	fmt.Fprintf(stdout, "%d originals dropped\n", dropped.Load())
	return errDrop
}
