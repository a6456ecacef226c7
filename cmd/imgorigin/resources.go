package main

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

// resources opens what a command works with, and closes it at the end of the command. All buckets share one client.
// The zero value is ready to use.
type resources struct {
	client *s3.Client
	closes []func() error
}

// onClose has Close call a function, before those that were added earlier.
func (r *resources) onClose(f func() error) { r.closes = append(r.closes, f) }

// Close closes everything, the newest first.
func (r *resources) Close() error {
	var errs []error
	for _, f := range slices.Backward(r.closes) {
		errs = append(errs, f())
	}
	r.closes = nil
	return errors.Join(errs...)
}

// s3 returns the client for buckets.
func (r *resources) s3(ctx context.Context) (*s3.Client, error) {
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

// s3At returns the client for the bucket of a location.
func (r *resources) s3At(ctx context.Context, at location) (*s3.Client, error) {
	client, err := r.s3(ctx)
	if err != nil {
		return nil, err
	}
	if client, err = at.bucketOptions.client(ctx, client); err != nil {
		return nil, err
	}
	return client, cloud.CheckRegion(client)
}

// root opens a folder. No path and no symbolic link leads out of it.
func (r *resources) root(folder string) (*os.Root, error) {
	root, err := os.OpenRoot(folder)
	if err == nil {
		r.onClose(root.Close)
	}
	return root, err
}

// dir opens a folder of originals.
func (r *resources) dir(folder string) (*originals.Dir, error) {
	dir, err := originals.OpenDir(folder)
	if err == nil {
		r.onClose(dir.Close)
	}
	return dir, err
}

// originals opens everything that originals are read from.
func (r *resources) originals(ctx context.Context, f originalsFlags) (originals.Source, error) {
	if err := f.check(); err != nil {
		return nil, err
	}
	if f.isOneSource() {
		return r.source(ctx, f, f.Originals)
	}
	var routes originals.Routes
	for _, at := range f.all() {
		source, err := r.source(ctx, f, at.sourceLocation)
		if err != nil {
			return nil, err
		}
		routes = append(routes, originals.Route{Prefix: at.keys, Source: source})
	}
	return routes, nil
}

// source opens a location to read originals from.
func (r *resources) source(ctx context.Context, f originalsFlags, from sourceLocation) (originals.Source, error) {
	switch {
	case from.web != "":
		return originals.NewHTTP(originals.HTTPConfig{Base: from.web, AllowPrivate: f.PrivateOriginals})
	case from.bucket != "":
		client, err := r.s3At(ctx, from.location)
		return originals.S3{Client: client, Bucket: from.bucket, Prefix: from.prefix}, err
	}
	dir, err := r.dir(from.folder)
	if err != nil {
		return nil, fmt.Errorf("--originals: %w", err)
	}
	return originals.Folder{FS: dir}, nil
}

// lister opens everything that originals are read from to list them.
func (r *resources) lister(ctx context.Context, f originalsFlags) (backfill.Lister, error) {
	all := sourceLister{flags: f}
	for _, at := range f.all() {
		lister, err := r.sourceLister(ctx, at)
		if err != nil {
			return nil, err
		}
		all.listers = append(all.listers, lister)
	}
	if f.isOneSource() {
		return all.listers[0], nil
	}
	return all, nil
}

// sourceLister opens a location to list the originals in it.
func (r *resources) sourceLister(ctx context.Context, from prefixedSource) (backfill.Lister, error) {
	switch {
	case from.web != "":
		return webLister{from}, nil
	case from.bucket != "":
		client, err := r.s3At(ctx, from.location)
		return backfill.S3Lister{Client: client, Bucket: from.bucket, Prefix: from.prefix}, err
	}
	dir, err := r.dir(from.folder)
	if err != nil {
		return nil, err
	}
	return backfill.FSLister{FS: dir}, nil
}

// store opens a location to keep variants in. The store of no location is nil, which keeps none. One in a bucket is configured by
// all of c but for where it is.
func (r *resources) store(ctx context.Context, at location, c cache.S3Config) (cache.Store, error) {
	if at.isNone() {
		return nil, nil
	}
	if at.bucket != "" {
		var err error
		if c.Client, err = r.s3At(ctx, at); err != nil {
			return nil, err
		}
		c.Bucket, c.Prefix = at.bucket, at.prefix
		return cache.NewS3(c), nil
	}
	folder, err := cache.OpenFolder(at.folder)
	if err != nil {
		return nil, fmt.Errorf("variants: %w", err)
	}
	r.onClose(folder.Close)
	return folder, nil
}
