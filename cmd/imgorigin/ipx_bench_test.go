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

// BenchmarkIPX requests the same variants from this server and from ipx, which is sharp behind HTTP, in turns and without
// a cache: one request at a time, or sixteen of different widths at once. cpu-ratio and wall-ratio are the time of ipx
// divided by ours. IMGORIGIN_TEST_IPX is the command of ipx. It needs /proc. JPEGs are progressive, as those of ipx are.
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
	z := rival{
		command: exec.Command(ipx, "serve", "--dir", folder, "--host", host, "--port", port),
		url:     "http://" + address + "/w_%d,f_%s,q_80/%s",
	}
	if err := z.command.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { z.command.Process.Kill(); z.command.Wait() })
	awaitServer(b, "http://"+address)

	files, err := os.ReadDir(folder)
	if err != nil {
		b.Fatal(err)
	}
	for _, file := range files {
		for _, format := range []string{"jpeg", "webp"} {
			for _, width := range []int{320, 800, 1920} {
				b.Run(fmt.Sprintf("%s/%s/%d", file.Name(), format, width), func(b *testing.B) {
					inTurns(b, a, z, func(r rival) { r.get(b, width, format, file.Name()) })
				})
			}
			b.Run(fmt.Sprintf("%s/%s/at once", file.Name(), format), func(b *testing.B) {
				inTurns(b, a, z, func(r rival) {
					var wg sync.WaitGroup
					for i := range 16 {
						wg.Go(func() { r.get(b, 320+100*i, format, file.Name()) })
					}
					wg.Wait()
				})
				b.ReportMetric(a.peak(b), "peak-MB")
				b.ReportMetric(z.peak(b), "ipx-peak-MB")
			})
		}
	}
}

// inTurns has both servers do the same in turns, after a first turn that is not measured.
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

// photographs returns the folder that IMGORIGIN_TEST_PHOTOS names, else one of generated images.
func photographs(b *testing.B) string {
	if folder := os.Getenv("IMGORIGIN_TEST_PHOTOS"); folder != "" {
		return folder
	}
	originals, err := bench.Generate()
	if err != nil {
		b.Fatal(err)
	}
	folder := b.TempDir()
	for _, o := range originals {
		writeFile(b, filepath.Join(folder, strings.ReplaceAll(o.Name, " ", "-")+".jpg"), o.Body)
	}
	return folder
}

// A rival is a server that is measured.
type rival struct {
	command *exec.Cmd
	url     string // with places for width, format and key
}

// get requests a variant, and checks its format and width.
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

// peak returns the largest resident memory of the process so far, in MB.
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

// cpu returns the user and system time of the process, to a hundredth of a second.
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
	eventually(b, url+" answers", func() bool {
		response, err := http.Get(url)
		if err == nil {
			response.Body.Close()
		}
		return err == nil
	})
}
