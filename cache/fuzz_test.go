package cache

import (
	"bytes"
	"encoding/json"
	"testing"
	"time"
)

// FuzzDecodeFile gives what a disk may hold in place of a variant: only what was put there comes back.
func FuzzDecodeFile(f *testing.F) {
	k := Key{Original: "cat.jpg", Transform: "w=480.webp"}
	body := []byte("a picture\nof two lines")
	v := &Variant{Body: body, MediaType: "image/webp", ETag: ETag(body), OriginalETag: `"1"`, Modified: time.Unix(1, 0).UTC()}
	header, err := encodeHeader(k, v)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(append(header, body...))
	f.Add(header)
	f.Add([]byte("{}\n"))
	f.Add([]byte(`{"v":1,"original":"cat.jpg","length":-1}` + "\n"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		v, err := decodeFile(k, raw)
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
		back, err := decodeFile(k, append(again, v.Body...))
		if err != nil {
			t.Fatalf("what was read can't be written: %v", err)
		}
		if a, b := asJSON(t, v), asJSON(t, back); a != b {
			t.Errorf("got %s, want %s", b, a)
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
