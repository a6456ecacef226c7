//go:build vips && cgo

package vips_test

import (
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/resize/resizetest"
)

// A truncated file is an error, and so may be any other damage, with no other consequences: it takes less than a
// second of processor time and 300 MB, and leaves no open files or goroutines behind. With IMGORIGIN_TEST_HOSTILE
// set, each file is damaged in more ways.
func TestDamage(t *testing.T) {
	flips, step := 200, 16
	if os.Getenv("IMGORIGIN_TEST_HOSTILE") != "" {
		flips, step = 1000, 1
	}
	for name, src := range map[string][]byte{
		"HEIC": sample(t, "photo.heic"), "HEIC, alpha": sample(t, "fade.heic"),
		"AVIF": sample(t, "photo.avif"), "AVIF, 10 bits": sample(t, "photo10.avif"),
		"JXL": sample(t, "photo.jxl"), "JXL, alpha": sample(t, "fade.jxl"),
		"TIFF": tiffOf(t, resizetest.Photo(96, 64)),
	} {
		t.Run(name, func(t *testing.T) {
			e := engine()
			if _, err := e.Resize(t.Context(), src, resize.Transform{Width: 16}); err != nil {
				t.Fatal(err) // this loads the modules of libvips before open files and memory are measured
			}
			before, files, peak := goleak.IgnoreCurrent(), openFiles(t), peakResident(t)
			damaged, decoded := 0, 0
			var longest time.Duration
			for d := range resizetest.Damaged(src, flips, step) {
				began := processTime(t)
				out, err := e.Resize(t.Context(), d.Body, resize.Transform{Width: 16})
				spent := processTime(t) - began
				damaged++
				switch {
				case err == nil && strings.HasPrefix(d.Name, "cut"):
					t.Errorf("%s: got no error for a part of the file", d.Name)
				case err == nil:
					resizetest.Decode(out[0])
					decoded++
				case !isImageError(err):
					t.Errorf("%s: got %v, want an error of the image", d.Name, err)
				}
				if longest = max(longest, spent); spent > time.Second {
					t.Errorf("%s: took %v of processor time", d.Name, spent)
				}
			}
			if err := goleak.Find(before); err != nil {
				t.Error(err)
			}
			if now := openFiles(t); now > files {
				t.Errorf("got %d open files, want %d as before", now, files)
			}
			growth := peakResident(t) - peak
			if growth > 300<<20 {
				t.Errorf("the peak memory grew by %d MB", growth>>20)
			}
			t.Logf("%d damaged files, of which %d decode; the longest took %v; the peak memory grew by %d MB",
				damaged, decoded, longest, growth>>20)
		})
	}
}

// processTime returns the processor time of this process.
func processTime(t *testing.T) time.Duration {
	t.Helper()
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		t.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// openFiles returns the number of open files of this process.
func openFiles(t *testing.T) int {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(entries)
}

// peakResident returns the largest resident set that this process has had, in bytes.
func peakResident(t *testing.T) int64 {
	t.Helper()
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(status), "VmHWM:")
	kilobytes, err := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return kilobytes << 10
}
