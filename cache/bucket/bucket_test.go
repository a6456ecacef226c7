package bucket_test

import (
	"context"
	"crypto/md5"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/imgorigin/imgorigin/cache/bucket"
)

// newServer returns a client of a server that answers every request with handler.
func newServer(t *testing.T, handler http.HandlerFunc) *s3.Client {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return bucket.NewClient(aws.Config{
		Region: "us-east-1", BaseEndpoint: &server.URL,
		Credentials: credentials.NewStaticCredentialsProvider("key", "secret", ""),
	}, func(o *s3.Options) { o.UsePathStyle = true })
}

// answer returns the error of a GET that is answered with a status and a code.
func answer(t *testing.T, status int, code string) error {
	t.Helper()
	client := newServer(t, func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(status)
		if code != "" {
			fmt.Fprintf(w, "<Error><Code>%s</Code></Error>", code)
		}
	})
	_, err := client.GetObject(t.Context(), &s3.GetObjectInput{Bucket: aws.String("photos"), Key: aws.String("cat.jpg")},
		func(o *s3.Options) { o.Retryer = aws.NopRetryer{} })
	if err == nil {
		t.Fatalf("%d %s: got no error", status, code)
	}
	return err
}

func TestExplain(t *testing.T) {
	for _, test := range []struct {
		act, code string
		status    int
		absent    bool   // the error matches fs.ErrNotExist
		want      string // in the text of the error
	}{
		{"get", "NoSuchKey", 404, true, "s3 get photos/cat.jpg: file does not exist"},
		{"head", "", 404, true, "s3 head photos/cat.jpg: file does not exist"},
		{"get", "", 404, false, "404"}, // which may be of a proxy
		{"copy", "NoSuchKey", 404, true, "s3 copy photos/cat.jpg: file does not exist"},
		{"get", "NoSuchBucket", 404, false, "NoSuchBucket"},
		{"get", "AccessDenied", 403, false, "s3 get photos/cat.jpg (does the role have s3:GetObject and s3:ListBucket?"},
		{"head", "", 403, false, "s3:ListBucket"},
		{"put", "AccessDenied", 403, false, "(does the role have s3:PutObject?): "},
		{"list", "AccessDenied", 403, false, "(does the role have s3:ListBucket?): "},
		{"delete below", "AccessDenied", 403, false, "s3 delete below photos/cat.jpg (does the role have s3:DeleteObject?): "},
		{"copy", "AccessDenied", 403, false, "s3:GetObject where the object is"},
		{"get", "SlowDown", 503, false, "SlowDown"},
	} {
		err := bucket.Explain(test.act, "photos", "cat.jpg", answer(t, test.status, test.code))
		if errors.Is(err, fs.ErrNotExist) != test.absent || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s, %d %s: got %v, want %q in it, and fs.ErrNotExist %t",
				test.act, test.status, test.code, err, test.want, test.absent)
		}
		if !test.absent && bucket.Status(err) != test.status {
			t.Errorf("%s, %d %s: got status %d", test.act, test.status, test.code, bucket.Status(err))
		}
	}
	if err := bucket.Explain("get", "photos", "cat.jpg", nil); err != nil {
		t.Errorf("of no error: got %v", err)
	}
	if err := bucket.Explain("get", "photos", "cat.jpg", io.ErrUnexpectedEOF); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("of an error that is no answer: got %v", err)
	}
}

// A 404 without a code is of the object if the bucket is there.
func TestConfirm(t *testing.T) {
	for _, test := range []struct {
		what, code string
		bucket     int // status of the HEAD of the bucket
		absent     bool
		requests   int64
	}{
		{"NoSuchKey", "NoSuchKey", 404, true, 1},
		{"no code, and the bucket is there", "", 200, true, 2},
		{"no code, and no bucket", "", 404, false, 2},
		{"no code, and the bucket is forbidden", "", 403, false, 2},
		{"NoSuchBucket", "NoSuchBucket", 200, false, 1},
	} {
		var requests atomic.Int64
		client := newServer(t, func(w http.ResponseWriter, r *http.Request) {
			requests.Add(1)
			if r.Method == http.MethodHead {
				w.WriteHeader(test.bucket)
				return
			}
			w.WriteHeader(http.StatusNotFound)
			if test.code != "" {
				fmt.Fprintf(w, "<Error><Code>%s</Code></Error>", test.code)
			}
		})
		_, err := client.GetObject(t.Context(), &s3.GetObjectInput{Bucket: aws.String("photos"), Key: aws.String("cat.jpg")})
		err = bucket.Explain("get", "photos", "cat.jpg", bucket.Confirm(t.Context(), client, "photos", err))
		isOutage, n := bucket.IsOutage(err), requests.Load()
		if errors.Is(err, fs.ErrNotExist) != test.absent || isOutage == test.absent || n != test.requests {
			t.Errorf("%s: got %v, outage %t, %d requests, want absent %t, %d", test.what, err, isOutage, n, test.absent, test.requests)
		}
	}
	if err := bucket.Confirm(t.Context(), nil, "photos", nil); err != nil {
		t.Errorf("of no error: got %v", err)
	}
}

func TestStatusAndCode(t *testing.T) {
	err := answer(t, 404, "NoSuchBucket")
	if status, code := bucket.Status(err), bucket.Code(err); status != 404 || code != "NoSuchBucket" {
		t.Errorf("got %d %q, want 404 NoSuchBucket", status, code)
	}
	if status, code := bucket.Status(io.EOF), bucket.Code(io.EOF); status != 0 || code != "" {
		t.Errorf("of no answer: got %d %q, want none", status, code)
	}
}

func TestIsOutage(t *testing.T) {
	_, missing := os.Open(filepath.Join(t.TempDir(), "no"))
	for _, test := range []struct {
		err  error
		want bool
	}{
		{nil, false},
		{missing, false},
		{&os.PathError{Op: "open", Err: os.ErrPermission}, false},
		{context.Canceled, false},
		{fmt.Errorf("get: %w", errors.New("damaged")), false},
		{answer(t, 403, "AccessDenied"), false},
		{answer(t, 404, "NoSuchKey"), false},
		{answer(t, 408, ""), true},
		{answer(t, 429, ""), true},
		{bucket.Explain("get", "photos", "cat.jpg", answer(t, 503, "SlowDown")), true},
		{context.DeadlineExceeded, true},
		{&url.Error{Op: "Get", Err: io.EOF}, true},
		{fmt.Errorf("get: %w", &net.OpError{Op: "read", Err: errors.New("reset")}), true},
		{io.ErrUnexpectedEOF, true},
	} {
		if got := bucket.IsOutage(test.err); got != test.want {
			t.Errorf("%v: got %v", test.err, got)
		}
	}
}

// TestScopeOfAnswers has the refusals of S3, as the SDK reports them.
func TestScopeOfAnswers(t *testing.T) {
	for _, test := range []struct {
		status int
		code   string
		want   bucket.Scope
	}{
		{404, "NoSuchKey", bucket.OfKey},
		{404, "NoSuchBucket", bucket.OfBucket},
		{404, "", bucket.OfBucket},
		{403, "AccessDenied", bucket.OfKey},
		{403, "InvalidObjectState", bucket.OfKey},
		{403, "InvalidAccessKeyId", bucket.OfBucket},
		{403, "SignatureDoesNotMatch", bucket.OfBucket},
		{400, "ExpiredToken", bucket.OfBucket},
		{400, "KeyTooLongError", bucket.OfKey},
		{301, "PermanentRedirect", bucket.OfBucket},
		{429, "", bucket.OfBucket},
		{500, "InternalError", bucket.OfBucket},
		{503, "SlowDown", bucket.OfBucket},
	} {
		err := bucket.Explain("get", "photos", "cat.jpg", answer(t, test.status, test.code))
		if test.code == "NoSuchKey" && !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%d %s: got %v, want fs.ErrNotExist", test.status, test.code, err)
		}
		if got := bucket.ScopeOf(err); got != test.want {
			t.Errorf("%d %s: got %v, want %v", test.status, test.code, got, test.want)
		}
	}
	if got := bucket.ScopeOf(fmt.Errorf("get: %w", context.Canceled)); got != bucket.OfCaller {
		t.Errorf("canceled: got %v, want OfCaller", got)
	}
}

func TestMD5(t *testing.T) {
	sum := md5.Sum([]byte("cat"))
	tag := aws.String(`"` + hex.EncodeToString(sum[:]) + `"`)
	const general, directory, accessPoint = "photos", "photos--usw2-az1--x-s3", "photos--usw2-az1--xa-s3"
	const (
		s3Keys = types.ServerSideEncryptionAes256
		kms    = types.ServerSideEncryptionAwsKms
		dsse   = types.ServerSideEncryptionAwsKmsDsse
		parts  = `"0123456789abcdef0123456789abcdef-2"`
	)
	for name, test := range map[string]struct {
		bucket string
		out    s3.GetObjectOutput
		want   bool
	}{
		"put in one part":         {general, s3.GetObjectOutput{ETag: tag}, true},
		"without quotes":          {general, s3.GetObjectOutput{ETag: aws.String(hex.EncodeToString(sum[:]))}, true},
		"S3's own keys":           {general, s3.GetObjectOutput{ETag: tag, ServerSideEncryption: s3Keys}, true},
		"put in two parts":        {general, s3.GetObjectOutput{ETag: aws.String(parts)}, false},
		"no tag":                  {general, s3.GetObjectOutput{}, false},
		"a tag of another length": {general, s3.GetObjectOutput{ETag: aws.String(`"0123456789abcdef"`)}, false},
		"a weak tag":              {general, s3.GetObjectOutput{ETag: aws.String("W/" + *tag)}, false},
		"directory bucket":        {directory, s3.GetObjectOutput{ETag: tag}, false},
		"its access point":        {accessPoint, s3.GetObjectOutput{ETag: tag}, false},
		"SSE-KMS":                 {general, s3.GetObjectOutput{ETag: tag, SSEKMSKeyId: aws.String("key")}, false},
		"SSE-KMS without a name":  {general, s3.GetObjectOutput{ETag: tag, ServerSideEncryption: kms}, false},
		"DSSE-KMS":                {general, s3.GetObjectOutput{ETag: tag, ServerSideEncryption: dsse}, false},
		"SSE-C":                   {general, s3.GetObjectOutput{ETag: tag, SSECustomerAlgorithm: aws.String("AES256")}, false},
	} {
		got, ok := bucket.MD5(test.bucket, &test.out)
		if ok != test.want || ok && string(got) != string(sum[:]) {
			t.Errorf("%s: got %x, %t, want %t", name, got, ok, test.want)
		}
	}
}

// A burst of failures is retried ten times in all; then each request is sent once.
func TestClientRetriesRarely(t *testing.T) {
	var requests atomic.Int64
	client := newServer(t, func(w http.ResponseWriter, r *http.Request) {
		requests.Add(1)
		w.WriteHeader(http.StatusInternalServerError)
	})
	const calls = 15
	for range calls {
		_, err := client.GetObject(t.Context(), &s3.GetObjectInput{Bucket: aws.String("photos"), Key: aws.String("cat.jpg")},
			func(o *s3.Options) {
				o.Retryer = noWait{o.Retryer.(aws.RetryerV2)}
			})
		if bucket.Status(err) != 500 {
			t.Fatalf("got %v, want the 500", err)
		}
	}
	if got := requests.Load() - calls; got != 10 {
		t.Errorf("got %d retries of %d requests that failed, want 10", got, calls)
	}
}

// noWait is a retryer that retries at once.
type noWait struct{ aws.RetryerV2 }

func (noWait) RetryDelay(int, error) (time.Duration, error) { return 0, nil }

// A signature that the bucket accepts is broken for one key only.
func TestConfirmSignature(t *testing.T) {
	for head, want := range map[int]bucket.Scope{200: bucket.OfKey, 403: bucket.OfBucket, 503: bucket.OfBucket} {
		client := newServer(t, func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodHead {
				w.WriteHeader(head)
				return
			}
			w.WriteHeader(http.StatusForbidden)
			fmt.Fprint(w, "<Error><Code>SignatureDoesNotMatch</Code></Error>")
		})
		_, err := client.GetObject(t.Context(), &s3.GetObjectInput{Bucket: aws.String("photos"), Key: aws.String("a//b.jpg")})
		err = bucket.Explain("get", "photos", "a//b.jpg", bucket.Confirm(t.Context(), client, "photos", err))
		isRefusal := bucket.Refusal(err) != ""
		if got := bucket.ScopeOf(err); got != want || isRefusal != (want == bucket.OfBucket) {
			t.Errorf("the bucket answers %d: got %v, %v, %q", head, err, got, bucket.Refusal(err))
		}
	}
}
