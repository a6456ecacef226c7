package cachetest

import (
	"cmp"
	"crypto/md5"
	"encoding/base64"
	"encoding/hex"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// S3 is a small server that speaks enough of S3 for originals and variants: objects with their metadata and tags,
// lists with prefix, delimiter and pages, and deletions. It counts what it is asked, and can be made to fail.
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

// CreateBucket makes an empty bucket.
func (s *S3) CreateBucket(bucket string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.buckets[bucket] = make(map[string]Object)
}

// PutObject puts an object without a request.
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
	keys := make([]string, 0, len(s.buckets[bucket]))
	for key := range s.buckets[bucket] {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

// Count returns how often an operation was asked for: get, head, put, delete, list or delete-many.
func (s *S3) Count(operation string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.counts[operation]
}

// Intercept lets f answer requests before the server does; false leaves one to the server. nil ends it.
func (s *S3) Intercept(f func(http.ResponseWriter, *http.Request) bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.intercept = f
}

// ServeHTTP is the server.
func (s *S3) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	bucket, key, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	operation := operationOf(r, key)
	s.mu.Lock()
	s.counts[operation]++
	intercept := s.intercept
	objects, exists := s.buckets[bucket]
	s.mu.Unlock()
	if intercept != nil && intercept(w, r) {
		return
	}
	if operation == "create-bucket" {
		s.CreateBucket(bucket)
		return
	}
	if !exists {
		refuse(w, http.StatusNotFound, "NoSuchBucket")
		return
	}
	switch operation {
	case "get", "head":
		s.mu.Lock()
		o, ok := objects[key]
		s.mu.Unlock()
		if !ok {
			refuse(w, http.StatusNotFound, "NoSuchKey")
			return
		}
		for name, values := range o.Header {
			w.Header()[name] = values
		}
		w.Header().Set("ETag", o.ETag())
		http.ServeContent(w, r, "", o.Modified, strings.NewReader(string(o.Body)))
	case "put":
		s.put(w, r, objects, key)
	case "delete":
		s.DeleteObject(bucket, key)
		w.WriteHeader(http.StatusNoContent)
	case "list":
		s.list(w, r.URL.Query(), bucket)
	case "delete-many":
		s.deleteMany(w, r, bucket)
	default:
		refuse(w, http.StatusNotImplemented, "NotImplemented")
	}
}

func operationOf(r *http.Request, key string) string {
	switch {
	case r.Method == http.MethodPost && r.URL.Query().Has("delete"):
		return "delete-many"
	case r.Method == http.MethodPut && key == "":
		return "create-bucket"
	case r.Method == http.MethodGet && key == "":
		return "list"
	}
	return strings.ToLower(r.Method)
}

func refuse(w http.ResponseWriter, status int, code string) {
	w.Header().Set("Content-Type", "application/xml")
	w.WriteHeader(status)
	fmt.Fprintf(w, "<Error><Code>%s</Code></Error>", code)
}

func (s *S3) put(w http.ResponseWriter, r *http.Request, objects map[string]Object, key string) {
	body, err := io.ReadAll(r.Body)
	if err == nil && strings.Contains(r.Header.Get("Content-Encoding"), "aws-chunked") {
		body, err = unchunk(body)
	}
	if given := r.Header.Get("Content-Md5"); err == nil && given != "" {
		if sum := md5.Sum(body); base64.StdEncoding.EncodeToString(sum[:]) != given {
			err = fmt.Errorf("BadDigest")
		}
	}
	if err != nil {
		refuse(w, http.StatusBadRequest, "IncompleteBody")
		return
	}
	o := Object{Body: body, Header: make(http.Header), Modified: time.Now()}
	for name, values := range r.Header {
		if name == "Content-Type" || name == "Cache-Control" || strings.HasPrefix(name, "X-Amz-Meta-") {
			o.Header[name] = values
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, taken := objects[key]; taken && r.Header.Get("If-None-Match") == "*" {
		refuse(w, http.StatusPreconditionFailed, "PreconditionFailed")
		return
	}
	objects[key] = o
	w.Header().Set("ETag", o.ETag())
}

// unchunk takes the body out of its aws-chunked encoding: a length in hexadecimal, perhaps a signature, the
// bytes, until a length of zero and trailers.
func unchunk(b []byte) ([]byte, error) {
	var out []byte
	for {
		line, rest, ok := strings.Cut(string(b), "\r\n")
		size, _, _ := strings.Cut(line, ";")
		n, err := strconv.ParseUint(size, 16, 31)
		switch {
		case !ok || err != nil || uint64(len(rest)) < n:
			return nil, io.ErrUnexpectedEOF
		case n == 0:
			return out, nil
		}
		out = append(out, rest[:n]...)
		b = []byte(strings.TrimPrefix(rest[n:], "\r\n"))
	}
}

type listing struct {
	XMLName     xml.Name `xml:"ListBucketResult"`
	IsTruncated bool
	Next        string `xml:"NextContinuationToken,omitempty"`
	KeyCount    int
	Contents    []listed
	Prefixes    []prefix `xml:"CommonPrefixes"`
}

type listed struct {
	Key          string
	ETag         string
	Size         int
	LastModified string
}

type prefix struct{ Prefix string }

func (s *S3) list(w http.ResponseWriter, query url.Values, bucket string) {
	most, err := strconv.Atoi(cmp.Or(query.Get("max-keys"), "1000"))
	if err != nil {
		refuse(w, http.StatusBadRequest, "InvalidArgument")
		return
	}
	encode := func(key string) string {
		if query.Get("encoding-type") == "url" {
			return url.QueryEscape(key)
		}
		return key
	}
	after := max(query.Get("continuation-token"), query.Get("start-after"))
	var out listing
	seen := make(map[string]bool)
	last := ""
	for _, key := range s.Keys(bucket) {
		rest, ok := strings.CutPrefix(key, query.Get("prefix"))
		if !ok || key <= after {
			continue
		}
		if out.KeyCount == most {
			out.IsTruncated, out.Next = true, last
			break
		}
		folder := ""
		if delimiter := query.Get("delimiter"); delimiter != "" {
			if before, _, found := strings.Cut(rest, delimiter); found {
				folder = query.Get("prefix") + before + delimiter
			}
		}
		last = key
		switch {
		case folder == "":
			out.Contents = append(out.Contents, s.describe(bucket, key, encode))
			out.KeyCount++
		case !seen[folder]:
			seen[folder] = true
			out.Prefixes = append(out.Prefixes, prefix{encode(folder)})
			out.KeyCount++
		}
	}
	w.Header().Set("Content-Type", "application/xml")
	if err := xml.NewEncoder(w).Encode(out); err != nil {
		panic(err) // strings and numbers always encode
	}
}

func (s *S3) describe(bucket, key string, encode func(string) string) listed {
	o, _ := s.Object(bucket, key)
	return listed{encode(key), o.ETag(), len(o.Body), o.Modified.UTC().Format("2006-01-02T15:04:05.000Z")}
}

func (s *S3) deleteMany(w http.ResponseWriter, r *http.Request, bucket string) {
	var doomed struct {
		Object []struct{ Key string }
	}
	if err := xml.NewDecoder(r.Body).Decode(&doomed); err != nil {
		refuse(w, http.StatusBadRequest, "MalformedXML")
		return
	}
	for _, one := range doomed.Object {
		s.DeleteObject(bucket, one.Key)
	}
	w.Header().Set("Content-Type", "application/xml")
	fmt.Fprint(w, "<DeleteResult></DeleteResult>")
}
