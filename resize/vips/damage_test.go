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

// Half a picture is none, and whatever stands in a file is a fault of it and no more: it takes no second, and neither
// memory, files nor goroutines stay. With IMGORIGIN_TEST_HOSTILE more is done to each.
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
				t.Fatal(err) // libraries are loaded by now
			}
			before, files, memory := goleak.IgnoreCurrent(), openFiles(t), residentPeak(t)
			n, pictures := 0, 0
			var longest time.Duration
			for one := range resizetest.Damaged(src, flips, step) {
				began := processTime(t)
				out, err := e.Resize(t.Context(), one.Body, resize.Transform{Width: 16})
				spent := processTime(t) - began
				n++
				switch {
				case err == nil && strings.HasPrefix(one.Name, "cut"):
					t.Errorf("%s: got a picture of half a file", one.Name)
				case err == nil:
					resizetest.Decode(out[0])
					pictures++
				case !isFault(err):
					t.Errorf("%s: got %v, want a fault", one.Name, err)
				}
				if longest = max(longest, spent); spent > time.Second {
					t.Errorf("%s: took %v of processor", one.Name, spent)
				}
			}
			if err := goleak.Find(before); err != nil {
				t.Error(err)
			}
			if now := openFiles(t); now > files {
				t.Errorf("got %d open files, want %d as before", now, files)
			}
			more := residentPeak(t) - memory
			if more > 300<<20 {
				t.Errorf("took %d MB at its peak", more>>20)
			}
			t.Logf("%d pictures, %d of them are some; the longest took %v, %d MB more at the peak", n, pictures, longest, more>>20)
		})
	}
}

func processTime(t *testing.T) time.Duration {
	t.Helper()
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		t.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

func openFiles(t *testing.T) int {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(entries)
}

// residentPeak returns the most memory that this process ever had, in bytes.
func residentPeak(t *testing.T) int64 {
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
