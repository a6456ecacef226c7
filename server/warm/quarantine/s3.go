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

// An S3 is a [Store] in a bucket: cat.jpg is kept as <Prefix>cat.jpg, its case as <Prefix>cat.jpg.quarantine.json. S3
// copies originals itself, without sending their bytes here.
type S3 struct {
	Client *s3.Client
	Bucket string
	Prefix string // "" or ending in a slash

	OriginalsBucket string
	OriginalsPrefix string // "" or ending in a slash

	// Move deletes the original once it is copied.
	Move bool
}

var _ Store = S3{}

func (q S3) name(original string) string { return q.Prefix + original }

func (q S3) source(original string) string { return q.OriginalsPrefix + original }

// Put implements [Store]. If the case has an ETag, only an original with that ETag is copied, and deleted.
func (q S3) Put(ctx context.Context, c Case) error {
	var match *string
	if c.ETag != "" {
		match = &c.ETag
	}
	_, err := q.Client.CopyObject(ctx, &s3.CopyObjectInput{
		Bucket: &q.Bucket, Key: aws.String(q.name(c.Original)),
		CopySource: aws.String(copySource(q.OriginalsBucket, q.source(c.Original))), CopySourceIfMatch: match,
	})
	err = q.explain("copy", q.OriginalsBucket, q.source(c.Original), err)
	if isUnreadable(err) {
		c.CopyError = err.Error()
		return q.write(ctx, c)
	}
	if err != nil {
		return err
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

// copySource returns the name of an object as CopyObject takes it: escaped, except for the slashes. Behind the ARN of an
// access point the key has a prefix.
func copySource(bucket, key string) string {
	if strings.HasPrefix(bucket, "arn:") {
		bucket += "/object"
	}
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
		return Case{}, q.explain("get", q.Bucket, name, bucket.Confirm(ctx, q.Client, q.Bucket, err))
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

// list yields the cases whose objects begin with names and whose originals begin with originals. It reports whether to
// go on.
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

// Release implements [Store]. It deletes the case last, so that a call that was interrupted can be repeated.
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
		_, err := q.Client.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: &q.Bucket, Key: aws.String(q.name(name))})
		if err != nil {
			return q.explain("delete", q.Bucket, q.name(name), err)
		}
	}
	return nil
}

// restore copies an original that was moved back to its place, unless there is a new original.
func (q S3) restore(ctx context.Context, original string) error {
	_, err := q.Client.HeadObject(ctx, &s3.HeadObjectInput{
		Bucket: &q.OriginalsBucket, Key: aws.String(q.source(original)),
	})
	err = q.explain("head", q.OriginalsBucket, q.source(original), err)
	if !errors.Is(err, fs.ErrNotExist) {
		return err // nil: there is a new original
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
