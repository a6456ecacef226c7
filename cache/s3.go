package cache

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// An S3Config says where an S3Store keeps variants.
type S3Config struct {
	Client       *s3.Client
	Bucket       string
	Prefix       string // of every object: empty, or ending in a slash
	CacheControl string // of every object; empty is none
}

// An S3Store keeps variants in a bucket, the variant w=480.webp of cat.jpg as <prefix>cat.jpg/w=480.webp. The
// object carries the headers that a browser wants, so that CloudFront can serve it straight from the bucket.
type S3Store struct{ config S3Config }

var _ Store = (*S3Store)(nil)

// NewS3 returns a store. It does not look whether the bucket exists.
func NewS3(c S3Config) *S3Store { return &S3Store{c} }

// maxNameBytes is S3's limit on the name of an object.
const maxNameBytes = 1024

// User metadata of an object.
const (
	metaOriginalETag = "original-etag"
	metaModified     = "modified"
)

func (s *S3Store) name(k Key) (string, error) {
	name := s.config.Prefix + k.String()
	if len(name) > maxNameBytes {
		return "", fmt.Errorf("s3: a name of %d bytes: %w", len(name), ErrName)
	}
	return name, nil
}

// Get implements [Store]. The body's length and, where the object's tag is one, its MD5 are checked.
func (s *S3Store) Get(ctx context.Context, k Key) (*Variant, error) {
	name, err := s.name(k)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", err, fs.ErrNotExist)
	}
	out, err := s.config.Client.GetObject(ctx, &s3.GetObjectInput{Bucket: &s.config.Bucket, Key: &name})
	if err != nil {
		return nil, s.explain("get", name, err)
	}
	defer out.Body.Close()
	body, err := io.ReadAll(out.Body)
	if err != nil {
		return nil, s.explain("get", name, err)
	}
	v := &Variant{
		Body:         body,
		MediaType:    aws.ToString(out.ContentType),
		ETag:         ETag(body),
		OriginalETag: out.Metadata[metaOriginalETag],
		Modified:     aws.ToTime(out.LastModified),
	}
	if at, err := time.Parse(time.RFC3339Nano, out.Metadata[metaModified]); err == nil {
		v.Modified = at
	}
	if err := check(v, out); err != nil {
		return nil, s.explain("get", name, err)
	}
	return v, nil
}

// check holds what was read to what S3 says of it, and to what only we put there.
func check(v *Variant, out *s3.GetObjectOutput) error {
	etag := aws.ToString(out.ETag)
	switch {
	case len(v.Body) == 0 || out.ContentLength != nil && *out.ContentLength != int64(len(v.Body)):
		return fmt.Errorf("%d bytes of %d", len(v.Body), aws.ToInt64(out.ContentLength))
	case isMD5(etag) && out.SSEKMSKeyId == nil && etag != v.ETag:
		return fmt.Errorf("the sum is %s, not %s", v.ETag, etag)
	case v.OriginalETag == "":
		return errors.New("not a variant: no original's ETag in its metadata")
	}
	return nil
}

// isMD5 tells the tag of an object put in one part from that of one put in several, which is no sum of its bytes.
func isMD5(etag string) bool {
	return len(etag) == 34 && strings.Trim(etag[1:33], "0123456789abcdef") == ""
}

// Put implements [Store].
func (s *S3Store) Put(ctx context.Context, k Key, v *Variant) error {
	name, err := s.name(k)
	if err != nil {
		return err
	}
	in := &s3.PutObjectInput{
		Bucket:      &s.config.Bucket,
		Key:         &name,
		Body:        bytes.NewReader(v.Body),
		ContentType: &v.MediaType,
		Metadata: map[string]string{
			metaOriginalETag: v.OriginalETag,
			metaModified:     v.Modified.UTC().Format(time.RFC3339Nano),
		},
	}
	if s.config.CacheControl != "" {
		in.CacheControl = &s.config.CacheControl
	}
	if _, err := s.config.Client.PutObject(ctx, in); err != nil {
		return s.explain("put", name, err)
	}
	return nil
}

// Drop implements [Store]. It takes what lies directly under the original's key, not deeper: a/b.jpg/w=480.webp
// is a variant of a/b.jpg, not of a.
func (s *S3Store) Drop(ctx context.Context, original string) error {
	folder := s.config.Prefix + original + "/"
	pages := s3.NewListObjectsV2Paginator(s.config.Client, &s3.ListObjectsV2Input{
		Bucket: &s.config.Bucket, Prefix: &folder, Delimiter: aws.String("/"),
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return s.explain("list", folder, err)
		}
		var doomed []types.ObjectIdentifier
		for _, object := range page.Contents { // 1,000 at most, which is what one deletion takes
			if *object.Key != folder { // the marker that consoles make for a folder; or an original named so
				doomed = append(doomed, types.ObjectIdentifier{Key: object.Key})
			}
		}
		if err := s.delete(ctx, doomed); err != nil {
			return s.explain("delete below", folder, err)
		}
	}
	return nil
}

func (s *S3Store) delete(ctx context.Context, doomed []types.ObjectIdentifier) error {
	if len(doomed) == 0 {
		return nil
	}
	out, err := s.config.Client.DeleteObjects(ctx, &s3.DeleteObjectsInput{
		Bucket: &s.config.Bucket, Delete: &types.Delete{Objects: doomed, Quiet: aws.Bool(true)},
	})
	if err != nil {
		return err
	}
	if len(out.Errors) > 0 {
		first := out.Errors[0]
		return fmt.Errorf("%d of %d not deleted, the first %s: %s", len(out.Errors), len(doomed), aws.ToString(first.Key), aws.ToString(first.Message))
	}
	return nil
}

func (s *S3Store) explain(act, name string, err error) error {
	hint := ""
	if response, ok := errors.AsType[*awshttp.ResponseError](err); ok {
		switch response.HTTPStatusCode() {
		case http.StatusNotFound:
			err = errors.Join(fs.ErrNotExist, err)
		case http.StatusForbidden:
			hint = " (does the role have s3:GetObject, PutObject, DeleteObject and ListBucket here?)"
		}
	}
	return fmt.Errorf("s3 %s %s/%s%s: %w", act, s.config.Bucket, name, hint, err)
}
