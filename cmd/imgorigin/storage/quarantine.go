package storage

import (
	"context"
	"fmt"
	"log/slog"
	"os"

	"github.com/imgorigin/imgorigin/cmd/imgorigin/cloud"
	"github.com/imgorigin/imgorigin/cmd/imgorigin/usage"
	"github.com/imgorigin/imgorigin/server/warm/quarantine"
)

// QuarantineFlags say where originals go that will never decode.
type QuarantineFlags struct {
	Quarantine     Location `common:"" group:"events" default:"none" placeholder:"LOCATION" help:"Where to copy originals that will never decode: s3://bucket/prefix, a folder, or none."`
	QuarantineMove bool     `group:"events" help:"Move originals to the quarantine instead of copying them."`
	FailuresTable  string   `group:"events" placeholder:"TABLE" help:"DynamoDB table that also lists the originals in quarantine."`
}

// OpenQuarantine opens the quarantine of originals; it is nil without --quarantine.
func (f QuarantineFlags) OpenQuarantine(
	ctx context.Context, r *Resources, sources OriginalsFlags, log *slog.Logger,
) (*quarantine.Cached, error) {
	var q quarantine.Store
	var err error
	originals := sources.Originals.Location
	switch {
	case f.Quarantine.IsNone():
		return nil, nil
	case !sources.IsOneSource():
		return nil, usage.Errorf("--quarantine and --source: originals are copied from one location only")
	case sources.Originals.Web != "":
		return nil, usage.Errorf("--quarantine and --originals %s: the originals of a web server are not copied", sources.Originals)
	case f.Quarantine.Options != originals.Options:
		return nil, usage.Errorf("--quarantine %s and --originals %s: want the same options of both buckets", f.Quarantine, originals)
	case (f.Quarantine.Bucket == "") != (originals.Bucket == ""):
		return nil, usage.Errorf("--quarantine %s and --originals %s: want two buckets or two folders", f.Quarantine, originals)
	case f.Quarantine.Bucket != "":
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

func (f QuarantineFlags) inBucket(ctx context.Context, r *Resources, originals Location) (quarantine.Store, error) {
	client, err := r.S3At(ctx, originals)
	if err != nil {
		return nil, err
	}
	return quarantine.S3{
		Client: client, Bucket: f.Quarantine.Bucket, Prefix: f.Quarantine.Prefix,
		OriginalsBucket: originals.Bucket, OriginalsPrefix: originals.Prefix, Move: f.QuarantineMove,
	}, nil
}

func (f QuarantineFlags) inFolder(r *Resources, originals Location) (quarantine.Store, error) {
	if err := os.MkdirAll(f.Quarantine.Folder, 0o700); err != nil {
		return nil, fmt.Errorf("--quarantine: %w", err)
	}
	root, err := r.OpenRoot(f.Quarantine.Folder)
	if err != nil {
		return nil, fmt.Errorf("--quarantine: %w", err)
	}
	from, err := r.OpenRoot(originals.Folder)
	if err != nil {
		return nil, fmt.Errorf("--originals: %w", err)
	}
	return quarantine.Folder{Root: root, Originals: from, Move: f.QuarantineMove}, nil
}
