package storage

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"

	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/imgorigin/imgorigin/cache"
	"github.com/imgorigin/imgorigin/cmd/imgorigin/cloud"
	"github.com/imgorigin/imgorigin/server/originals"
	"github.com/imgorigin/imgorigin/server/warm/backfill"
)

// Resources opens what a command works with, and closes it at the end of the command. All buckets share one client.
// The zero value is ready to use.
type Resources struct {
	client *s3.Client
	closes []func() error
}

// OnClose has Close call a function, before those that were added earlier.
func (r *Resources) OnClose(f func() error) { r.closes = append(r.closes, f) }

// Close closes everything, the newest first.
func (r *Resources) Close() error {
	var errs []error
	for _, f := range slices.Backward(r.closes) {
		errs = append(errs, f())
	}
	r.closes = nil
	return errors.Join(errs...)
}

// s3 returns the client for buckets.
func (r *Resources) s3(ctx context.Context) (*s3.Client, error) {
	if r.client != nil {
		return r.client, nil
	}
	client, err := cloud.NewS3(ctx)
	if err != nil {
		return nil, err
	}
	r.client = client
	return client, nil
}

// S3At returns the client for the bucket of a location.
func (r *Resources) S3At(ctx context.Context, at Location) (*s3.Client, error) {
	client, err := r.s3(ctx)
	if err != nil {
		return nil, err
	}
	if client, err = at.Options.client(ctx, client); err != nil {
		return nil, err
	}
	return client, cloud.CheckRegion(client)
}

// OpenRoot opens a folder. No path and no symbolic link leads out of it.
func (r *Resources) OpenRoot(folder string) (*os.Root, error) {
	root, err := os.OpenRoot(folder)
	if err == nil {
		r.OnClose(root.Close)
	}
	return root, err
}

// OpenDir opens a folder of originals.
func (r *Resources) OpenDir(folder string) (*originals.Dir, error) {
	dir, err := originals.OpenDir(folder)
	if err == nil {
		r.OnClose(dir.Close)
	}
	return dir, err
}

// OpenOriginals opens everything that originals are read from.
func (r *Resources) OpenOriginals(ctx context.Context, f OriginalsFlags) (originals.Source, error) {
	if err := f.Check(); err != nil {
		return nil, err
	}
	if f.IsOneSource() {
		return r.OpenSource(ctx, f, f.Originals)
	}
	var routes originals.Routes
	for _, at := range f.All() {
		source, err := r.OpenSource(ctx, f, at.SourceLocation)
		if err != nil {
			return nil, err
		}
		routes = append(routes, originals.Route{Prefix: at.Keys, Source: source})
	}
	return routes, nil
}

// OpenSource opens a location to read originals from.
func (r *Resources) OpenSource(ctx context.Context, f OriginalsFlags, from SourceLocation) (originals.Source, error) {
	switch {
	case from.Web != "":
		return originals.NewHTTP(originals.HTTPConfig{Base: from.Web, AllowPrivate: f.PrivateOriginals})
	case from.Bucket != "":
		client, err := r.S3At(ctx, from.Location)
		return originals.S3{Client: client, Bucket: from.Bucket, Prefix: from.Prefix}, err
	}
	dir, err := r.OpenDir(from.Folder)
	if err != nil {
		return nil, fmt.Errorf("--originals: %w", err)
	}
	return originals.Folder{FS: dir}, nil
}

// Lister opens everything that originals are read from to list them.
func (r *Resources) Lister(ctx context.Context, f OriginalsFlags) (backfill.Lister, error) {
	all := sourceLister{flags: f}
	for _, at := range f.All() {
		lister, err := r.SourceLister(ctx, at)
		if err != nil {
			return nil, err
		}
		all.listers = append(all.listers, lister)
	}
	if f.IsOneSource() {
		return all.listers[0], nil
	}
	return all, nil
}

// SourceLister opens a location to list the originals in it.
func (r *Resources) SourceLister(ctx context.Context, from Source) (backfill.Lister, error) {
	switch {
	case from.Web != "":
		return webLister{from}, nil
	case from.Bucket != "":
		client, err := r.S3At(ctx, from.Location)
		return backfill.S3Lister{Client: client, Bucket: from.Bucket, Prefix: from.Prefix}, err
	}
	dir, err := r.OpenDir(from.Folder)
	if err != nil {
		return nil, err
	}
	return backfill.FSLister{FS: dir}, nil
}

// OpenStore opens a location to keep variants in. The store of no location is nil, which keeps none. One in a bucket is configured by
// all of c except for where it is.
func (r *Resources) OpenStore(ctx context.Context, at Location, c cache.S3Config) (cache.Store, error) {
	if at.IsNone() {
		return nil, nil
	}
	if at.Bucket != "" {
		var err error
		if c.Client, err = r.S3At(ctx, at); err != nil {
			return nil, err
		}
		c.Bucket, c.Prefix = at.Bucket, at.Prefix
		return cache.NewS3(c), nil
	}
	folder, err := cache.OpenFolder(at.Folder)
	if err != nil {
		return nil, fmt.Errorf("variants: %w", err)
	}
	r.OnClose(folder.Close)
	return folder, nil
}
