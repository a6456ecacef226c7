package server

import (
	"bytes"
	"context"
	"crypto/md5"
	"errors"
	"fmt"
	"hash"
	"io"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/imgorigin/imgorigin/cache/bucket"
)

// S3Originals reads originals from a bucket: the key cat.jpg is the object <Prefix>cat.jpg.
//
// The role that reads them needs s3:GetObject and s3:ListBucket: without the second, S3 answers 403 for an
// object that does not exist, which can't be told from a broken policy and is not taken for a missing picture.
type S3Originals struct {
	Client *s3.Client
	Bucket string
	Prefix string // "" or ending in a slash
}

func (o S3Originals) Open(ctx context.Context, key string) (*Original, error) {
	out, err := o.Client.GetObject(ctx, &s3.GetObjectInput{Bucket: &o.Bucket, Key: aws.String(o.Prefix + key)})
	if err != nil {
		return nil, bucket.Explain("get", o.Bucket, o.Prefix+key, err)
	}
	if out.ContentLength == nil {
		out.Body.Close()
		return nil, fmt.Errorf("s3 get %s/%s%s: no Content-Length", o.Bucket, o.Prefix, key)
	}
	body := out.Body
	if sum, ok := bucket.MD5(o.Bucket, out); ok {
		body = &summedBody{ReadCloser: body, left: *out.ContentLength, sum: md5.New(), want: sum}
	}
	return &Original{Info{aws.ToString(out.ETag), *out.ContentLength}, body}, nil
}

func (o S3Originals) Stat(ctx context.Context, key string) (Info, error) {
	out, err := o.Client.HeadObject(ctx, &s3.HeadObjectInput{Bucket: &o.Bucket, Key: aws.String(o.Prefix + key)})
	if err != nil {
		return Info{}, bucket.Explain("head", o.Bucket, o.Prefix+key, err)
	}
	return Info{aws.ToString(out.ETag), aws.ToInt64(out.ContentLength)}, nil
}

var errDamaged = errors.New("not the bytes that the bucket holds")

// A summedBody is a body that is held to the sum of its bytes. One that is short, with a length to match, would be
// taken for a broken picture, and remembered as one. It costs a percent or two of a fill.
type summedBody struct {
	io.ReadCloser
	left int64 // bytes to come
	sum  hash.Hash
	want []byte
}

// Read returns no end, and not the last byte, of what is damaged.
func (b *summedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.sum.Write(p[:n])
	b.left -= int64(n)
	if (b.left <= 0 || errors.Is(err, io.EOF)) && !bytes.Equal(b.sum.Sum(nil), b.want) && (err == nil || errors.Is(err, io.EOF)) {
		return 0, errDamaged
	}
	return n, err
}
