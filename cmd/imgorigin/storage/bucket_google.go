package storage

import (
	"context"
	"net/http"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// speakToGoogle has a client speak to Google Cloud Storage, whose XML API takes requests of S3's protocol that are signed with
// an HMAC key of a service account (cloud.google.com/storage/docs/interoperability). It knows no checksums behind bodies, and
// the header Accept-Encoding can't be signed, as Google's front ends change it on the way (github.com/aws/aws-sdk-go-v2/issues/1816).
func speakToGoogle(options *s3.Options) {
	options.BaseEndpoint, options.UsePathStyle, options.Region = aws.String("https://storage.googleapis.com"), true, "auto"
	options.RequestChecksumCalculation = aws.RequestChecksumCalculationWhenRequired
	options.ResponseChecksumValidation = aws.ResponseChecksumValidationWhenRequired
	options.APIOptions = append(slices.Clip(options.APIOptions), signWithoutEncoding)
}

// signWithoutEncoding has a request signed without its Accept-Encoding, which is sent all the same: without any, the transport
// would ask for gzip.
func signWithoutEncoding(stack *middleware.Stack) error {
	const header, signing = "Accept-Encoding", "Signing"
	var encoding []string
	remove := onHeader("RemoveAcceptEncoding", func(h http.Header) {
		encoding = h[header]
		delete(h, header)
	})
	restore := onHeader("RestoreAcceptEncoding", func(h http.Header) { h[header] = encoding })
	if err := stack.Finalize.Insert(remove, signing, middleware.Before); err != nil {
		return err
	}
	return stack.Finalize.Insert(restore, signing, middleware.After)
}

// onHeader returns a middleware that changes the header of a request.
func onHeader(name string, change func(http.Header)) middleware.FinalizeMiddleware {
	return middleware.FinalizeMiddlewareFunc(name, func(
		ctx context.Context, in middleware.FinalizeInput, next middleware.FinalizeHandler,
	) (middleware.FinalizeOutput, middleware.Metadata, error) {
		if request, ok := in.Request.(*smithyhttp.Request); ok {
			change(request.Header)
		}
		return next.HandleFinalize(ctx, in)
	})
}
