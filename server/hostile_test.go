package server

import (
	"bytes"
	"fmt"
	"net/http"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/resize/resizetest"
)

// hostileStatus are the statuses that a hostile image can come to.
var hostileStatus = []int{http.StatusOK, http.StatusUnsupportedMediaType, http.StatusUnprocessableEntity}

// statusOf returns the status of the error that a specimen wants, 0 for any.
func statusOf(want error) int {
	switch want {
	case nil:
		return http.StatusOK
	case resizetest.ErrAny:
		return 0
	}
	return faultOf(want).status
}

// Hostile images are answered over HTTP as images or with a 4xx, in bounded time and memory, and leave nothing behind.
func TestHostileImages(t *testing.T) {
	flips, step := 60, 5
	switch {
	case os.Getenv("IMGORIGIN_TEST_HOSTILE") != "": // all of them, which is for .ci/run
		flips, step = 1000, 1
	case testing.Short(): // one image after the other, in which the race detector finds little
		flips, step = 6, 50
	}
	before, files := goleak.IgnoreCurrent(), openFiles()
	t.Run("all", func(t *testing.T) {
		a := newOriginals()
		// Time is held to a limit below, as that of the processor, which does not depend on what else the machine does.
		o := start(t, Config{Originals: a, URLs: URLs{Exact: true}, Load: Load{FillTimeout: 5 * time.Minute}})
		client := &hostileClient{t: t, o: o, a: a, limit: !testing.Short()}
		for _, specimen := range resizetest.Hostile() {
			client.try(specimen)
		}
		for format, seed := range resizetest.Seeds() {
			for specimen := range resizetest.Damaged(seed, flips, step) {
				specimen.Name = fmt.Sprintf("%s, %s", format, specimen.Name)
				client.try(specimen)
			}
		}
		t.Logf("%d images, statuses %v; the longest took %v, of %s; the most memory %d MB, of %s",
			client.n, client.statuses, client.longest, client.slow, client.most>>20, client.large)
	})
	http.DefaultTransport.(*http.Transport).CloseIdleConnections()
	if err := goleak.Find(before); err != nil {
		t.Error(err)
	}
	if now := openFiles(); now > files {
		t.Errorf("got %d open files, want %d as before", now, files)
	}
}

type hostileClient struct {
	t     *testing.T
	o     *origin
	a     *fakeOriginals
	limit bool // hold CPU and memory to their limits; the race detector has others

	n        int
	statuses map[int]int
	longest  time.Duration
	slow     string
	most     uint64
	large    string
}

func (c *hostileClient) try(specimen resizetest.Specimen) {
	c.t.Helper()
	c.n++
	key := fmt.Sprintf("%d.jpg", c.n)
	c.a.put(key, append([]byte{}, specimen.Body...))
	defer c.a.put(key, nil)

	var memory [2]runtime.MemStats
	if c.limit {
		runtime.ReadMemStats(&memory[0])
	}
	began := processTime()
	got := c.o.get("/img/" + key + "?w=16")
	spent := processTime() - began
	if c.limit {
		runtime.ReadMemStats(&memory[1])
	}
	if c.statuses == nil {
		c.statuses = make(map[int]int)
	}
	c.statuses[got.StatusCode]++

	want := statusOf(specimen.Want)
	if want != 0 && got.StatusCode != want || !slices.Contains(hostileStatus, got.StatusCode) {
		c.t.Errorf("%s: got %s, %.100q, want %d", specimen.Name, got.Status, got.body, want)
	}
	c.answer(specimen.Name, got)
	if spent > c.longest {
		c.longest, c.slow = spent, specimen.Name
	}
	if spent > time.Second && c.limit {
		c.t.Errorf("%s: took %v of processor", specimen.Name, spent)
	}
	taken := memory[1].TotalAlloc - memory[0].TotalAlloc
	if taken > c.most {
		c.most, c.large = taken, specimen.Name
	}
	if most := c.budget(specimen.Body); taken > most {
		c.t.Errorf("%s: allocated %d MB in all, want at most %d", specimen.Name, taken>>20, most>>20)
	}
}

// answer checks that an answer is an image that decodes, or text, and nothing that a browser would run.
func (c *hostileClient) answer(name string, got answer) {
	c.t.Helper()
	kind := got.Header.Get("Content-Type")
	isPicture := got.StatusCode == http.StatusOK
	if isPicture && kind != resize.Detect(got.body).MediaType() || !isPicture && kind != "text/plain; charset=utf-8" {
		c.t.Errorf("%s: %s is called %s", name, got.Status, kind)
	}
	if got.Header.Get("X-Content-Type-Options") != "nosniff" {
		c.t.Errorf("%s: browsers may guess", name)
	}
	if bytes.Contains(got.body, []byte("<script")) || strings.Contains(string(got.body), "panic") {
		c.t.Errorf("%s: got %.200q", name, got.body)
	}
	if isPicture {
		resizetest.Decode(got.body)
	}
}

// budget returns how much an image may allocate in total: twice what the gate was asked for, since that is what is held
// at any time and some of it is garbage by then; little if its header is not believed.
func (c *hostileClient) budget(body []byte) uint64 {
	const others = 16 << 20 // the request, the client, an encoder's tables, a profile of 4 MiB as it is unpacked
	h, err := resize.ProbeBytes(body)
	if err != nil || h.Check(resize.Limits{}) != nil {
		return others
	}
	need := uint64(h.Memory(int64(len(body)), resize.EngineConfig{}, resize.Transform{Width: 16}))
	if h.Frames > 1 {
		need += uint64(h.Frames) * 128 << 10 // made and thrown away for each frame
	}
	return 2*need + others
}

// openFiles returns the number of files that this process has open, 0 where there is no /proc.
func openFiles() int {
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return 0
	}
	return len(entries)
}
