package server

import (
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"sync"
	"testing"
)

// A benchmarkOrder is what a benchmarkClient is asked to do: so many requests, some at a time.
type benchmarkOrder struct {
	URL      string
	ETag     string // of If-None-Match; "" for a 200
	Requests int
}

// A benchmarkClient is a process that sends requests, so that the processor time of this process is the server's alone.
type benchmarkClient struct {
	orders  *json.Encoder
	reports *json.Decoder
}

func startBenchmarkClient(b *testing.B) *benchmarkClient {
	executable, err := os.Executable()
	if err != nil {
		b.Fatal(err)
	}
	command := exec.Command(executable, "-test.run=^TestBenchmarkClient$")
	command.Env = append(os.Environ(), "IMGORIGIN_TEST_CLIENT=1")
	in, errIn := command.StdinPipe()
	out, errOut := command.StdoutPipe()
	if err := command.Start(); err != nil || errIn != nil || errOut != nil {
		b.Fatal(err, errIn, errOut)
	}
	b.Cleanup(func() { in.Close(); command.Wait() })
	return &benchmarkClient{json.NewEncoder(in), json.NewDecoder(out)}
}

// ask returns when all requests of the order were answered.
func (c *benchmarkClient) ask(b *testing.B, order benchmarkOrder) {
	var fault string
	if err := c.orders.Encode(order); err != nil {
		b.Fatal(err)
	}
	if err := c.reports.Decode(&fault); err != nil || fault != "" {
		b.Fatal(err, fault)
	}
}

// TestBenchmarkClient is the process of a benchmarkClient. It reports "", or what went wrong, for each order.
func TestBenchmarkClient(t *testing.T) {
	if os.Getenv("IMGORIGIN_TEST_CLIENT") == "" {
		t.Skip("not a process that a benchmark started")
	}
	const atOnce = 4
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: atOnce, DisableCompression: true}}
	orders, reports := json.NewDecoder(os.Stdin), json.NewEncoder(os.Stdout)
	for {
		var order benchmarkOrder
		if orders.Decode(&order) != nil {
			return
		}
		var faults [atOnce]string
		var all sync.WaitGroup
		for i := range atOnce {
			all.Go(func() {
				for range order.Requests / atOnce {
					if fault := fetchHit(client, order); fault != "" {
						faults[i] = fault
					}
				}
			})
		}
		all.Wait()
		fault := ""
		for _, f := range faults {
			fault += f
		}
		reports.Encode(fault)
	}
}

// fetchHit sends a request and returns what is wrong with the answer.
func fetchHit(c *http.Client, order benchmarkOrder) string {
	r := newHitRequest(order.URL, order.ETag)
	r.RequestURI = "" // of a server's request
	response, err := c.Do(r)
	if err != nil {
		return err.Error()
	}
	defer response.Body.Close()
	n, err := io.Copy(io.Discard, response.Body)
	want, length := http.StatusOK, int64(90_000)
	if order.ETag != "" {
		want, length = http.StatusNotModified, 0
	}
	if err != nil || response.StatusCode != want || n != length {
		return response.Status
	}
	return ""
}
