package server

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/s3"
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
		return nil, o.explain("get", key, err)
	}
	if out.ContentLength == nil {
		out.Body.Close()
		return nil, fmt.Errorf("s3 get %s/%s%s: no Content-Length", o.Bucket, o.Prefix, key)
	}
	return &Original{Info{aws.ToString(out.ETag), *out.ContentLength}, out.Body}, nil
}

func (o S3Originals) Stat(ctx context.Context, key string) (Info, error) {
	out, err := o.Client.HeadObject(ctx, &s3.HeadObjectInput{Bucket: &o.Bucket, Key: aws.String(o.Prefix + key)})
	if err != nil {
		return Info{}, o.explain("head", key, err)
	}
	return Info{aws.ToString(out.ETag), aws.ToInt64(out.ContentLength)}, nil
}

func (o S3Originals) explain(act, key string, err error) error {
	hint := ""
	if response, ok := errors.AsType[*awshttp.ResponseError](err); ok {
		switch response.HTTPStatusCode() {
		case http.StatusNotFound:
			err = fs.ErrNotExist
		case http.StatusForbidden:
			hint = " (does the role have s3:GetObject and s3:ListBucket?)"
		}
	}
	return fmt.Errorf("s3 %s %s/%s%s%s: %w", act, o.Bucket, o.Prefix, key, hint, err)
}
