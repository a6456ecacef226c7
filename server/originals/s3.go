package originals

import (
	"context"
	"crypto/md5"
	"errors"
	"fmt"
	"io/fs"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/imgorigin/imgorigin/cache/bucket"
)

// S3 reads originals from a bucket: the key cat.jpg is the object <Prefix>cat.jpg.
//
// The role that reads them needs s3:GetObject and s3:ListBucket: without the second, S3 answers 403 for an object that
// does not exist, which looks like a broken policy and is not taken for a missing image.
type S3 struct {
	Client *s3.Client
	Bucket string
	Prefix string // "" or ending in a slash
}

// Open implements [Source].
func (o S3) Open(ctx context.Context, key string) (*Original, error) {
	if len(o.Prefix)+len(key) > maxNameBytes {
		return nil, fmt.Errorf("s3 get %s: a name of %d bytes: %w", o.Bucket, len(o.Prefix)+len(key), fs.ErrNotExist)
	}
	out, err := o.Client.GetObject(ctx, &s3.GetObjectInput{Bucket: &o.Bucket, Key: aws.String(o.Prefix + key)})
	if bucket.Code(err) == "InvalidObjectState" {
		err = fmt.Errorf("%w: %w", ErrArchived, err)
	}
	if err != nil {
		return nil, bucket.Explain("get", o.Bucket, o.Prefix+key, bucket.Confirm(ctx, o.Client, o.Bucket, err))
	}
	size := int64(UnknownSize)
	if out.ContentLength != nil {
		size = *out.ContentLength
	}
	stored := out.Body
	if sum, ok := bucket.MD5(o.Bucket, out); ok && size != UnknownSize {
		stored = &summedBody{ReadCloser: stored, left: size, sum: md5.New(), want: sum}
	}
	body, size, err := decoded(stored, size, aws.ToString(out.ContentEncoding))
	if err != nil {
		stored.Close()
		return nil, bucket.Explain("get", o.Bucket, o.Prefix+key, err)
	}
	return &Original{Info{aws.ToString(out.ETag), size}, body}, nil
}

// maxNameBytes is S3's limit on the name of an object, which it answers with 400 and not with 404.
const maxNameBytes = 1024

// Stat implements [Source].
//
// Only a GET can report an object as missing. S3 answers a HEAD with 404 and no code also when the bucket does not
// exist, and what follows from a missing original can't be undone: its variants are dropped.
func (o S3) Stat(ctx context.Context, key string) (Info, error) {
	if len(o.Prefix)+len(key) > maxNameBytes {
		return Info{}, fmt.Errorf("s3 head %s: a name of %d bytes: %w", o.Bucket, len(o.Prefix)+len(key), fs.ErrNotExist)
	}
	out, err := o.Client.HeadObject(ctx, &s3.HeadObjectInput{Bucket: &o.Bucket, Key: aws.String(o.Prefix + key)})
	err = bucket.Explain("head", o.Bucket, o.Prefix+key, err)
	if errors.Is(err, fs.ErrNotExist) {
		return o.confirm(ctx, key)
	}
	if err != nil {
		return Info{}, err
	}
	return Info{aws.ToString(out.ETag), aws.ToInt64(out.ContentLength)}, nil
}

// confirm asks for an object that a HEAD reported missing. In the rare case that it exists by now, its body is not read.
func (o S3) confirm(ctx context.Context, key string) (Info, error) {
	original, err := o.Open(ctx, key)
	if err != nil {
		return Info{}, err
	}
	return original.Info, original.Body.Close()
}

// Overwritten reports whether an object had another state before its present one, as far as its bucket keeps versions. A
// server that does not know versions keeps none. The role needs s3:ListBucketVersions.
func (o S3) Overwritten(ctx context.Context, key string) (bool, error) {
	name := o.Prefix + key
	out, err := o.Client.ListObjectVersions(ctx, &s3.ListObjectVersionsInput{
		Bucket: &o.Bucket, Prefix: &name, MaxKeys: aws.Int32(2), // the name itself comes before others with this prefix
	})
	if bucket.Status(err) == http.StatusNotImplemented {
		return false, nil
	}
	if err != nil {
		return false, bucket.Explain("versions of", o.Bucket, name, err)
	}
	states := 0
	for _, version := range out.Versions {
		if aws.ToString(version.Key) == name {
			states++
		}
	}
	for _, marker := range out.DeleteMarkers {
		if aws.ToString(marker.Key) == name {
			states++
		}
	}
	return states > 1, nil
}
