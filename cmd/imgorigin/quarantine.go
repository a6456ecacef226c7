package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"

	"github.com/imgorigin/imgorigin/cmd/imgorigin/cloud"
	"github.com/imgorigin/imgorigin/cmd/imgorigin/usage"
	"github.com/imgorigin/imgorigin/server/warm/quarantine"
)

// quarantineFlags say where originals go that will never decode.
type quarantineFlags struct {
	Quarantine     location `common:"" group:"events" default:"none" placeholder:"LOCATION" help:"Where to copy originals that will never decode: s3://bucket/prefix, a folder, or none."`
	QuarantineMove bool     `group:"events" help:"Move originals to the quarantine instead of copying them."`
	FailuresTable  string   `group:"events" placeholder:"TABLE" help:"DynamoDB table that also lists the originals in quarantine."`
}

// openQuarantine opens the quarantine of originals; it is nil without --quarantine.
func (f quarantineFlags) openQuarantine(
	ctx context.Context, r *resources, sources originalsFlags, log *slog.Logger,
) (*quarantine.Cached, error) {
	var q quarantine.Store
	var err error
	originals := sources.Originals.location
	switch {
	case f.Quarantine.isNone():
		return nil, nil
	case !sources.isOneSource():
		return nil, usage.Errorf("--quarantine and --source: originals are copied from one location only")
	case sources.Originals.web != "":
		return nil, usage.Errorf("--quarantine and --originals %s: the originals of a web server are not copied", sources.Originals)
	case f.Quarantine.bucketOptions != originals.bucketOptions:
		return nil, usage.Errorf("--quarantine %s and --originals %s: want the same options of both buckets", f.Quarantine, originals)
	case (f.Quarantine.bucket == "") != (originals.bucket == ""):
		return nil, usage.Errorf("--quarantine %s and --originals %s: want two buckets or two folders", f.Quarantine, originals)
	case f.Quarantine.bucket != "":
		q, err = f.inBucket(ctx, r, originals)
	default:
		q, err = f.inFolder(r, originals)
	}
	if err != nil {
		return nil, err
	}
	if f.FailuresTable != "" {
		settings, err := cloud.LoadConfig(ctx)
		if err != nil {
			return nil, err
		}
		q = quarantine.WithTable(q, quarantine.Table{Client: quarantine.NewTableClient(settings), Name: f.FailuresTable})
	}
	return quarantine.NewCached(q, log), nil
}

func (f quarantineFlags) inBucket(ctx context.Context, r *resources, originals location) (quarantine.Store, error) {
	client, err := r.s3At(ctx, originals)
	if err != nil {
		return nil, err
	}
	return quarantine.S3{
		Client: client, Bucket: f.Quarantine.bucket, Prefix: f.Quarantine.prefix,
		OriginalsBucket: originals.bucket, OriginalsPrefix: originals.prefix, Move: f.QuarantineMove,
	}, nil
}

func (f quarantineFlags) inFolder(r *resources, originals location) (quarantine.Store, error) {
	if err := os.MkdirAll(f.Quarantine.folder, 0o700); err != nil {
		return nil, fmt.Errorf("--quarantine: %w", err)
	}
	root, err := r.root(f.Quarantine.folder)
	if err != nil {
		return nil, fmt.Errorf("--quarantine: %w", err)
	}
	from, err := r.root(originals.folder)
	if err != nil {
		return nil, fmt.Errorf("--originals: %w", err)
	}
	return quarantine.Folder{Root: root, Originals: from, Move: f.QuarantineMove}, nil
}
