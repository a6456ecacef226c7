package cachetest

import (
	"crypto/md5"
	"encoding/hex"
	"fmt"
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

// S3 is a small server that speaks enough of the S3 protocol for originals and variants: objects with their metadata
// and checksums, ranges and conditions, lists with prefix, delimiter and pages, and deletions. It tells how the
// notifications of a bucket are configured, and sends none. It refuses other operations with 501, so that no test takes
// them for done. It counts requests, and Intercept makes it fail. It is safe for concurrent use.
type S3 struct {
	URL string

	mu        sync.Mutex
	buckets   map[string]map[string]Object
	notifies  map[string]string // configurations of notifications, as XML
	counts    map[string]int
	intercept func(http.ResponseWriter, *http.Request) bool
}

// An Object is an object in a bucket.
type Object struct {
	Body     []byte
	Header   http.Header // Content-Type, Cache-Control and X-Amz-Meta-…
	Modified time.Time
}

// ETag returns the quoted MD5 of the body, as S3 does for an object put in one part.
func (o Object) ETag() string {
	sum := md5.Sum(o.Body)
	return `"` + hex.EncodeToString(sum[:]) + `"`
}

// NewS3 starts a server on loopback, without buckets, that is closed when the test ends.
func NewS3(t testing.TB) *S3 {
	s := &S3{buckets: make(map[string]map[string]Object), notifies: make(map[string]string), counts: make(map[string]int)}
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	s.URL = server.URL
	return s
}

// Client returns a client of the server, which does not retry.
func (s *S3) Client() *s3.Client { return ClientOf(s.URL) }

// ClientOf returns a client of any server that speaks S3, which does not retry. Its credentials are made up, and a
// server of NewS3 does not check them.
func ClientOf(endpoint string) *s3.Client {
	return s3.New(s3.Options{
		BaseEndpoint: &endpoint, Region: "us-east-1", UsePathStyle: true,
		Credentials:                credentials.NewStaticCredentialsProvider("key", "secret", ""),
		Retryer:                    aws.NopRetryer{},
		RequestChecksumCalculation: aws.RequestChecksumCalculationWhenSupported,
		ResponseChecksumValidation: aws.ResponseChecksumValidationWhenSupported,
	})
}

// CreateBucket makes an empty bucket. A bucket that exists stays as it is.
func (s *S3) CreateBucket(bucket string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.buckets[bucket] == nil {
		s.buckets[bucket] = make(map[string]Object)
	}
}

// SetNotifications sets what is in the NotificationConfiguration of a bucket, as the XML of the protocol.
func (s *S3) SetNotifications(bucket, configuration string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.notifies[bucket] = configuration
}

// PutObject puts an object into a bucket that exists, without a request. It keeps body, which nobody may modify.
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

// Count returns the number of requests for an operation, refused ones included: get, head, put, delete, list,
// delete-many or create-bucket.
func (s *S3) Count(operation string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.counts[operation]
}

// Intercept makes the server call f for each request from now on. When f returns true, it has answered; when it
// returns false, the server answers, with the headers that f has set. Intercept(nil) ends it.
func (s *S3) Intercept(f func(http.ResponseWriter, *http.Request) bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.intercept = f
}

// Notification is the configuration, for [S3.SetNotifications], by which a bucket sends an event about keys with a prefix to a queue.
func Notification(queue, event, prefix string) string {
	const format = `<QueueConfiguration><Queue>arn:aws:sqs:us-east-1:000000000000:%s</Queue><Event>s3:%s</Event>` +
		`<Filter><S3Key><FilterRule><Name>Prefix</Name><Value>%s</Value></FilterRule></S3Key></Filter></QueueConfiguration>`
	return fmt.Sprintf(format, queue, event, prefix)
}
