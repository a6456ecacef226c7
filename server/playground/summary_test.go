package playground

import (
	"encoding/json"
	"fmt"
	"net/http"
	"testing"
)

// A summary has the folders directly below a prefix and counts the images below each, as far as it reads.
func TestSummary(t *testing.T) {
	p := newPage(t, Config{List: keysOf("2025/a.jpg", "2025/b.txt", "2026/01/a.jpg", "2026/01/b.jpg", "2026/02/c.JPG", "Cat.png")})
	text := func(p *Playground, query string) string {
		got := ask(p, http.MethodGet, "/playground/summary?"+query, nil)
		var found summary
		if err := json.Unmarshal(got.Body.Bytes(), &found); err != nil || got.Code != http.StatusOK {
			t.Fatalf("%s: got %d %s, %v", query, got.Code, got.Body, err)
		}
		return fmt.Sprint(found)
	}
	for query, want := range map[string]string{
		"":               "{5 [{2025/ 1 false} {2026/ 3 false}] false}",
		"prefix=2026/":   "{3 [{2026/01/ 2 false} {2026/02/ 1 false}] false}",
		"prefix=2026/02": "{1 [{2026/02/ 1 false}] false}",
		"q=CAT":          "{1 [] false}",
		"prefix=none/":   "{0 [] false}",
	} {
		if got := text(p, query); got != want {
			t.Errorf("%q: got %s, want %s", query, got, want)
		}
	}
	keys := make([]string, summaryScanned+5)
	for i := range keys {
		keys[i] = fmt.Sprintf("%d/%06d.jpg", i/(summaryScanned-1), i)
	}
	if got, want := text(newPage(t, Config{List: keysOf(keys...)}), ""), "{50000 [{0/ 49999 false} {1/ 1 true}] true}"; got != want {
		t.Errorf("many keys: got %s, want %s", got, want)
	}
}
