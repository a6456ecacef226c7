package storage

import (
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/imgorigin/imgorigin/cmd/imgorigin/cloud"
	"github.com/imgorigin/imgorigin/server/originals"
	"github.com/imgorigin/imgorigin/server/warm/quarantine"
)

const accessPoint = "arn:aws:s3:eu-west-1:123456789012:accesspoint/photos"

func TestLocations(t *testing.T) {
	outpost := "arn:aws:s3-outposts:eu-west-1:123456789012:outpost/op-1/accesspoint/photos"
	for text, want := range map[string]Location{
		"none":                                    {},
		"/var/photos":                             {Folder: "/var/photos"},
		"s3://photos":                             {Bucket: "photos"},
		"s3://photos/2026":                        {Bucket: "photos", Prefix: "2026/"},
		"s3://photos/2026/in/":                    {Bucket: "photos", Prefix: "2026/in/"},
		"s3://arn":                                {Bucket: "arn"},
		"gs://photos/2026":                        {Bucket: "photos", Prefix: "2026/", Options: Options{IsGoogle: true}},
		"s3://" + accessPoint:                     {Bucket: accessPoint},
		"s3://" + accessPoint + "/":               {Bucket: accessPoint},
		"s3://" + accessPoint + "/2026/":          {Bucket: accessPoint, Prefix: "2026/"},
		"s3://" + accessPoint + "/a/b":            {Bucket: accessPoint, Prefix: "a/b/"},
		"s3://" + outpost + "/a/b":                {Bucket: outpost, Prefix: "a/b/"},
		"s3://arn:aws:s3::1:accesspoint:m.mrap/a": {Bucket: "arn:aws:s3::1:accesspoint:m.mrap", Prefix: "a/"},
	} {
		var got, again Location
		if err := got.UnmarshalText([]byte(text)); err != nil || got != want {
			t.Errorf("%s: got %+v, %v, want %+v", text, got, err, want)
		}
		if err := again.UnmarshalText([]byte(got.String())); err != nil || again != want {
			t.Errorf("%s: %s is %+v, %v", text, got, again, err)
		}
	}
	for text, want := range map[string]string{
		"s3://": "has no bucket", "s3:///key": "has no bucket", "ftp://photos": "ftp:// is not supported", "gs://": "has no bucket",
		"s3://arn:aws:s3:::photos/2026":               "is not an access point",
		"s3://arn:aws:s3:eu-west-1:1:accesspoint":     "is not an access point",
		"s3://arn:aws:s3:eu-west-1:1:accesspoint//in": "lacks the name",
	} {
		var l Location
		if err := l.UnmarshalText([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", text, err, want)
		}
	}
}

// Options of a bucket change the requests for it.
func TestBucketOptions(t *testing.T) {
	for name, value := range map[string]string{"AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x", "AWS_REGION": "us-east-1"} {
		t.Setenv(name, value)
	}
	const multiRegion = "arn:aws:s3::123456789012:accesspoint/mfzwi23gnjvgw.mrap"
	for _, test := range []struct{ at, endpoint, url, payer string }{
		{"s3://photos/in", "", "https://photos.s3.us-east-1.amazonaws.com/in/cat.jpg", ""},
		{"s3://photos/in?region=eu-west-1", "", "https://photos.s3.eu-west-1.amazonaws.com/in/cat.jpg", ""},
		{"s3://photos?region=eu-west-1&requester=pays", "", "https://photos.s3.eu-west-1.amazonaws.com/cat.jpg", "requester"},
		{"s3://photos/in", "https://oss.example.com", "https://oss.example.com/photos/in/cat.jpg", ""},
		{"s3://photos/in?style=virtual", "https://oss.example.com", "https://photos.oss.example.com/in/cat.jpg", ""},
		{"s3://photos?endpoint=https://r2.example.com&region=auto", "https://oss.example.com", "https://r2.example.com/photos/cat.jpg", ""},
		{"gs://photos/in", "https://oss.example.com", "https://storage.googleapis.com/photos/in/cat.jpg", ""},
		{"s3://" + multiRegion + "/in", "", "https://mfzwi23gnjvgw.mrap.accesspoint.s3-global.amazonaws.com/in/cat.jpg", ""},
	} {
		t.Setenv("AWS_ENDPOINT_URL_S3", test.endpoint)
		client, err := cloud.NewS3(t.Context())
		must(t, err)
		sent := new(recorder)
		r := Resources{client: s3.New(client.Options(), func(o *s3.Options) { o.HTTPClient = sent })}
		var at, again Location
		must(t, at.UnmarshalText([]byte(test.at)))
		if err := again.UnmarshalText([]byte(at.String())); err != nil || again != at {
			t.Errorf("%s: %s is %+v, %v", test.at, at, again, err)
		}
		source, err := r.OpenSource(t.Context(), OriginalsFlags{}, SourceLocation{Location: at})
		must(t, err)
		source.Stat(t.Context(), "cat.jpg")
		if len(sent.requests) == 0 {
			t.Errorf("%s: no request was sent", test.at)
			continue
		}
		request := sent.requests[0]
		isSigned := strings.Contains(request.Header.Get("Authorization"), "x-amz-request-payer") == (test.payer != "")
		if request.URL.String() != test.url || request.Header.Get("X-Amz-Request-Payer") != test.payer || !isSigned {
			t.Errorf("%s: got %s, payer %q, signed as wanted %t, want %s, %q",
				test.at, request.URL, request.Header.Get("X-Amz-Request-Payer"), isSigned, test.url, test.payer)
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
	client, err := cloud.NewS3(t.Context())
	must(t, err)
	sent := new(recorder)
	client = s3.New(client.Options(), func(o *s3.Options) { o.HTTPClient = sent })
	var at Location
	must(t, at.UnmarshalText([]byte("s3://"+accessPoint+"/2026")))
	if _, err := (originals.S3{Client: client, Bucket: at.Bucket, Prefix: at.Prefix}).Stat(t.Context(), "cat.jpg"); err == nil {
		t.Error("a missing original is there")
	}
	if got, want := sent.requests[0].URL.String(), "https://photos-123456789012.s3-accesspoint.eu-west-1.amazonaws.com/2026/cat.jpg"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	store := quarantine.S3{Client: client, Bucket: "quarantine", OriginalsBucket: at.Bucket, OriginalsPrefix: at.Prefix}
	sent.requests = nil
	store.Put(t.Context(), quarantine.Case{Original: "a cat.jpg"})
	if got, want := sent.requests[0].Header.Get("X-Amz-Copy-Source"), accessPoint+"/object/2026/a%20cat.jpg"; got != want {
		t.Errorf("copy: got %s, want %s", got, want)
	}
	if got := at.eventBucket(); got != "" {
		t.Errorf("events are to name %s", got)
	}
}
