package server

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/imgorigin/imgorigin/cache/cachetest"
	"github.com/imgorigin/imgorigin/server/originals"
)

func gzipped(body []byte) []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	z.Write(body)
	z.Close()
	return b.Bytes()
}

// Originals are read as tools and S3 servers store and send them: compressed, labelled as that, without a length, archived.
func TestOriginalsAsTheyAreStored(t *testing.T) {
	jpeg := photo(400, 200, 1)
	compressed := gzipped(jpeg)
	damaged := bytes.Clone(compressed)
	damaged[len(damaged)-6] ^= 1 // of the checksum
	tests := map[string]struct {
		encoding string
		body     []byte
		noLength bool
		status   int
		says     string
	}{
		"plain.jpg":      {"", jpeg, false, http.StatusOK, ""},
		"gzip.jpg":       {"gzip", compressed, false, http.StatusOK, ""},
		"both.jpg":       {"gzip,aws-chunked", compressed, false, http.StatusOK, ""},
		"labelled.jpg":   {"GZIP", jpeg, false, http.StatusOK, ""},
		"chunked.jpg":    {"aws-chunked", jpeg, false, http.StatusOK, ""},
		"length.jpg":     {"", jpeg, true, http.StatusOK, ""},
		"gziplength.jpg": {"gzip", compressed, true, http.StatusOK, ""},
		"br.jpg":         {"br", jpeg, false, http.StatusUnsupportedMediaType, "br"},
		"damaged.jpg":    {"gzip", damaged, false, http.StatusUnsupportedMediaType, "gzip"},
		"bomb.jpg":       {"gzip", gzipped(append(bytes.Clone(jpeg), make([]byte, 40<<20)...)), false, http.StatusUnprocessableEntity, "bytes"},
	}
	s3 := cachetest.NewS3(t)
	s3.CreateBucket("photos")
	for name, test := range tests {
		s3.PutObject("photos", name, test.body)
	}
	s3.Intercept(func(w http.ResponseWriter, r *http.Request) bool {
		test := tests[strings.TrimPrefix(r.URL.Path, "/photos/")]
		if test.encoding != "" {
			w.Header().Set("Content-Encoding", test.encoding)
		}
		if !test.noLength || r.Method != http.MethodGet {
			return false
		}
		w.Header().Set("ETag", `"1"`)
		w.WriteHeader(http.StatusOK)
		w.(http.Flusher).Flush()
		w.Write(test.body)
		return true
	})
	o := start(t, Config{Originals: originals.S3{Client: s3.Client(), Bucket: "photos"}, Revalidate: Never, Memory: 1 << 20})
	for name, test := range tests {
		answer := o.get("/img/" + name + "?w=160")
		if test.status == http.StatusOK {
			answer.want(t, http.StatusOK, 160, 80)
			continue
		}
		answer.want(t, test.status, 0, 0)
		if !strings.Contains(string(answer.body), test.says) {
			t.Errorf("%s: got %s, want it to say %q", name, answer.body, test.says)
		}
	}
	if o.HasOutage() {
		t.Error("the originals count as out")
	}
}

// An archived original is not there for now. What was made of it before is still served.
func TestArchivedOriginals(t *testing.T) {
	s3 := cachetest.NewS3(t)
	s3.CreateBucket("photos")
	s3.PutObject("photos", "cat.jpg", photo(400, 200, 1))
	o := start(t, Config{Originals: originals.S3{Client: s3.Client(), Bucket: "photos"}, Memory: 1 << 20})
	o.get("/img/cat.jpg?w=160").want(t, http.StatusOK, 160, 80)
	s3.Intercept(func(w http.ResponseWriter, r *http.Request) bool {
		if r.Method != http.MethodGet {
			return false
		}
		w.WriteHeader(http.StatusForbidden)
		fmt.Fprint(w, "<Error><Code>InvalidObjectState</Code></Error>")
		return true
	})
	answer := o.get("/img/cat.jpg?w=320")
	answer.want(t, http.StatusNotFound, 0, 0)
	if !strings.Contains(string(answer.body), "archived") || answer.Header.Get("Cache-Control") != "public, max-age=10" {
		t.Errorf("got %s, %s", answer.body, answer.Header.Get("Cache-Control"))
	}
	o.get("/img/cat.jpg?w=160").want(t, http.StatusOK, 160, 80)
}
