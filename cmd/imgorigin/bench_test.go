package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/imgorigin/imgorigin/cmd/imgorigin/bench"
	"github.com/imgorigin/imgorigin/resize/resizetest"
)

// IMGORIGIN_WIDTHS and IMGORIGIN_FORMATS are settings of a service. The flags of bench have the same names, and ignore
// them.
func TestBenchHasItsOwnWidths(t *testing.T) {
	var out bytes.Buffer
	getenv := func(name string) string {
		return map[string]string{"IMGORIGIN_WIDTHS": "64", "IMGORIGIN_FORMATS": "png"}[name]
	}
	folder := t.TempDir()
	writeFile(t, filepath.Join(folder, "small.jpg"), resizetest.JPEG(resizetest.Photo(90, 60), 90))
	if err := run(t.Context(), []string{"bench", "--rounds", "1", folder}, getenv, &out); err != nil {
		t.Fatal(err)
	}
	if got := out.String(); strings.Contains(got, "64 px") || strings.Contains(got, "px, png") || !strings.Contains(got, "320 px, jpeg") {
		t.Errorf("got %s", got)
	}
}

// Another build, here the same, is started as a worker.
func TestBenchAgainstABuild(t *testing.T) {
	t.Setenv("IMGORIGIN_TEST_AS_MAIN", "1")
	executable, err := os.Executable()
	must(t, err)
	folder := t.TempDir()
	writeFile(t, filepath.Join(folder, "small.jpg"), resizetest.JPEG(resizetest.Photo(90, 60), 90))
	out := runOutput(t, "bench", folder, "--json", "--rounds", "1", "--widths", "40", "--formats", "jpeg", "--against", executable)
	first, _, _ := strings.Cut(out, "\n")
	var c bench.Cell
	must(t, json.Unmarshal([]byte(first), &c))
	if len(c.Theirs) != 1 || c.Theirs[0].Bytes != c.Ours.Bytes || c.Ours.Bytes < 200 {
		t.Errorf("got %s, want the same variant of the other build", out)
	}
}
