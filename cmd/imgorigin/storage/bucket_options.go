package storage

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/imgorigin/imgorigin/cmd/imgorigin/cloud"
)

// Options say how requests for a bucket differ from those for others.
type Options struct {
	IsGoogle      bool   // the bucket is one of Google Cloud Storage, which speaks S3's protocol except for some details
	endpoint      string // the URL of the server; "" for that of AWS_ENDPOINT_URL_S3, or AWS's or Google's own
	profile       string // of the credentials; "" for those of the process
	region        string // "" for that of AWS_REGION
	requesterPays bool
	virtualHosted bool // the bucket is in the name of the host also at another server than AWS's own
}

// parseBucketOptions parses options such as region=eu-west-1&requester=pays&style=virtual.
func parseBucketOptions(s string) (o Options, err error) {
	values, err := url.ParseQuery(s)
	if err != nil {
		return o, err
	}
	for name, all := range values {
		value := all[len(all)-1]
		switch {
		case name == "region" && value != "":
			o.region = value
		case name == "profile" && value != "":
			o.profile = value
		case name == "endpoint" && isServer(value):
			o.endpoint = value
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

var errBucketOption = errors.New("want endpoint=URL, profile=NAME, region=NAME, requester=pays or style=virtual")

// isServer reports whether s is the URL of a server, without a path.
func isServer(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" && u.Scheme+"://"+u.Host == s
}

// String returns the options as they are parsed, with their question mark.
func (o Options) String() string {
	values := url.Values{}
	if o.endpoint != "" {
		values.Set("endpoint", o.endpoint)
	}
	if o.profile != "" {
		values.Set("profile", o.profile)
	}
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
func (o Options) client(ctx context.Context, of *s3.Client) (*s3.Client, error) {
	if o == (Options{}) {
		return of, nil
	}
	var named aws.Config
	if o.profile != "" {
		var err error
		if named, err = cloud.LoadConfig(ctx, config.WithSharedConfigProfile(o.profile)); err != nil {
			return nil, err
		}
	}
	return s3.New(of.Options(), func(options *s3.Options) {
		if o.profile != "" {
			options.Credentials = named.Credentials
			options.Region = cmp.Or(named.Region, options.Region)
		}
		if o.IsGoogle {
			speakToGoogle(options)
		}
		if o.endpoint != "" {
			options.BaseEndpoint, options.UsePathStyle = &o.endpoint, true
		}
		if o.region != "" {
			options.Region = o.region
		}
		if o.requesterPays {
			options.APIOptions = append(slices.Clip(options.APIOptions), smithyhttp.AddHeaderValue("X-Amz-Request-Payer", "requester"))
		}
		if o.virtualHosted {
			options.UsePathStyle = false
		}
	}), nil
}
