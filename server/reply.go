package server

import (
	"fmt"
	"log/slog"
	"mime"
	"net/http"
	"time"

	"github.com/imgorigin/imgorigin/cache"
)

// CacheControl returns the header of answers and of stored variants. After their age, caches may serve them for a week
// more while they fetch them again, so that no viewer waits for that.
func CacheControl(maxAge time.Duration) string {
	if maxAge <= 0 {
		return "no-cache"
	}
	return cacheControl(maxAge, staleAge)
}

// DraftCacheControl returns the header of drafts, as answers and as stored variants: browsers and CDNs ask again soon, and
// get the final.
func DraftCacheControl(maxAge time.Duration) string { return brief(maxAge) }

// staleAge is how long after their age caches may serve answers while they fetch them again.
const staleAge = 7 * 24 * time.Hour

// cacheControl is [CacheControl] for an answer that may be served stale for some time, which may be none.
func cacheControl(maxAge, stale time.Duration) string {
	if stale < time.Second {
		return briefFor(maxAge)
	}
	return fmt.Sprintf("public, max-age=%d, stale-while-revalidate=%d", int(maxAge.Seconds()), int(stale.Seconds()))
}

// brief returns the Cache-Control of answers with briefAge, or less if maxAge is less.
func brief(maxAge time.Duration) string { return briefFor(min(briefAge, maxAge)) }

// briefFor returns the Cache-Control of answers that are not served beyond their age.
func briefFor(age time.Duration) string {
	if age <= 0 {
		return "no-cache"
	}
	return fmt.Sprintf("public, max-age=%d", int(age.Seconds()))
}

// briefAge is how long caches may keep an answer that is replaced soon, that may be old, or that no purge would find: a
// draft, a variant whose original could not be looked at, one that is not in the store.
const briefAge = 10 * time.Second

// reply answers with v. ServeContent adds what HEAD, conditional requests and ranges need.
func (s *Server) reply(x *exchange, v *cache.Variant) {
	h := x.w.Header()
	x.w.isImage = true
	h["Content-Type"] = x.own(1, v.MediaType)
	h["Etag"] = x.own(2, v.ETag)
	h["Cache-Control"] = s.cacheControlOf(x, v)
	h["Cache-Status"] = x.cacheStatus()
	x.sendNote(v)
	if name := x.req.Attachment; name != "" {
		h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": name}))
	}
	if x.legs != nil && !x.joined {
		h.Set("Server-Timing", x.legs.String())
	}
	http.ServeContent(&x.w, x.r, "", v.Modified, x.content(v))
	s.reportBody(x, v)
}

// sendNote tells the client and the log what they would not expect of v.
func (x *exchange) sendNote(v *cache.Variant) {
	if x.note = v.Note; x.note != "" {
		x.w.Header().Set(cache.NoteHeader, x.note)
	}
}

// cacheControlOf returns the Cache-Control of an answer.
func (s *Server) cacheControlOf(x *exchange, v *cache.Variant) []string {
	switch {
	case v.Draft || x.unchecked || v.Unstored:
		return s.briefly
	case x.req.Expires.IsZero() || s.config.MaxAge <= 0:
		return s.cacheControl
	}
	return []string{s.cacheControlUntil(x.req.Expires)}
}

// cacheControlUntil keeps caches from serving an answer after its signature expires.
func (s *Server) cacheControlUntil(expires time.Time) string {
	left := max(0, time.Until(expires))
	if left < s.config.MaxAge {
		return fmt.Sprintf("public, max-age=%d", int(left.Seconds()))
	}
	if left < s.config.MaxAge+staleAge {
		return cacheControl(s.config.MaxAge, left-s.config.MaxAge)
	}
	return CacheControl(s.config.MaxAge)
}

// cacheStatus returns the value of Cache-Status, RFC 9211.
func (x *exchange) cacheStatus() []string {
	switch {
	case x.source == fromMemory:
		return memoryHit
	case x.source == fromStore:
		return storeHit
	case x.joined:
		return joinedFill
	case x.legs.isStored():
		return storedFill
	}
	return plainFill
}

// finish counts, traces and logs an exchange, once.
func (s *Server) finish(x *exchange) {
	status := x.w.status
	took := time.Since(x.began)
	counted := s.metrics.of(outcome{x.source, status})
	counted.requests.Inc()
	s.metrics.bytesToClients.Add(float64(x.w.bytes))
	s.observe(x.r.Context(), counted.seconds, took)
	if x.joined {
		s.metrics.coalesced.Inc()
	}
	s.endSpan(x, status)
	s.logExchange(x, status, took)
}

func (s *Server) logExchange(x *exchange, status int, took time.Duration) {
	ctx := x.r.Context()
	level := slog.LevelInfo
	if status >= 500 {
		level = slog.LevelError
	}
	if !s.log.Enabled(ctx, level) {
		return
	}
	attrs := []slog.Attr{
		slog.String("method", x.r.Method),
		slog.String("path", x.r.URL.EscapedPath()),
		slog.String("original", x.req.Key),
		slog.String("transform", x.name),
		slog.String("source", string(x.source)),
		slog.Int("status", status),
		slog.Int64("bytes", x.w.bytes),
		slog.Duration("dur", took),
		slog.Int64("waiting", s.gate.Stats().Waiting),
	}
	if x.note != "" {
		attrs = append(attrs, slog.String("note", x.note))
	}
	if x.req.Ignored != "" {
		attrs = append(attrs, slog.String("ignored", x.req.Ignored))
	}
	if x.err != nil {
		attrs = append(attrs, slog.String("err", x.err.Error()))
	}
	s.log.LogAttrs(ctx, level, "request", attrs...)
}
