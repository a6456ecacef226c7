package doctor

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/imgorigin/imgorigin/cmd/imgorigin/storage"
)

// checkCaching checks that caches and browsers may keep an image, and validate it.
func (l *liveTest) checkCaching(ctx context.Context) {
	const about = "caching"
	target := l.target("/img/"+l.key, "fm=jpeg&w=320")
	a, ok := l.get(ctx, about, http.StatusOK, target)
	if !ok {
		return
	}
	before := len(l.findings)
	if seconds, ok := a.maxAge(); !ok || seconds == 0 {
		l.add(bad, about, fmt.Sprintf("an image has Cache-Control %q: nothing caches it", a.header.Get("Cache-Control")), "see --max-age")
	}
	if etag := a.header.Get("ETag"); etag == "" {
		l.add(bad, about, "an image has no ETag", "does a proxy in between remove it?")
	} else if again, err := l.do(ctx, http.MethodGet, target, "If-None-Match", etag); err != nil || again.status != http.StatusNotModified {
		l.add(bad, about, fmt.Sprintf("If-None-Match is answered %d, want 304: browsers fetch images again", again.status), "")
	}
	if head, err := l.do(ctx, http.MethodHead, target); err != nil || head.status != http.StatusOK || head.header.Get("Content-Length") != fmt.Sprint(len(a.body)) {
		l.add(bad, about, fmt.Sprintf("HEAD is answered %d with Content-Length %q, want %d", head.status, head.header.Get("Content-Length"), len(a.body)), "")
	}
	if len(l.findings) == before {
		by := ""
		for _, name := range []string{"X-Cache", "Cache-Status"} {
			if value := a.header.Get(name); value != "" {
				by += ", " + name + ": " + value
			}
		}
		l.addGood(about, "%s%s", a.header.Get("Cache-Control"), by)
	}
}

// checkNegotiation checks that a browser gets a format that it accepts, and that caches are told.
func (l *liveTest) checkNegotiation(ctx context.Context) {
	const about = "negotiation"
	target := l.target("/img/"+l.key, "w=320")
	for _, accept := range []string{"image/webp,*/*", "image/jpeg,*/*;q=0.1"} {
		a, ok := l.get(ctx, about, http.StatusOK, target, "Accept", accept)
		if !ok {
			return
		}
		isWebP, wantsWebP := a.header.Get("Content-Type") == "image/webp", strings.Contains(accept, "webp")
		switch {
		case isWebP && !wantsWebP:
			l.add(bad, about, "a browser without WebP gets a WebP that was cached for another",
				"the cache key needs the format: use the edge function, or Accept in the key")
			return
		case wantsWebP && !isWebP:
			l.add(fair, about, "a browser with WebP gets "+a.header.Get("Content-Type"), "does the build write WebP, and does Accept reach the edge function?")
			return
		case !strings.Contains(a.header.Get("Vary"), "Accept"):
			l.add(bad, about, "Vary does not name Accept: a proxy of a client may answer with a format for another",
				"add Vary: Accept in the response headers policy of the distribution")
			return
		}
	}
	l.addGood(about, "WebP for browsers that accept it, and not for others")
}

// checkSigning checks that unsigned URLs can't have just any image made, and that signed ones can.
func (l *liveTest) checkSigning(ctx context.Context) {
	const about = "signatures"
	path, query := "/img/"+l.key, "blur=4&fm=jpeg&w=333"
	if _, ok := l.get(ctx, about, http.StatusForbidden, l.unsigned(path, query)); !ok {
		return
	}
	if l.SignRequired {
		if _, ok := l.get(ctx, about, http.StatusForbidden, l.unsigned(path, "w=320")); !ok {
			return
		}
	}
	if _, ok := l.get(ctx, about, http.StatusForbidden, l.unsigned(path, query+"&s=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")); !ok {
		return
	}
	if len(l.SignKeys) == 0 {
		l.addGood(about, "an exact size with an effect is refused without a signature; signed URLs were not tried, without --sign-keys")
		return
	}
	if _, ok := l.get(ctx, about, http.StatusOK, l.signed(path, query)); ok {
		l.addGood(about, "a signed URL may ask for an exact size with an effect, and an unsigned or forged one may not")
	}
}

// checkInfo checks that /info describes the original, if the service is reached with it.
func (l *liveTest) checkInfo(ctx context.Context) {
	const about = "info"
	a, err := l.do(ctx, http.MethodGet, l.target("/info/"+l.key, ""))
	var info struct{ Width, Height int }
	switch {
	case err != nil || a.status >= http.StatusInternalServerError:
		l.add(bad, about, fmt.Sprintf("/info is answered %d, %v", a.status, err), "")
	case a.status != http.StatusOK:
		l.add(fair, about, fmt.Sprintf("/info is answered %d", a.status), "pages that use it need a behaviour for /info/* in the distribution")
	case json.Unmarshal(a.body, &info) != nil || info.Width == 0:
		l.add(bad, about, fmt.Sprintf("/info is answered with %.60q", a.body), "is something else in front of the service?")
	default:
		l.addGood(about, "the original has %d × %d pixels", info.Width, info.Height)
	}
}

// checkRefusals checks how mistakes are answered, and for how long that is cached.
func (l *liveTest) checkRefusals(ctx context.Context) {
	const about = "refusals"
	wrong, ok := l.get(ctx, about, http.StatusBadRequest, l.target("/img/"+l.key, "w=wide"))
	if ok {
		if seconds, _ := wrong.maxAge(); seconds == 0 {
			l.add(fair, about, "a wrong URL is not cached: each request for it reaches the service", "")
		}
	}
	missing, isMissing := l.get(ctx, about, http.StatusNotFound, l.target("/img/"+storage.UnusedKey(), "w=320"))
	if isMissing {
		if seconds, _ := missing.maxAge(); seconds > 60 {
			l.add(bad, about, fmt.Sprintf("a missing image is cached for %d s: it stays missing as long when it is uploaded", seconds), "")
			return
		}
	}
	if ok && isMissing {
		l.addGood(about, "400 for a wrong URL, 404 for a missing original, cached for a short time")
	}
}

// checkPrivate checks that strangers do not reach what the service is operated by.
func (l *liveTest) checkPrivate(ctx context.Context) {
	const about = "private paths"
	before := len(l.findings)
	for path, content := range map[string]string{"/metrics": "imgorigin_", "/debug/pprof/": "goroutine"} {
		a, err := l.do(ctx, http.MethodGet, l.base+path)
		if err == nil && a.status == http.StatusOK && strings.Contains(string(a.body), content) {
			l.add(bad, about, "strangers can read "+path, "serve it on --admin-listen only, and let no proxy pass it")
		}
	}
	if len(l.findings) == before {
		l.addGood(about, "metrics and profiles are not served here")
	}
}

// awaitDeletion waits until the image that was deleted is no longer served, for so long at most.
func (l *liveTest) awaitDeletion(ctx context.Context, most time.Duration) {
	const about = "deletion"
	if most <= 0 {
		return
	}
	target := l.target("/img/"+l.key, "fm=jpeg&w=320")
	begin := time.Now()
	for {
		a, err := l.do(ctx, http.MethodGet, target)
		if err == nil && a.status == http.StatusNotFound {
			l.addGood(about, "the deleted image is gone after %v", time.Since(begin).Round(time.Second))
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(min(time.Second, most)):
		}
		if time.Since(begin) >= most {
			break
		}
	}
	l.add(bad, about, fmt.Sprintf("the deleted image is still served after %v", most),
		"are its events handled, and its purges accepted? imgorigin doctor without --live checks both")
}
