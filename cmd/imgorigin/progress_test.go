package main

import (
	"strings"
	"testing"
	"time"

	"github.com/imgorigin/imgorigin/server/warm/backfill"
)

func TestProgress(t *testing.T) {
	p := backfill.Progress{Done: 1000, Skipped: 190, Failed: 10, Bytes: 4_200_000_000, PerSecond: 35, Total: 3200, Left: 57 * time.Second}
	const want = "[=======>            ] 1200/3200 · 1000 done, 190 skipped, 10 failed · 3.9 GiB · 35/s · 57s left"
	if got := bar(p); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	const wantEnd = "[====================] 3/3 · 3 done, 0 skipped, 0 failed · 12 B · 0/s"
	if got := bar(backfill.Progress{Done: 3, Total: 3, Bytes: 12}); got != wantEnd {
		t.Errorf("at the end: got %s", got)
	}
	if got := bar(backfill.Progress{}); strings.Contains(got, "[") {
		t.Errorf("before the originals are counted: got %s", got)
	}
	var out strings.Builder
	newProgress(&out).show(p)
	const wantLine = `{"done":1000,"skipped":190,"failed":10,"total":3200,"bytes":4200000000,` +
		`"per_second":35.0,"seconds_left":57}` + "\n"
	if got := out.String(); got != wantLine {
		t.Errorf("not on a terminal: got %s", got)
	}
	out.Reset()
	progress{&out, 41}.show(p)
	if got := []rune(out.String()); len(got) != 41 || got[0] != '\r' {
		t.Errorf("on a terminal of 41 columns: got %d runes of %q", len(got), string(got))
	}
}
