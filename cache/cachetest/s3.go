package cachetest

import (
	"crypto/md5"
	"encoding/hex"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// S3 is a small server that speaks enough of S3 for originals and variants: objects with their metadata and
// checksums, ranges and conditions, lists with prefix, delimiter and pages, and deletions. What it does not speak it
// refuses with 501. It counts what it is asked, and can be made to fail. It is safe for concurrent use.
type S3 struct {
	URL string

	mu        sync.Mutex
	buckets   map[string]map[string]Object
	counts    map[string]int
	intercept func(http.ResponseWriter, *http.Request) bool
}

// An Object is what a bucket holds under a key.
type Object struct {
	Body     []byte
	Header   http.Header // Content-Type, Cache-Control and X-Amz-Meta-…
	Modified time.Time
}

// ETag is the MD5 of the body, as S3 gives for an object put in one part.
func (o Object) ETag() string {
	sum := md5.Sum(o.Body)
	return `"` + hex.EncodeToString(sum[:]) + `"`
}

// NewS3 starts a server on loopback that ends with the test.
func NewS3(t testing.TB) *S3 {
	s := &S3{buckets: make(map[string]map[string]Object), counts: make(map[string]int)}
	door := httptest.NewServer(s)
	t.Cleanup(door.Close)
	s.URL = door.URL
	return s
}

// Client returns a client of the server, which does not retry.
func (s *S3) Client() *s3.Client { return ClientOf(s.URL) }

// ClientOf returns a client of a server that speaks S3, with credentials that NewS3 does not look at.
func ClientOf(endpoint string) *s3.Client {
	return s3.New(s3.Options{
		BaseEndpoint: &endpoint, Region: "us-east-1", UsePathStyle: true,
		Credentials:                credentials.NewStaticCredentialsProvider("key", "secret", ""),
		Retryer:                    aws.NopRetryer{},
		RequestChecksumCalculation: aws.RequestChecksumCalculationWhenSupported,
		ResponseChecksumValidation: aws.ResponseChecksumValidationWhenSupported,
	})
}

// CreateBucket makes an empty bucket, or leaves one that is there as it is.
func (s *S3) CreateBucket(bucket string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.buckets[bucket] == nil {
		s.buckets[bucket] = make(map[string]Object)
	}
}

// PutObject puts an object into a bucket that is there, without a request. It keeps body.
func (s *S3) PutObject(bucket, key string, body []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.buckets[bucket][key] = Object{Body: body, Header: make(http.Header), Modified: time.Now()}
}

// DeleteObject deletes an object without a request.
func (s *S3) DeleteObject(bucket, key string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.buckets[bucket], key)
}

// Object returns an object without a request.
func (s *S3) Object(bucket, key string) (Object, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	o, ok := s.buckets[bucket][key]
	return o, ok
}

// Keys returns the keys of a bucket in order.
func (s *S3) Keys(bucket string) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Sorted(maps.Keys(s.buckets[bucket]))
}

// Count returns how often an operation was asked for, and perhaps refused: get, head, put, delete, list,
// delete-many or create-bucket.
func (s *S3) Count(operation string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.counts[operation]
}

// Intercept lets f answer requests before the server does, from now on; when f returns false, the server answers,
// with what f set of the header. nil ends it.
func (s *S3) Intercept(f func(http.ResponseWriter, *http.Request) bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.intercept = f
}
