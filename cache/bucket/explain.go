package bucket

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"strings"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go"
)

// Status returns the HTTP status of the answer that err reports, or 0 when err reports none.
func Status(err error) int {
	response, ok := errors.AsType[*awshttp.ResponseError](err)
	if !ok || response.Response == nil {
		return 0
	}
	return response.HTTPStatusCode()
}

// Code returns the code in S3's answer that err reports, such as NoSuchKey, or "" when err reports none.
func Code(err error) string {
	if api, ok := errors.AsType[smithy.APIError](err); ok {
		return api.ErrorCode()
	}
	return ""
}

const (
	noSuchKey = "NoSuchKey"
	noCode    = "NotFound" // what the SDK says of a 404 whose body has no code of S3
)

// Confirm returns the error of a GET of an object. A 404 without a code of S3 is replaced by [fs.ErrNotExist] if the bucket
// itself answers a HEAD. S3 always sends a code, and so do the servers that we know (versitygw, MinIO, Ceph, moto): for them
// this makes no request. A proxy that finds no server sends none, and neither does it know the bucket. For a
// SignatureDoesNotMatch, it is [ConfirmSignature].
func Confirm(ctx context.Context, client *s3.Client, bucket string, err error) error {
	if Status(err) != http.StatusNotFound || Code(err) != noCode {
		return ConfirmSignature(ctx, client, bucket, err)
	}
	if _, errBucket := client.HeadBucket(ctx, &s3.HeadBucketInput{Bucket: &bucket}); errBucket != nil {
		return err
	}
	return fs.ErrNotExist
}

// permissions maps an act to the permissions that it needs.
var permissions = map[string]string{
	"get":      "s3:GetObject and s3:ListBucket? Without s3:ListBucket, S3 answers 403 for an object that does not exist",
	"head":     "s3:GetObject and s3:ListBucket? Without s3:ListBucket, S3 answers 403 for an object that does not exist",
	"put":      "s3:PutObject?",
	"list":     "s3:ListBucket?",
	"versions": "s3:ListBucketVersions?",
	"delete":   "s3:DeleteObject?",
	"copy":     "s3:GetObject where the object is, and s3:PutObject where it goes?",
}

// Explain wraps err, which ended an act on an object, as "s3 get photos/cat.jpg: …". The act is one of get, head, put,
// list, delete and copy, which other words may follow. Explain returns nil when err is nil.
//
//   - A 404 with the code NoSuchKey matches [fs.ErrNotExist], and err is replaced by it. With any other code, or none, it
//     may be about the bucket, or of something on the way to it, and must not be taken for a missing object. See [Confirm].
//   - A [Refusal] is named.
//   - Any other 403 names the permissions that the act needs. It never matches [fs.ErrNotExist], although S3 answers so for a
//     missing object when the role lacks s3:ListBucket: a broken policy looks the same.
//   - Any other error is wrapped as it is.
//
// The answer to a HEAD has no body and so no code: there, any 404 matches [fs.ErrNotExist], and a missing bucket looks like
// a missing object. What can't be undone may follow from the answer to a GET only.
func Explain(act, bucket, key string, err error) error {
	if err == nil {
		return nil
	}
	hint := ""
	switch status := Status(err); {
	case status == http.StatusNotFound && (Code(err) == noSuchKey || strings.HasPrefix(act, "head")):
		err = fs.ErrNotExist
	case Refusal(err) != "":
		hint = " (" + Refusal(err) + ")"
	case Code(err) == badSignature:
		hint = " (of this key only: does a proxy before the bucket rewrite paths)"
	case status == http.StatusForbidden && Code(err) != "InvalidObjectState": // which is of an archived object
		verb, _, _ := strings.Cut(act, " ")
		if needed, ok := permissions[verb]; ok {
			hint = " (does the role have " + needed + ")"
		}
	}
	return fmt.Errorf("s3 %s %s/%s%s: %w", act, bucket, key, hint, err)
}
