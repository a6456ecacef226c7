package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go/logging"

	"github.com/imgorigin/imgorigin/cache"
	"github.com/imgorigin/imgorigin/cache/bucket"
	"github.com/imgorigin/imgorigin/server/originals"
)

// A place is where pictures lie: a bucket, perhaps below a prefix, or a folder. The zero place is nowhere.
type place struct {
	bucket, prefix string // the prefix is empty or ends in a slash
	folder         string // absolute
}

// UnmarshalText reads s3://bucket/prefix, a folder, or none.
func (p *place) UnmarshalText(text []byte) error {
	s := string(text)
	*p = place{} // of a flag that is given twice the last counts
	if s == "none" {
		return nil
	}
	rest, isS3 := strings.CutPrefix(s, "s3://")
	if !isS3 {
		if scheme, _, ok := strings.Cut(s, "://"); ok {
			return fmt.Errorf("%s:// is not a place for pictures: want s3://bucket/prefix or a folder", scheme)
		}
		var err error
		p.folder, err = filepath.Abs(s)
		return err
	}
	p.bucket, p.prefix, _ = strings.Cut(rest, "/")
	if p.bucket == "" {
		return fmt.Errorf("%q names no bucket: want s3://bucket/prefix", s)
	}
	if p.prefix != "" && !strings.HasSuffix(p.prefix, "/") {
		p.prefix += "/"
	}
	return nil
}

func (p place) String() string {
	if p == (place{}) {
		return "none"
	}
	if p.bucket != "" {
		return "s3://" + p.bucket + "/" + p.prefix
	}
	return p.folder
}

// overlaps tells whether one place lies in the other: variants there would be taken for originals.
func (p place) overlaps(q place) bool {
	if p.bucket != q.bucket || p == (place{}) || q == (place{}) {
		return false
	}
	if p.bucket != "" {
		return strings.HasPrefix(p.prefix, q.prefix) || strings.HasPrefix(q.prefix, p.prefix)
	}
	return within(p.folder, q.folder) || within(q.folder, p.folder)
}

func within(folder, outer string) bool {
	rel, err := filepath.Rel(outer, folder)
	return err == nil && filepath.IsLocal(rel)
}

// opener opens places, with one S3 client for all.
type opener struct {
	client *s3.Client
	closes []func() error
}

func (o *opener) Close() error {
	var errs []error
	for _, c := range o.closes {
		errs = append(errs, c())
	}
	return errors.Join(errs...)
}

// s3 returns the client, made from the settings of the AWS SDK: AWS_REGION, AWS_ENDPOINT_URL_S3, profiles, roles.
func (o *opener) s3(ctx context.Context) (*s3.Client, error) {
	if o.client != nil {
		return o.client, nil
	}
	settings, err := awsSettings(ctx)
	if err != nil {
		return nil, err
	}
	o.client = bucket.NewClient(settings, func(options *s3.Options) {
		if options.BaseEndpoint != nil { // not AWS's own
			options.UsePathStyle = true
			options.Region = cmp.Or(options.Region, "us-east-1") // what other servers that speak S3 go by
		}
	})
	if o.client.Options().Region == "" {
		return nil, errors.New("no AWS region: set AWS_REGION, or a region in the profile")
	}
	return o.client, nil
}

// awsSettings are those of the AWS SDK.
func awsSettings(ctx context.Context) (aws.Config, error) {
	settings, err := config.LoadDefaultConfig(ctx,
		config.WithLogger(logging.Nop{}), // it writes a line of text for each original that is not read to its end, or has no checksum
		config.WithHTTPClient(awshttp.NewBuildableClient().WithTransportOptions(keepConnections)))
	if err != nil {
		return settings, fmt.Errorf("AWS settings: %w", err)
	}
	return settings, nil
}

// keepConnections keeps more idle connections than the SDK does: with its 10 for a host, a burst of pictures
// would make new ones all the time.
func keepConnections(t *http.Transport) {
	t.MaxIdleConns = 256
	t.MaxIdleConnsPerHost = 256
	t.ResponseHeaderTimeout = 10 * time.Second
}

// originals opens a place to read originals from.
func (o *opener) originals(ctx context.Context, p place) (originals.Source, error) {
	if p == (place{}) {
		return nil, errors.New("originals: want s3://bucket/prefix or a folder")
	}
	if p.bucket != "" {
		client, err := o.s3(ctx)
		return originals.S3{Client: client, Bucket: p.bucket, Prefix: p.prefix}, err
	}
	root, err := o.root(p.folder)
	if err != nil {
		return nil, fmt.Errorf("--originals: %w", err)
	}
	return originals.Folder{FS: root.FS()}, nil
}

// root opens a folder that nothing leads out of.
func (o *opener) root(folder string) (*os.Root, error) {
	root, err := os.OpenRoot(folder)
	if err == nil {
		o.closes = append(o.closes, root.Close)
	}
	return root, err
}

// store opens a place to keep variants in; nowhere is nil.
func (o *opener) store(ctx context.Context, p place, cacheControl string) (cache.Store, error) {
	if p == (place{}) {
		return nil, nil
	}
	if p.bucket != "" {
		client, err := o.s3(ctx)
		if err != nil {
			return nil, err
		}
		return cache.NewS3(cache.S3Config{Client: client, Bucket: p.bucket, Prefix: p.prefix, CacheControl: cacheControl}), nil
	}
	folder, err := cache.OpenFolder(p.folder)
	if err != nil {
		return nil, fmt.Errorf("variants: %w", err)
	}
	o.closes = append(o.closes, folder.Close)
	return folder, nil
}
