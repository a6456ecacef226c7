package cache

import (
	"bytes"
	"encoding/json"
	"io"
	"math"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/imgorigin/imgorigin/cache/bucket"
)

// FuzzDecodeFile decodes any bytes that a disk may hold: only a file that was put comes back as a variant.
func FuzzDecodeFile(f *testing.F) {
	k := Key{Original: "cat.jpg", Transform: "w=480.webp"}
	body := []byte("an image\nof two lines")
	v := &Variant{
		Body: body, MediaType: "image/webp", ETag: ETag(body), OriginalETag: `"1"`, Modified: time.Unix(1, 0).UTC(),
	}
	header, err := encodeHeader(k, v)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(append(header, body...))
	f.Add(header)
	f.Add([]byte("{}\n"))
	f.Add([]byte(`{"v":1,"original":"cat.jpg","length":-1}` + "\n"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		v, err := readFile(k, raw)
		if err != nil {
			return
		}
		if len(v.Body) == 0 || v.ETag != ETag(v.Body) || !bytes.HasSuffix(raw, v.Body) {
			t.Errorf("got %+v", v)
		}
		again, err := encodeHeader(k, v)
		if err != nil {
			t.Fatal(err)
		}
		back, err := readFile(k, append(again, v.Body...))
		if err != nil {
			t.Fatalf("what was read can't be written: %v", err)
		}
		if a, b := asJSON(t, v), asJSON(t, back); a != b {
			t.Errorf("got %s, want %s", b, a)
		}
	})
}

// readFile reads the variant in a file.
func readFile(k Key, raw []byte) (*Variant, error) {
	r := bytes.NewReader(raw)
	opened, err := openFile(k, struct {
		io.ReadSeeker
		io.Closer
	}{r, io.NopCloser(r)}, r.Size(), 0)
	if err != nil {
		return nil, err
	}
	return opened.ReadAll()
}

// FuzzReadObject reads any answer that a bucket may give: it is a variant of exactly those bytes or an error, whatever
// the metadata, and the body takes not much more memory than its bytes.
func FuzzReadObject(f *testing.F) {
	body := []byte("an image")
	at := time.Date(2026, 5, 6, 7, 8, 9, 123456, time.UTC)
	f.Add(int64(len(body)), body, ETag(body), `"1"`, at.Format(time.RFC3339Nano), "image/webp", "", "")
	f.Add(int64(len(body)), body, ETag([]byte("another")), `"1"`, "yesterday", "image/webp", "", "")
	f.Add(int64(len(body)), body, `"0123456789abcdef0123456789abcdef-2"`, `"1"`, "", "text/html", "a key", "")
	f.Add(int64(math.MaxInt64), body, "", `"1"`, "9999-12-31T23:59:59Z", "", "", "AES256")
	f.Add(int64(-1), []byte{}, "", "", "", "", "", "")
	f.Fuzz(func(t *testing.T, length int64, body []byte, etag, original, modified, mediaType, kms, algorithm string) {
		now := time.Unix(1, 0).UTC()
		out := &s3.GetObjectOutput{
			ContentLength: &length, ETag: &etag, ContentType: &mediaType, LastModified: &now,
			Body:     io.NopCloser(bytes.NewReader(body)),
			Metadata: map[string]string{metaOriginalETag: original, metaModified: modified},
		}
		if kms != "" {
			out.SSEKMSKeyId = &kms
		}
		if algorithm != "" {
			out.SSECustomerAlgorithm = &algorithm
		}
		opened, err := openObject("variants", out, 0)
		if err != nil {
			return
		}
		v, err := opened.ReadAll()
		if err != nil {
			return
		}
		if !bytes.Equal(v.Body, body) || int64(len(body)) != length || length == 0 || original == "" {
			t.Errorf("%d bytes of %d, made from %q: got %+v", len(body), length, original, v)
		}
		if cap(v.Body) > 2*len(body)+2*bytes.MinRead {
			t.Errorf("%d bytes take %d bytes of memory", len(body), cap(v.Body))
		}
		if v.ETag != ETag(body) || v.OriginalETag != original || v.MediaType != mediaType {
			t.Errorf("got %+v", v)
		}
		if sum, ok := bucket.MD5("variants", out); ok && quote(sum) != v.ETag {
			t.Errorf("the bucket has the checksum %s, the bytes %s", etag, v.ETag)
		}
		want, err := time.Parse(time.RFC3339Nano, modified)
		if err != nil {
			want = now
		}
		if !v.Modified.Equal(want) {
			t.Errorf("modified %q: got %v, want %v", modified, v.Modified, want)
		}
	})
}

func asJSON(t *testing.T, v *Variant) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
