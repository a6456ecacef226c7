package main

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/imgorigin/imgorigin/resize/resizetest"
	"github.com/imgorigin/imgorigin/server/warm/intake/intaketest"
)

// An emfLine is a line in embedded metric format.
type emfLine struct {
	AWS struct {
		Timestamp         int64
		CloudWatchMetrics []struct {
			Namespace  string
			Dimensions [][]string
			Metrics    []struct{ Name, Unit string }
		}
	} `json:"_aws"`

	fields map[string]any
}

func emfLines(t *testing.T, log string) (lines []emfLine) {
	for text := range strings.Lines(log) {
		if !strings.Contains(text, `"_aws"`) {
			continue
		}
		var line emfLine
		if err := json.Unmarshal([]byte(text), &line); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		if err := json.Unmarshal([]byte(text), &line.fields); err != nil {
			t.Fatal(err)
		}
		lines = append(lines, line)
	}
	return lines
}

// Metrics are lines of the log, and each request is counted in exactly one of them, also a request during the drain.
func TestEMF(t *testing.T) {
	originals := t.TempDir()
	writeFile(t, filepath.Join(originals, "cat.jpg"), resizetest.JPEG(resizetest.Photo(400, 300), 80))
	command, out := process(t, nil, "serve", "--originals", originals, "--variants", "none", "--listen", "127.0.0.1:0",
		"--admin-listen", "none", "--emf", "photos", "--emf-every", "200ms", "--exact")
	address := "http://" + out.await(t, `"addr":"([^"]+)"`)
	for range 3 {
		wantSize(t, address+"/img/cat.jpg?w=100", 100, 75)
	}
	get(t, address+"/img/dog.jpg?w=100")
	eventually(t, "metrics of the hits", func() bool { // in one line or in two
		written := out.String()
		total, _ := sumEMF(t, emfLines(t, written[:strings.LastIndex(written, "\n")+1]))
		return total["MemoryHits"] == 2
	})
	get(t, address+"/img/cat.jpg?w=abc")
	command.Process.Signal(syscall.SIGTERM)
	if err := command.Wait(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	total, last := sumEMF(t, emfLines(t, out.String()))
	for name, want := range map[string]float64{
		"Requests": 5, "MemoryHits": 2, "ClientErrors": 2, "ServerErrors": 0, "Fills": 1, "FillErrors": 1, "Decodes": 1,
	} {
		if total[name] != want {
			t.Errorf("%s: got %v in all, want %v", name, total[name], want)
		}
	}
	if total["TookP99"] <= 0 || total["SentBytes"] < 1000 || last < 1000 {
		t.Errorf("got %v, and %v bytes in memory at last", total, last)
	}
}

// A worker reports what became of events, the last ones too.
func TestEMFOfEvents(t *testing.T) {
	originals := t.TempDir()
	writeFile(t, filepath.Join(originals, "cat.jpg"), resizetest.JPEG(resizetest.Photo(400, 300), 80))
	writeFile(t, filepath.Join(originals, "text.jpg"), []byte("no image"))
	queues := new(intaketest.SQS)
	endpoint := queues.Serve(t)
	queue := queues.Create("events", time.Minute, "", 0)
	quarantine := t.TempDir()
	command, out := process(t, awsEnv(endpoint), "work", "--queue", queue, "--originals", originals,
		"--variants", t.TempDir(), "--quarantine", quarantine, "--emf", "photos", "--emf-every", "100ms")
	sendMessage(t, queues, queue, created("cat.jpg", 1))
	out.await(t, `"EventsWarmed":(1)`)
	sendMessage(t, queues, queue, created("text.jpg", 2))
	eventually(t, "the text is in quarantine", func() bool { return countFiles(t, quarantine) > 0 })
	command.Process.Signal(syscall.SIGTERM)
	if err := command.Wait(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	total, _ := sumEMF(t, emfLines(t, out.String()))
	for name, want := range map[string]float64{
		"Events": 2, "EventsWarmed": 1, "EventsFailed": 0, "EventsDeferred": 0, "Quarantined": 1, "Unsupported": 1,
		"Exhausted": 0, "PurgeErrors": 0,
	} {
		if got, ok := total[name]; !ok || got != want {
			t.Errorf("%s: got %v in all, want %v", name, got, want)
		}
	}
	if _, ok := total["Requests"]; ok {
		t.Error("a worker reports requests")
	}
}

// sumEMF returns the sum of each metric over the lines, and MemoryBytes of the last line.
func sumEMF(t *testing.T, lines []emfLine) (total map[string]float64, memoryBytes float64) {
	t.Helper()
	total = make(map[string]float64)
	for _, line := range lines {
		definitions := line.AWS.CloudWatchMetrics
		if len(definitions) != 1 || line.AWS.Timestamp == 0 {
			t.Fatalf("got %+v", line)
		}
		if definitions[0].Namespace != "photos" || len(definitions[0].Dimensions) != 1 {
			t.Fatalf("got %+v", line)
		}
		for _, m := range definitions[0].Metrics {
			value, ok := line.fields[m.Name].(float64)
			if !ok || m.Unit == "" {
				t.Errorf("%s, in %s, is %v", m.Name, m.Unit, line.fields[m.Name])
			}
			total[m.Name] += value
		}
		memoryBytes, _ = line.fields["MemoryBytes"].(float64)
	}
	return total, memoryBytes
}
