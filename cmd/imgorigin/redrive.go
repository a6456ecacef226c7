package main

import (
	"context"
	"encoding/json"
	"io"

	"github.com/imgorigin/imgorigin/cmd/imgorigin/settings"
	"github.com/imgorigin/imgorigin/cmd/imgorigin/storage"
	"github.com/imgorigin/imgorigin/cmd/imgorigin/usage"
	"github.com/imgorigin/imgorigin/server/warm"
	"github.com/imgorigin/imgorigin/server/warm/backfill"
	"github.com/imgorigin/imgorigin/server/warm/quarantine"
)

type redriveCommand struct {
	settings.ServiceFlags `embed:""`

	Prefix string `placeholder:"PREFIX" help:"Only originals whose keys begin with this prefix."`
}

// Run moves originals back from the quarantine, and prints a line for each and a summary as JSON.
func (c *redriveCommand) Run(ctx context.Context, stdout io.Writer) error {
	var r storage.Resources
	defer r.Close()
	s, err := openService(ctx, &r, io.Discard, c)
	if err != nil {
		return err
	}
	if s.quarantine == nil {
		return usage.Errorf("--quarantine: want the location to move originals back from")
	}
	if err := s.checkOriginals(ctx); err != nil {
		return err
	}
	summary, err := backfill.Redrive{
		Quarantine: s.quarantine, Warmer: s.warmer, Prefix: c.Prefix,
		Each: func(failure quarantine.Case, result warm.Result, err error) {
			switch {
			case err != nil:
				printLine(stdout, "%s: %v", failure.Original, err)
			case result.DecodeError != nil:
				printLine(stdout, "%s: again, %v", failure.Original, result.DecodeError)
			case result.Gone:
				printLine(stdout, "%s: gone, its variants are dropped", failure.Original)
			default:
				printLine(stdout, "%s: back, %d made", failure.Original, result.Made)
			}
		},
	}.Run(ctx)
	if errEncode := json.NewEncoder(stdout).Encode(summary); err == nil {
		err = errEncode
	}
	if err == nil && summary.Failed+summary.Again > 0 {
		return usage.ExitCode(1)
	}
	return err
}
