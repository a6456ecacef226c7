package main

import (
	"fmt"
	"image"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/imgorigin/imgorigin/cmd/imgorigin/bench"
)

// BenchmarkIPX asks this server and ipx, which is sharp behind HTTP, for the same variants in turns, with nothing kept: cpu-ratio and
// wall-ratio are ipx's time divided by ours, one request at a time, or sixteen of different widths. IMGORIGIN_TEST_IPX is the
// ipx command; it runs where there is /proc. JPEGs are progressive, as ipx makes them.
func BenchmarkIPX(b *testing.B) {
	ipx := os.Getenv("IMGORIGIN_TEST_IPX")
	if ipx == "" {
		b.Skip("IMGORIGIN_TEST_IPX is not set")
	}
	folder := photographs(b)
	ours, out := process(b, nil, "serve", "--originals", folder, "--variants", "none", "--memory", "0", "--siblings", "0", "--exact",
		"--progressive", "--fills-per-original", "0", "--listen", "127.0.0.1:0", "--admin-listen", "none")
	a := rival{command: ours, url: "http://" + out.await(b, `"addr":"([^"]+)"`) + "/img/%[3]s?w=%[1]d&fm=%[2]s&q=80"}
	address := freePort(b)
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		b.Fatal(err)
	}
	z := rival{command: exec.Command(ipx, "serve", "--dir", folder, "--host", host, "--port", port), url: "http://" + address + "/w_%d,f_%s,q_80/%s"}
	if err := z.command.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { z.command.Process.Kill(); z.command.Wait() })
	awaitServer(b, "http://"+address)

	pictures, err := os.ReadDir(folder)
	if err != nil {
		b.Fatal(err)
	}
	for _, picture := range pictures {
		for _, format := range []string{"jpeg", "webp"} {
			for _, width := range []int{320, 800, 1920} {
				b.Run(fmt.Sprintf("%s/%s/%d", picture.Name(), format, width), func(b *testing.B) {
					inTurns(b, a, z, func(r rival) { r.get(b, width, format, picture.Name()) })
				})
			}
			b.Run(fmt.Sprintf("%s/%s/at once", picture.Name(), format), func(b *testing.B) {
				inTurns(b, a, z, func(r rival) {
					var wg sync.WaitGroup
					for i := range 16 {
						wg.Go(func() { r.get(b, 320+100*i, format, picture.Name()) })
					}
					wg.Wait()
				})
				b.ReportMetric(a.peak(b), "peak-MB")
				b.ReportMetric(z.peak(b), "ipx-peak-MB")
			})
		}
	}
}

// inTurns has both do the same, once before it counts.
func inTurns(b *testing.B, ours, theirs rival, do func(rival)) {
	do(ours)
	do(theirs)
	var ratios []float64
	before, beforeTheirs := ours.cpu(b), theirs.cpu(b)
	for b.Loop() {
		began := time.Now()
		do(ours)
		half := time.Now()
		do(theirs)
		ratios = append(ratios, float64(time.Since(half))/float64(half.Sub(began)))
	}
	used, theirUsed := ours.cpu(b)-before, theirs.cpu(b)-beforeTheirs
	slices.Sort(ratios)
	b.ReportMetric(float64(used)/float64(time.Millisecond)/float64(b.N), "cpu-ms/op")
	b.ReportMetric(float64(theirUsed)/float64(used), "cpu-ratio")
	b.ReportMetric(ratios[len(ratios)/2], "wall-ratio")
}

// photographs returns the folder IMGORIGIN_TEST_PHOTOS, or one of pictures that are painted.
func photographs(b *testing.B) string {
	if folder := os.Getenv("IMGORIGIN_TEST_PHOTOS"); folder != "" {
		return folder
	}
	pictures, err := bench.Generate()
	if err != nil {
		b.Fatal(err)
	}
	folder := b.TempDir()
	for _, p := range pictures {
		write(b, filepath.Join(folder, strings.ReplaceAll(p.Name, " ", "-")+".jpg"), p.Body)
	}
	return folder
}

// A rival is a server that is measured.
type rival struct {
	command *exec.Cmd
	url     string // with places for width, format and key
}

// get asks for a variant, and looks whether it is one.
func (r rival) get(b *testing.B, width int, format, key string) {
	b.Helper()
	response, err := http.Get(fmt.Sprintf(r.url, width, format, key))
	if err != nil {
		b.Error(err)
		return
	}
	defer response.Body.Close()
	got, name, err := image.DecodeConfig(response.Body)
	if err != nil || got.Width != width || name != format {
		b.Errorf("%s: got %s, %v, a %s %d wide", response.Request.URL, response.Status, err, name, got.Width)
	}
	io.Copy(io.Discard, response.Body)
}

// peak returns the most memory that the process had so far, in MB.
func (r rival) peak(b *testing.B) float64 {
	b.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", r.command.Process.Pid))
	if err != nil {
		b.Fatal(err)
	}
	_, peak, _ := strings.Cut(string(status), "VmHWM:")
	peak, _, _ = strings.Cut(peak, " kB")
	kB, err := strconv.ParseFloat(strings.TrimSpace(peak), 64)
	if err != nil {
		b.Fatal(err)
	}
	return kB / 1000
}

// cpu returns the time that the process has spent, in user and system, to a hundredth of a second.
func (r rival) cpu(b *testing.B) time.Duration {
	b.Helper()
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", r.command.Process.Pid))
	if err != nil {
		b.Fatal(err)
	}
	_, after, _ := strings.Cut(string(stat), ") ") // its name may hold spaces
	fields := strings.Fields(after)
	var ticks int64
	for _, field := range fields[11:13] { // utime, stime: proc(5)
		n, err := strconv.ParseInt(field, 10, 64)
		if err != nil {
			b.Fatal(err)
		}
		ticks += n
	}
	return time.Duration(ticks) * time.Second / 100
}

func awaitServer(b *testing.B, url string) {
	b.Helper()
	for range 100 {
		if response, err := http.Get(url); err == nil {
			response.Body.Close()
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	b.Fatalf("%s does not answer", url)
}
