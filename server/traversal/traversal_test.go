package traversal

import (
	"fmt"
	"strings"
	"testing"
)

func TestLeads(t *testing.T) {
	for path, want := range map[string]bool{
		"a/b.jpg": false, "": false, "a..b/.hidden/...": false, "100%.jpg": false, "100%25.jpg": false, "50% of %zz": false, "a%2fb": false,
		"..": true, "a/../b": true, "a/.": true, "/./": true, `a\..\b`: true,
		"%2e%2e/b": true, "%2E./b": true, "a%2f..": true, "a%5c..%5cb": true, "%252e%252e/b": true, "%25252e/b": true,
		"%2e%2e/100%": true, "%2e%2e/%zz": true, "%%32%65%%32%65/b": true, "a/%2": false,
	} {
		if got := Leads(path); got != want {
			t.Errorf("%s: got %t, want %t", path, got, want)
		}
	}
}

// A path that is encoded very often is read a few times, however long it is.
func TestReadingsAreFew(t *testing.T) {
	for _, times := range []int{1, mostReadings - 2, mostReadings - 1, mostReadings, 10_000} {
		readings, ok := Readings("%" + strings.Repeat("25", times))
		if want := times < mostReadings; ok != want || len(readings) > mostReadings {
			t.Errorf("encoded %d times: got %d readings, %t, want %t", times, len(readings), ok, want)
		}
	}
}

func ExampleReadings() {
	readings, ok := Readings("a/%252e%252e/100%")
	fmt.Println(readings, ok)
	// Output: [a/%252e%252e/100% a/%2e%2e/100% a/../100%] true
}
