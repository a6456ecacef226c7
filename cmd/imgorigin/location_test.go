package main

import (
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/imgorigin/imgorigin/server/originals"
	"github.com/imgorigin/imgorigin/server/warm/quarantine"
)

const accessPoint = "arn:aws:s3:eu-west-1:123456789012:accesspoint/photos"

func TestLocations(t *testing.T) {
	outpost := "arn:aws:s3-outposts:eu-west-1:123456789012:outpost/op-1/accesspoint/photos"
	for text, want := range map[string]location{
		"none":                                    {},
		"/var/photos":                             {folder: "/var/photos"},
		"s3://photos":                             {bucket: "photos"},
		"s3://photos/2026":                        {bucket: "photos", prefix: "2026/"},
		"s3://photos/2026/in/":                    {bucket: "photos", prefix: "2026/in/"},
		"s3://arn":                                {bucket: "arn"},
		"s3://" + accessPoint:                     {bucket: accessPoint},
		"s3://" + accessPoint + "/":               {bucket: accessPoint},
		"s3://" + accessPoint + "/2026/":          {bucket: accessPoint, prefix: "2026/"},
		"s3://" + accessPoint + "/a/b":            {bucket: accessPoint, prefix: "a/b/"},
		"s3://" + outpost + "/a/b":                {bucket: outpost, prefix: "a/b/"},
		"s3://arn:aws:s3::1:accesspoint:m.mrap/a": {bucket: "arn:aws:s3::1:accesspoint:m.mrap", prefix: "a/"},
	} {
		var got, again location
		if err := got.UnmarshalText([]byte(text)); err != nil || got != want {
			t.Errorf("%s: got %+v, %v, want %+v", text, got, err, want)
		}
		if err := again.UnmarshalText([]byte(got.String())); err != nil || again != want {
			t.Errorf("%s: %s is %+v, %v", text, got, again, err)
		}
	}
	for text, want := range map[string]string{
		"s3://": "has no bucket", "s3:///key": "has no bucket", "gs://photos": "gs:// is not supported",
		"s3://arn:aws:s3:::photos/2026":               "is no access point",
		"s3://arn:aws:s3:eu-west-1:1:accesspoint":     "is no access point",
		"s3://arn:aws:s3:eu-west-1:1:accesspoint//in": "has no name",
	} {
		var l location
		if err := l.UnmarshalText([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", text, err, want)
		}
	}
}

// A recorder keeps the requests, and answers them by 404.
type recorder struct{ requests []*http.Request }

func (r *recorder) Do(request *http.Request) (*http.Response, error) {
	r.requests = append(r.requests, request)
	return &http.Response{StatusCode: http.StatusNotFound, Header: make(http.Header), Body: http.NoBody}, nil
}

// TestAccessPoint checks what is sent for a location of an access point in another region than the client's, what is copied
// from it, and that events name a bucket which is not known.
func TestAccessPoint(t *testing.T) {
	for name, value := range map[string]string{"AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x", "AWS_REGION": "us-east-1"} {
		t.Setenv(name, value)
	}
	client, err := newS3Client(t.Context())
	must(t, err)
	sent := new(recorder)
	client = s3.New(client.Options(), func(o *s3.Options) { o.HTTPClient = sent })
	var at location
	must(t, at.UnmarshalText([]byte("s3://"+accessPoint+"/2026")))
	if _, err := (originals.S3{Client: client, Bucket: at.bucket, Prefix: at.prefix}).Stat(t.Context(), "cat.jpg"); err == nil {
		t.Error("a missing original is there")
	}
	if got, want := sent.requests[0].URL.String(), "https://photos-123456789012.s3-accesspoint.eu-west-1.amazonaws.com/2026/cat.jpg"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	store := quarantine.S3{Client: client, Bucket: "quarantine", OriginalsBucket: at.bucket, OriginalsPrefix: at.prefix}
	sent.requests = nil
	store.Put(t.Context(), quarantine.Case{Original: "a cat.jpg"})
	if got, want := sent.requests[0].Header.Get("X-Amz-Copy-Source"), accessPoint+"/object/2026/a%20cat.jpg"; got != want {
		t.Errorf("copy: got %s, want %s", got, want)
	}
	if got := at.eventBucket(); got != "" {
		t.Errorf("events are to name %s", got)
	}
	if _, err := new(uploadPolicyFlags).presigner(t.Context(), new(resources), at); err == nil {
		t.Error("uploads are promised")
	}
}
