package main

import (
	"errors"
	"fmt"
	"net/url"
	"slices"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// bucketOptions say how requests for a bucket differ from those for others.
type bucketOptions struct {
	region        string // "" for that of AWS_REGION
	requesterPays bool
	virtualHosted bool // the bucket is in the name of the host also at another server than AWS's own
}

// parseBucketOptions parses options such as region=eu-west-1&requester=pays&style=virtual.
func parseBucketOptions(s string) (o bucketOptions, err error) {
	values, err := url.ParseQuery(s)
	if err != nil {
		return o, err
	}
	for name, all := range values {
		value := all[len(all)-1]
		switch {
		case name == "region" && value != "":
			o.region = value
		case name == "requester" && value == "pays":
			o.requesterPays = true
		case name == "style" && value == "virtual":
			o.virtualHosted = true
		default:
			return o, fmt.Errorf("option %s=%s: %w", name, value, errBucketOption)
		}
	}
	return o, nil
}

var errBucketOption = errors.New("want region=NAME, requester=pays or style=virtual")

// String returns the options as they are parsed, with their question mark.
func (o bucketOptions) String() string {
	values := url.Values{}
	if o.region != "" {
		values.Set("region", o.region)
	}
	if o.requesterPays {
		values.Set("requester", "pays")
	}
	if o.virtualHosted {
		values.Set("style", "virtual")
	}
	if len(values) == 0 {
		return ""
	}
	return "?" + values.Encode()
}

// client returns a client with the options, which shares the connections of another one.
func (o bucketOptions) client(of *s3.Client) *s3.Client {
	if o == (bucketOptions{}) {
		return of
	}
	return s3.New(of.Options(), func(options *s3.Options) {
		if o.region != "" {
			options.Region = o.region
		}
		if o.requesterPays {
			options.APIOptions = append(slices.Clip(options.APIOptions), smithyhttp.AddHeaderValue("X-Amz-Request-Payer", "requester"))
		}
		if o.virtualHosted {
			options.UsePathStyle = false
		}
	})
}
