package cachetest

import (
	"cmp"
	"encoding/xml"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// A listing is the answer to ListObjectsV2.
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
	w.Header().Set("Content-Type", "application/xml")
	if err := xml.NewEncoder(w).Encode(s.page(query, bucket, min(most, 1000))); err != nil {
		panic(err) // strings and numbers always encode
	}
}

// page returns the next keys of a bucket that the query selects, at most so many.
func (s *S3) page(query url.Values, bucket string, most int) (out listing) {
	encode := func(key string) string { return key }
	if query.Get("encoding-type") == "url" {
		encode = url.QueryEscape
	}
	start, delimiter := query.Get("prefix"), query.Get("delimiter")
	after := max(query.Get("continuation-token"), query.Get("start-after"))
	for _, key := range s.Keys(bucket) {
		rest, ok := strings.CutPrefix(key, start)
		if !ok || key <= after {
			continue
		}
		if out.KeyCount == most {
			out.IsTruncated, out.Next = true, after
			break
		}
		out.KeyCount++
		if name, _, deeper := strings.Cut(rest, delimiter); delimiter != "" && deeper {
			folder := start + name + delimiter
			out.Prefixes = append(out.Prefixes, prefix{encode(folder)})
			after = folder + "\U0010FFFF" // sorts after every key in the folder
			continue
		}
		after = key
		o, _ := s.Object(bucket, key)
		modified := o.Modified.UTC().Format("2006-01-02T15:04:05.000Z")
		out.Contents = append(out.Contents, listed{encode(key), o.ETag(), len(o.Body), modified})
	}
	return out
}
