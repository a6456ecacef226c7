package quarantine

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"net/http"
	"net/url"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/imgorigin/imgorigin/cache/bucket"
)

// An S3 sets originals aside in a bucket: cat.jpg as <Prefix>cat.jpg, its case as
// <Prefix>cat.jpg.quarantine.json. The bucket does the copying.
type S3 struct {
	Client *s3.Client
	Bucket string
	Prefix string // "" or ending in a slash

	OriginalsBucket string
	OriginalsPrefix string

	Move bool // delete the original once it is copied
}

var _ Store = S3{}

func (q S3) name(original string) string { return q.Prefix + original }

func (q S3) source(original string) string { return q.OriginalsPrefix + original }

// Put implements [Store]. The copy is of the bytes with the case's ETag or of none. Where there is an ETag,
// moving deletes only what was copied.
func (q S3) Put(ctx context.Context, c Case) error {
	var match *string
	if c.ETag != "" {
		match = &c.ETag
	}
	_, err := q.Client.CopyObject(ctx, &s3.CopyObjectInput{
		Bucket: &q.Bucket, Key: aws.String(q.name(c.Original)),
		CopySource: aws.String(copySource(q.OriginalsBucket, q.source(c.Original))), CopySourceIfMatch: match,
	})
	if err != nil {
		return q.explain("copy", q.OriginalsBucket, q.source(c.Original), err)
	}
	c.Moved = q.Move
	if err := q.write(ctx, c); err != nil || !q.Move {
		return err
	}
	_, err = q.Client.DeleteObject(ctx, &s3.DeleteObjectInput{
		Bucket: &q.OriginalsBucket, Key: aws.String(q.source(c.Original)), IfMatch: match,
	})
	return q.explain("delete", q.OriginalsBucket, q.source(c.Original), err)
}

// copySource names an object as CopyObject wants it: escaped, slashes apart.
func copySource(bucket, key string) string {
	return (&url.URL{Path: bucket + "/" + key}).EscapedPath()
}

func (q S3) write(ctx context.Context, c Case) error {
	body, err := json.MarshalIndent(c, "", "  ")
	if err != nil {
		return err
	}
	_, err = q.Client.PutObject(ctx, &s3.PutObjectInput{
		Bucket: &q.Bucket, Key: aws.String(q.name(caseName(c.Original))),
		Body: bytes.NewReader(append(body, '\n')), ContentType: aws.String("application/json"),
	})
	return q.explain("put", q.Bucket, q.name(caseName(c.Original)), err)
}

// Get implements [Store].
func (q S3) Get(ctx context.Context, original string) (Case, error) {
	return q.read(ctx, q.name(caseName(original)))
}

func (q S3) read(ctx context.Context, name string) (c Case, err error) {
	out, err := q.Client.GetObject(ctx, &s3.GetObjectInput{Bucket: &q.Bucket, Key: &name})
	if err != nil {
		return Case{}, q.explain("get", q.Bucket, name, err)
	}
	defer out.Body.Close()
	if err := json.NewDecoder(out.Body).Decode(&c); err != nil {
		return Case{}, fmt.Errorf("quarantine: read s3 %s/%s: %w", q.Bucket, name, err)
	}
	return c, nil
}

// List implements [Store].
func (q S3) List(ctx context.Context, prefix string) iter.Seq2[Case, error] {
	return func(yield func(Case, error) bool) {
		_ = q.list(ctx, prefix, prefix, yield) && q.list(ctx, longNames, prefix, yield)
	}
}

// list yields the cases under one prefix of names that are of originals under the other.
func (q S3) list(ctx context.Context, names, originals string, yield func(Case, error) bool) bool {
	under := q.name(names)
	pages := s3.NewListObjectsV2Paginator(q.Client, &s3.ListObjectsV2Input{Bucket: &q.Bucket, Prefix: &under})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			yield(Case{}, q.explain("list", q.Bucket, under, err))
			return false
		}
		for _, object := range page.Contents {
			if !isCase(*object.Key) {
				continue
			}
			c, err := q.read(ctx, *object.Key)
			switch {
			case errors.Is(err, fs.ErrNotExist): // released meanwhile
			case err != nil:
				yield(Case{}, err)
				return false
			case listed(c, strings.TrimPrefix(*object.Key, q.Prefix), originals, names == longNames) && !yield(c, nil):
				return false
			}
		}
	}
	return true
}

// Release implements [Store]. The case goes last: until then all of it can be done again.
func (q S3) Release(ctx context.Context, original string) error {
	c, err := q.Get(ctx, original)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if c.Moved {
		if err := q.restore(ctx, original); err != nil {
			return err
		}
	}
	for _, name := range []string{original, caseName(original)} {
		if _, err := q.Client.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: &q.Bucket, Key: aws.String(q.name(name))}); err != nil {
			return q.explain("delete", q.Bucket, q.name(name), err)
		}
	}
	return nil
}

func (q S3) restore(ctx context.Context, original string) error {
	_, err := q.Client.HeadObject(ctx, &s3.HeadObjectInput{Bucket: &q.OriginalsBucket, Key: aws.String(q.source(original))})
	err = q.explain("head", q.OriginalsBucket, q.source(original), err)
	if !errors.Is(err, fs.ErrNotExist) {
		return err // nil: there is a new one
	}
	_, err = q.Client.CopyObject(ctx, &s3.CopyObjectInput{
		Bucket: &q.OriginalsBucket, Key: aws.String(q.source(original)),
		CopySource: aws.String(copySource(q.Bucket, q.name(original))),
	})
	return q.explain("copy back", q.Bucket, q.name(original), err)
}

// explain wraps the error of an act on an object. It matches [ErrChanged] when the object to copy or to delete is not
// the one that the case is about, or is gone.
func (q S3) explain(act, in, name string, err error) error {
	if err == nil {
		return nil
	}
	explained := bucket.Explain(act, in, name, err)
	if bucket.Status(err) == http.StatusPreconditionFailed || act == "copy" && errors.Is(explained, fs.ErrNotExist) {
		explained = errors.Join(ErrChanged, explained)
	}
	return fmt.Errorf("quarantine: %w", explained)
}
