package cachetest

import (
	"bytes"
	"crypto/md5"
	"encoding/base64"
	"encoding/binary"
	"encoding/xml"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"net/http"
	"strings"
	"time"
)

// ServeHTTP answers a request of the S3 protocol, with the bucket in the path.
func (s *S3) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	bucket, key, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	operation := operationOf(r, key)
	s.mu.Lock()
	s.counts[operation]++
	intercept := s.intercept
	exists := s.buckets[bucket] != nil
	s.mu.Unlock()
	if intercept != nil && intercept(w, r) {
		return
	}
	if !exists && operation != "create-bucket" {
		refuse(w, http.StatusNotFound, "NoSuchBucket")
		return
	}
	switch operation {
	case "create-bucket":
		s.CreateBucket(bucket)
	case "head-bucket":
	case "get", "head":
		s.get(w, r, bucket, key)
	case "put":
		s.put(w, r, bucket, key)
	case "delete":
		s.DeleteObject(bucket, key)
		w.WriteHeader(http.StatusNoContent)
	case "list":
		s.list(w, r.URL.Query(), bucket)
	case "delete-many":
		s.deleteMany(w, r, bucket)
	case "notifications":
		s.mu.Lock()
		defer s.mu.Unlock()
		fmt.Fprintf(w, "<NotificationConfiguration>%s</NotificationConfiguration>", s.notifies[bucket])
	default:
		refuse(w, http.StatusNotImplemented, "NotImplemented")
	}
}

// operationOf returns the name of the operation that a request is for, or "other" when the server does not speak it.
func operationOf(r *http.Request, key string) string {
	query := r.URL.Query()
	query.Del("x-id") // the SDK's name of the operation
	switch {
	case r.Method == http.MethodPost && query.Has("delete"):
		return "delete-many"
	case r.Method == http.MethodGet && query.Get("list-type") == "2":
		return "list"
	case r.Method == http.MethodGet && query.Has("notification"):
		return "notifications"
	case len(query) > 0 || r.Header.Get("X-Amz-Copy-Source") != "": // tagging, parts, versions
		return "other"
	case r.Method == http.MethodPut && key == "":
		return "create-bucket"
	case r.Method == http.MethodHead && key == "":
		return "head-bucket"
	case key == "" || r.Method == http.MethodPost:
		return "other"
	}
	return strings.ToLower(r.Method)
}

func refuse(w http.ResponseWriter, status int, code string) {
	w.Header().Set("Content-Type", "application/xml")
	w.WriteHeader(status)
	fmt.Fprintf(w, "<Error><Code>%s</Code><Message>from the test server</Message></Error>", code)
}

func (s *S3) get(w http.ResponseWriter, r *http.Request, bucket, key string) {
	o, ok := s.Object(bucket, key)
	if !ok {
		refuse(w, http.StatusNotFound, "NoSuchKey")
		return
	}
	for name, values := range o.Header {
		w.Header()[name] = values
	}
	w.Header().Set("ETag", o.ETag())
	if r.Header.Get("X-Amz-Checksum-Mode") == "ENABLED" && r.Header.Get("Range") == "" {
		w.Header().Set("X-Amz-Checksum-Crc32", crc(o.Body))
	}
	http.ServeContent(w, r, "", o.Modified, bytes.NewReader(o.Body))
}

func (s *S3) put(w http.ResponseWriter, r *http.Request, bucket, key string) {
	body, err := readBody(r)
	if err != nil {
		refuse(w, http.StatusBadRequest, err.Error())
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
	if _, taken := s.buckets[bucket][key]; taken && r.Header.Get("If-None-Match") == "*" {
		refuse(w, http.StatusPreconditionFailed, "PreconditionFailed")
		return
	}
	s.buckets[bucket][key] = o
	w.Header().Set("ETag", o.ETag())
}

// readBody reads the body of a put and checks it against the checksums in the headers. The text of an error is a code
// of S3's.
func readBody(r *http.Request) ([]byte, error) {
	if strings.Contains(r.Header.Get("Content-Encoding"), "aws-chunked") {
		return nil, errors.New("NotImplemented") // the SDK sends chunks only over TLS
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, errors.New("IncompleteBody")
	}
	sum := md5.Sum(body)
	for name, got := range map[string]string{
		"Content-Md5": base64.StdEncoding.EncodeToString(sum[:]), "X-Amz-Checksum-Crc32": crc(body),
	} {
		if want := r.Header.Get(name); want != "" && want != got {
			return nil, errors.New("BadDigest")
		}
	}
	return body, nil
}

// crc returns the checksum of a body that the SDK sends and asks for: CRC-32 in base64.
func crc(body []byte) string {
	return base64.StdEncoding.EncodeToString(binary.BigEndian.AppendUint32(nil, crc32.ChecksumIEEE(body)))
}

func (s *S3) deleteMany(w http.ResponseWriter, r *http.Request, bucket string) {
	var doomed struct {
		Object []struct{ Key string }
	}
	if err := xml.NewDecoder(r.Body).Decode(&doomed); err != nil || len(doomed.Object) > 1000 {
		refuse(w, http.StatusBadRequest, "MalformedXML")
		return
	}
	for _, object := range doomed.Object {
		s.DeleteObject(bucket, object.Key)
	}
	w.Header().Set("Content-Type", "application/xml")
	fmt.Fprint(w, "<DeleteResult></DeleteResult>")
}
