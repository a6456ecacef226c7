package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/imgorigin/imgorigin/cache"
	"github.com/imgorigin/imgorigin/cmd/imgorigin/settings"
	"github.com/imgorigin/imgorigin/cmd/imgorigin/storage"
	"github.com/imgorigin/imgorigin/cmd/imgorigin/usage"
)

type dropCommand struct {
	Keys []string `arg:"" optional:"" help:"Keys of the originals whose variants are deleted."`

	settings.ServiceFlags `embed:""`

	Prefix *string `help:"Delete the variants of all originals whose keys begin with this prefix, including originals that no longer exist; empty for all originals. CloudFront invalidates the whole prefix for the price of four paths."`
}

// Run deletes the variants of originals, and invalidates them in CloudFront.
func (c *dropCommand) Run(ctx context.Context, stdout io.Writer) error {
	if (len(c.Keys) == 0) == (c.Prefix == nil) {
		return usage.Errorf("want either keys or --prefix")
	}
	if slices.Contains(c.Keys, "") {
		return usage.Errorf("a key is empty: want those of originals, or --prefix")
	}
	c.PurgeWait = time.Millisecond // nothing comes that could share its request
	var r storage.Resources
	defer r.Close()
	s, err := openService(ctx, &r, io.Discard, c)
	if err != nil {
		return err
	}
	if c.Prefix != nil {
		return s.dropPrefix(ctx, stdout, *c.Prefix)
	}
	for _, key := range c.Keys {
		dropped, err := s.warmer.Drop(ctx, key)
		if err != nil {
			return fmt.Errorf("%s: %w", key, err)
		}
		if dropped {
			printLine(stdout, "%s: dropped", key)
		} else {
			printLine(stdout, "%s: had no variants", key)
		}
	}
	return nil
}

// dropsAtOnce is the number of originals that dropPrefix works on at once. They only wait for the bucket.
const dropsAtOnce = 32

// dropBatch is the number of originals that dropPrefix finds before it drops them. While it drops it does not list: there
// are servers whose list skips a name for each that is deleted meanwhile.
const dropBatch = 1000

// dropPrefix deletes the variants of all originals whose keys begin with a prefix, and then invalidates them together. It
// goes by the variants and not by the originals, which may be gone.
func (s *service) dropPrefix(ctx context.Context, stdout io.Writer, prefix string) error {
	variants, ok := s.config.Store.(cache.Walker)
	if !ok {
		return usage.Errorf("--variants: want the location to delete variants from")
	}
	dropped, unknown, err := s.dropBelow(ctx, variants, prefix)
	if s.cdn != nil { // after an error too: what was dropped must not stay there
		if errCDN := s.cdn.InvalidatePrefix(ctx, prefix); errCDN != nil {
			err = errors.Join(err, fmt.Errorf("invalidate %s*: %w", prefix, errCDN))
		}
	}
	if unknown > 0 {
		err = errors.Join(err, fmt.Errorf("%d originals have variants, but keys that can't be found out: their variants are left", unknown))
	}
	fmt.Fprintf(stdout, "%d originals dropped\n", dropped)
	return err
}

// dropBelow deletes the variants of all originals whose keys begin with a prefix. It returns how many it dropped before an
// error, and how many have variants but no key that can be found out.
func (s *service) dropBelow(ctx context.Context, variants cache.Walker, prefix string) (dropped, unknown int, err error) {
	for after := ""; ; {
		batch, unknownHere, err := nextOriginals(ctx, variants, prefix, after)
		unknown += unknownHere
		if err != nil || len(batch) == 0 {
			return dropped, unknown, err
		}
		if err := s.dropAll(ctx, batch); err != nil {
			return dropped, unknown, err
		}
		dropped += len(batch)
		after = batch[len(batch)-1]
	}
}

// nextOriginals returns the next originals that have variants, at most dropBatch, and of how many the key is not known.
func nextOriginals(ctx context.Context, variants cache.Walker, prefix, after string) (batch []string, unknown int, err error) {
	for original, err := range variants.Originals(ctx, prefix, after) {
		switch {
		case errors.Is(err, cache.ErrName):
			unknown++
		case err != nil:
			return nil, unknown, err
		default:
			batch = append(batch, original)
		}
		if len(batch) == dropBatch {
			break
		}
	}
	return batch, unknown, nil
}

// dropAll deletes the variants of some originals.
func (s *service) dropAll(ctx context.Context, originals []string) error {
	drops, ctx := errgroup.WithContext(ctx)
	drops.SetLimit(dropsAtOnce)
	for _, original := range originals {
		drops.Go(func() error {
			if _, err := s.warmer.DropStored(ctx, original); err != nil {
				return fmt.Errorf("%s: %w", original, err)
			}
			return nil
		})
	}
	return drops.Wait()
}
