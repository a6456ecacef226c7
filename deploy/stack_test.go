package deploy

import (
	"bytes"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/imgorigin/imgorigin/cache"
	"github.com/imgorigin/imgorigin/server"
	"github.com/imgorigin/imgorigin/server/grammar"
)

// The edge function in front of the service and a real S3 server, end to end. The subtests depend on each other.
func TestCDNStack(t *testing.T) {
	if os.Getenv("IMGORIGIN_TEST_CDN") == "" || os.Getenv("IMGORIGIN_TEST_S3") == "" {
		t.Skip("IMGORIGIN_TEST_CDN or IMGORIGIN_TEST_S3 is not set")
	}
	s := newWholeStack(t)
	t.Run("first filled, then served by the bucket alone", func(t *testing.T) { s.testBucketServes(t, "a b/ü.jpg", "a b/ü.jpg") })
	t.Run("many spellings, one object", s.testSpellings)
	t.Run("forty at once reach the service once", s.testCollapses)
	t.Run("Accept decides and never mixes", s.testAccept)
	t.Run("signed", s.testSigned)
	t.Run("refused at the edge", s.testRefused)
	t.Run("info and srcset", s.testAnswers)
	t.Run("overwritten", func(t *testing.T) { s.testOverwritten(t, "changing.jpg") })
	s.service.stop()
	s.purge = "tags"
	s.start(t)
	t.Run("overwritten, purged by tag", func(t *testing.T) {
		s.testOverwritten(t, "tagged.jpg")
		if got, tag := s.api.received(), "#"+cache.Tag("tagged.jpg"); !slices.Contains(got, tag) {
			t.Errorf("got %q invalidated, want %s", got, tag)
		}
	})
	s.service.stop()
	s.purge, s.escape = "paths", true
	s.start(t)
	s.startCDN(t)
	t.Run("with escaped paths", func(t *testing.T) {
		s.testBucketServes(t, "a b/+~ü.jpg", "a~20b/~2B~7E~C3~BC.jpg")
		s.testOverwritten(t, "ü ~.jpg")
	})
}

// testBucketServes asks for an original whose variants are in a folder of the bucket.
func (s *wholeStack) testBucketServes(t *testing.T, key, folder string) {
	s.put(t, key, color.RGBA{200, 0, 0, 255})
	target := (&url.URL{Path: "/img/" + key}).EscapedPath() + "?w=470&fm=jpeg"
	r, first := s.cdn.get(t, target, "")
	isFill := strings.Contains(r.Header.Get("Cache-Status"), "detail=fill")
	if r.StatusCode != 200 || !isFill || r.Header.Get("Vary") != "Accept" {
		t.Fatalf("got %s %v, want a fill", r.Status, r.Header)
	}
	if m, format, err := image.DecodeConfig(bytes.NewReader(first)); err != nil || m.Width != 480 || format != "jpeg" {
		t.Errorf("got %v %s, %v", m, format, err)
	}
	if got := s.stored(t, folder); len(got) != 1 || strings.TrimPrefix(got[0], "~7E") != "w=480.jpeg" {
		t.Errorf("got %s in the bucket", got)
	}
	etag := r.Header.Get("ETag")

	s.service.stop()
	s.cdn.empty(t)
	r, second := s.cdn.get(t, target, "")
	if r.StatusCode != 200 || !bytes.Equal(first, second) || r.Header.Get("Cache-Status") != "" {
		t.Errorf("with the service stopped: got %s %v", r.Status, r.Header)
	}
	kept := strings.Contains(r.Header.Get("Cache-Control"), "max-age=86400")
	if r.Header.Get("ETag") != etag || r.Header.Get("Content-Type") != "image/jpeg" || !kept {
		t.Errorf("the bucket's headers differ from the service's: %v, ETag was %s", r.Header, etag)
	}
	s.start(t)
}

func (s *wholeStack) testSpellings(t *testing.T) {
	s.put(t, "spell.jpg", color.RGBA{0, 200, 0, 255})
	pick := func(words ...string) string { return words[rand.IntN(len(words))] }
	for range 200 {
		pairs := []string{
			pick("w", "width") + "=" + fmt.Sprint(481+rand.IntN(160)), "fit=" + pick("cover", "crop"),
			pick("q", "quality") + "=" + fmt.Sprint(63+rand.IntN(20)), pick("fm=jpg", "format=jpeg", "f=jpeg"),
			"utm=" + fmt.Sprint(rand.IntN(1000)),
		}
		if rand.IntN(2) == 0 {
			pairs[0] = "dpr=2&w=" + fmt.Sprint(241+rand.IntN(80))
		}
		rand.Shuffle(len(pairs), func(i, j int) { pairs[i], pairs[j] = pairs[j], pairs[i] })
		path := pick("/img/spell.jpg", "/img/s%70ell.jpg", "/img/%73pell%2Ejpg")
		r, _ := s.cdn.get(t, path+"?"+strings.Join(pairs, "&"), pick("", "image/webp", "*/*"))
		if r.StatusCode != 200 {
			t.Fatalf("%v: got %s", pairs, r.Status)
		}
	}
	if got := fmt.Sprint(s.stored(t, "spell.jpg")); got != "[w=640,q=75.jpeg]" {
		t.Errorf("got %s in the bucket", got)
	}
	s.wantReached(t, "spell.jpg", 1)
}

func (s *wholeStack) testCollapses(t *testing.T) {
	s.put(t, "crowd.jpg", color.RGBA{0, 0, 200, 255})
	var all sync.WaitGroup
	for range 40 {
		all.Go(func() {
			if r, body := s.cdn.get(t, "/img/crowd.jpg?w=1080&fm=jpeg", ""); r.StatusCode != 200 || len(body) == 0 {
				t.Errorf("got %s", r.Status)
			}
		})
	}
	all.Wait()
	s.wantReached(t, "crowd.jpg", 1)
}

func (s *wholeStack) testAccept(t *testing.T) {
	s.put(t, "accept.jpg", color.RGBA{200, 200, 0, 255})
	want := map[string]string{
		"": "image/jpeg", "*/*": "image/jpeg", "image/webp;q=0": "image/jpeg",
		"image/webp,*/*": "image/webp", "image/avif;q=0, image/webp;q=0.5": "image/webp",
	}
	if !s.webp {
		t.Log("the binary writes no WebP: every Accept gets JPEG")
	}
	for range 5 {
		for accept, mediaType := range want {
			if !s.webp {
				mediaType = "image/jpeg"
			}
			r, body := s.cdn.get(t, "/img/accept.jpg?w=320", accept)
			labeled, detected := r.Header.Get("Content-Type"), http.DetectContentType(body)
			ok := r.StatusCode == 200 && labeled == mediaType && detected == mediaType
			if !ok || r.Header.Get("Vary") != "Accept" {
				t.Errorf("Accept %q: got %s %v, want %s", accept, r.Status, r.Header, mediaType)
			}
		}
	}
}

func (s *wholeStack) testAnswers(t *testing.T) {
	s.put(t, "facts.jpg", color.RGBA{200, 0, 200, 255})
	for range 3 {
		r, body := s.cdn.get(t, "/info/facts.jpg", "")
		var info server.ImageInfo
		err := json.Unmarshal(body, &info)
		ok := r.StatusCode == 200 && err == nil && info.Key == "facts.jpg" && info.Bytes != 0
		if !ok || r.Header.Get("ETag") == "" {
			t.Errorf("got %s %v, %v: %.200s", r.Status, r.Header, err, body)
		}
	}
	for _, width := range []string{"320", "640"} { // the query is part of the cache key
		r, body := s.cdn.get(t, "/srcset/facts.jpg?w="+width, "")
		if r.StatusCode != 200 || !strings.Contains(string(body), " "+width+"w") {
			t.Errorf("got %s: %.300s", r.Status, body)
		}
	}
	s.wantReached(t, "facts.jpg", 3) // as each URL is cached
	if r, _ := s.cdn.get(t, "/info/facts.jpg?s=wrong", ""); r.StatusCode != 403 {
		t.Errorf("with a wrong signature: got %s, want 403", r.Status)
	}
}

func (s *wholeStack) testSigned(t *testing.T) {
	s.put(t, "signed.jpg", color.RGBA{0, 200, 200, 255})
	query := "w=333&fm=jpeg&q=81"
	target := "/img/signed.jpg?" + query + "&s=" + grammar.Sign(stackKey, "/img/signed.jpg", query)
	r, body := s.cdn.get(t, target, "")
	if m, _, err := image.DecodeConfig(bytes.NewReader(body)); r.StatusCode != 200 || err != nil || m.Width != 333 {
		t.Errorf("got %s %v, %v, want 333 pixels: %.200s", r.Status, m, err, body)
	}
	if r, _ := s.cdn.get(t, "/v/signed.jpg/w=333,q=81.jpeg", ""); r.StatusCode != 403 {
		t.Errorf("an unsigned request for a stored variant of a signed URL: got %s, want 403", r.Status)
	}
	// The service itself verifies the URL in the header: it refuses one that is signed for another size.
	other := "http://" + s.addr + "/v/signed.jpg/w=334,q=81.jpeg"
	signed, err := http.NewRequestWithContext(t.Context(), http.MethodGet, other, nil)
	if err != nil {
		t.Fatal(err)
	}
	signed.Header.Set(SignedHeader, target)
	r, err = http.DefaultClient.Do(signed)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = io.Copy(io.Discard, r.Body)
	r.Body.Close()
	if r.StatusCode != 403 {
		t.Errorf("a signature for another size: got %s, want 403", r.Status)
	}
}

func (s *wholeStack) testRefused(t *testing.T) {
	for target, want := range map[string]int{
		"/img/refused.jpg?w=abc": 400, "/img/refused.jpg?blur=2": 403, "/v/refused.jpg/w=481.auto": 403,
		"/img/refused.jpg?w=1&s=x": 403, "/metrics": 404, "/healthz": 404,
	} {
		if r, _ := s.cdn.get(t, target, ""); r.StatusCode != want {
			t.Errorf("%s: got %s, want %d", target, r.Status, want)
		}
	}
	s.wantReached(t, "refused.jpg", 0)
	if r, _ := s.cdn.get(t, "/img/missing.jpg?w=480", ""); r.StatusCode != 404 {
		t.Errorf("a missing original: got %s", r.Status)
	}
}

// An event of S3 about a changed original removes its variants from the bucket and from CloudFront's cache.
func (s *wholeStack) testOverwritten(t *testing.T, key string) {
	s.put(t, key, color.RGBA{250, 0, 0, 255})
	s.put(t, "staying.jpg", color.RGBA{250, 0, 0, 255})
	target, stays := (&url.URL{Path: "/img/" + key}).EscapedPath()+"?w=160&fm=jpeg", "/img/staying.jpg?w=160&fm=jpeg"
	_, before := s.cdn.get(t, target, "")
	s.cdn.get(t, stays, "")
	if r, _ := s.cdn.get(t, target, ""); r.Header.Get("X-Cache") != "HIT" {
		t.Errorf("before: got X-Cache %q, want a hit", r.Header.Get("X-Cache"))
	}
	s.put(t, key, color.RGBA{0, 250, 0, 255})
	s.notify(t, key)
	var after []byte
	for ctx := within(t, patience); ; {
		var r *http.Response
		if r, after = s.cdn.get(t, target, ""); r.StatusCode == http.StatusOK && !bytes.Equal(before, after) {
			break
		}
		select {
		case <-ctx.Done():
			t.Fatalf("the edge still has the old image; invalidated were %q", s.api.received())
		case <-time.After(100 * time.Millisecond):
		}
	}
	m, _, err := image.Decode(bytes.NewReader(after))
	if err != nil {
		t.Fatal(err)
	}
	if red, green, _, _ := m.At(80, 60).RGBA(); red > green {
		t.Errorf("got the old image")
	}
	name := "v/" + key + "/w=160.jpeg"
	if s.escape {
		name = "v/" + cache.EscapePath(key, "w=160.jpeg")
	}
	if kept := s.kept(t, name); bytes.Equal(kept, before) {
		t.Error("the bucket still has a variant of the old original")
	}
	if r, _ := s.cdn.get(t, stays, ""); r.Header.Get("X-Cache") != "HIT" {
		t.Errorf("another image: got X-Cache %q, want a hit", r.Header.Get("X-Cache"))
	}
}
