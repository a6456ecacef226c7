package bucket

import (
	"context"
	"errors"

	"github.com/aws/aws-sdk-go-v2/service/s3"
)

const (
	badCredentials = "S3 rejects the AWS credentials"
	badClock       = "this machine's clock is wrong"
	badAccount     = "S3 refuses the account"
	badName        = "there is no such bucket"
	badRegion      = "the bucket is in another region"

	badSignature = "SignatureDoesNotMatch"
)

// refusals maps the codes of answers below 500 that are about the bucket or about whoever asks, and so to any request, to what
// they mean (Amazon S3 API Reference, "Error responses").
var refusals = map[string]string{
	"InvalidAccessKeyId": badCredentials, badSignature: badCredentials, "ExpiredToken": badCredentials,
	"InvalidToken": badCredentials, "TokenRefreshRequired": badCredentials, "InvalidSecurity": badCredentials,
	"RequestTimeTooSkewed": badClock,
	"AccountProblem":       badAccount, "AllAccessDisabled": badAccount, "NotSignedUp": badAccount,
	"NoSuchBucket":      badName,
	"PermanentRedirect": badRegion, "AuthorizationHeaderMalformed": badRegion,
}

// Refusal returns what S3 finds wrong with every request to a bucket, such as "S3 rejects the AWS credentials (ExpiredToken)";
// "" for any other error. The bucket is well then, and only who runs the service can mend it. An AccessDenied is no refusal, as
// it may be of one object.
func Refusal(err error) string {
	if _, ok := errors.AsType[keyError](err); ok {
		return ""
	}
	code := Code(err)
	if meaning, ok := refusals[code]; ok {
		return meaning + " (" + code + ")"
	}
	return ""
}

// A keyError is an error that looks like one of the bucket, and is about the key that was asked for.
type keyError struct{ error }

func (e keyError) Unwrap() error { return e.error }

// Scope implements [Scoped].
func (e keyError) Scope() Scope { return OfKey }

// ConfirmSignature returns the error of a request for an object. A SignatureDoesNotMatch is about the object, and no refusal, if the
// bucket accepts the signature of a HEAD. Where a proxy before a server of the S3 API rewrites paths, such as a//b.jpg, it breaks the
// signatures of some keys. Whoever asks for those must not make the bucket look broken.
func ConfirmSignature(ctx context.Context, client *s3.Client, bucket string, err error) error {
	if Code(err) != badSignature {
		return err
	}
	if _, errBucket := client.HeadBucket(ctx, &s3.HeadBucketInput{Bucket: &bucket}); errBucket != nil {
		return err
	}
	return keyError{err}
}
