package logs

import (
	"bytes"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestShortHandler(t *testing.T) {
	var out bytes.Buffer
	log := slog.New(shortHandler{slog.NewTextHandler(&out, nil)}).With("process", 1).WithGroup("g")
	long := strings.Repeat("é", maxLogValue)
	log.Info("short", "path", "/img/cat.jpg", "status", http.StatusOK, "none", nil)
	log.Warn("long", "path", long, "err", errors.New(long), "status", http.StatusOK)
	lines := strings.SplitAfter(out.String(), "\n")
	if !strings.HasSuffix(lines[0], "process=1 g.path=/img/cat.jpg g.status=200 g.none=<nil>\n") {
		t.Errorf("got %s", lines[0])
	}
	if n := len(lines[1]); n > 2*maxLogValue+200 || strings.Count(lines[1], "…") != 2 || !strings.HasSuffix(lines[1], "g.status=200\n") ||
		!strings.Contains(lines[1], "process=1") {
		t.Errorf("got %d bytes: %.300s", n, lines[1])
	}
}

// The handler below is one that allocates nothing: those of slog take buffers from a pool, which loses some under the race detector.
func TestShortHandlerAllocatesNothing(t *testing.T) {
	r := slog.NewRecord(time.Now(), slog.LevelInfo, "request", 0)
	r.AddAttrs(slog.String("path", "/img/cat.jpg"), slog.Int("status", http.StatusNotFound), slog.Duration("dur", time.Second))
	h, ctx := shortHandler{slog.DiscardHandler}, t.Context()
	if n := testing.AllocsPerRun(100, func() { _ = h.Handle(ctx, r) }); n > 0 {
		t.Errorf("a short record allocates %v times", n)
	}
}
