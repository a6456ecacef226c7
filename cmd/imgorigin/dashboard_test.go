package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/imgorigin/imgorigin/resize/resizetest"
)

// dashboardQueries returns the queries of deploy/grafana.json, by panel.
func dashboardQueries(t *testing.T) map[string][]string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "deploy", "grafana.json"))
	if err != nil {
		t.Fatal(err)
	}
	var dashboard struct {
		Panels []struct {
			Type, Title string
			Targets     []struct{ Expr string }
		}
	}
	if err := json.Unmarshal(text, &dashboard); err != nil {
		t.Fatal(err)
	}
	queries := make(map[string][]string)
	for _, panel := range dashboard.Panels {
		for _, target := range panel.Targets {
			queries[panel.Title] = append(queries[panel.Title], target.Expr)
		}
		if panel.Type != "row" && len(queries[panel.Title]) == 0 {
			t.Errorf("%s has no query", panel.Title)
		}
	}
	if len(queries) < 10 {
		t.Fatalf("got %d panels", len(queries))
	}
	return queries
}

// startWithTraffic starts a service with everything that has metrics. It returns the URL of the metrics, and a function
// that sends some of every kind of request.
func startWithTraffic(t *testing.T) (metrics string, traffic func()) {
	originals, variants, quarantine := t.TempDir(), t.TempDir(), t.TempDir()
	photo := resizetest.JPEG(resizetest.Photo(400, 300), 80)
	writeFile(t, filepath.Join(originals, "cat.jpg"), photo)
	command, out := process(t, nil, "serve", "--originals", originals, "--variants", variants, "--quarantine", quarantine, "--exact",
		"--hook-token", "secret", "--warm", "w=160", "--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0")
	t.Cleanup(func() { command.Process.Kill() })
	metrics = "http://" + out.await(t, `"admin":"([^"]+)"`) + "/metrics"
	address := "http://" + out.await(t, `"addr":"([^"]+)"`)
	n := 0
	return metrics, func() {
		n++
		get(t, fmt.Sprintf("%s/img/cat.jpg?w=%d", address, 20+n%380))
		get(t, address+"/img/cat.jpg?w=20")
		get(t, address+"/img/dog.jpg?w=20")
		key := fmt.Sprintf("%d.jpg", n)
		if err := os.WriteFile(filepath.Join(originals, key), photo[:len(photo)*(n%2+1)/2], 0o600); err != nil {
			t.Error(err)
		}
		event := fmt.Sprintf(`{"Records":[{"eventSource":"aws:s3","eventName":"ObjectCreated:Put",`+
			`"s3":{"bucket":{"name":""},"object":{"key":"%s"}}}]}`, key)
		request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, address+"/hooks/s3", strings.NewReader(event))
		if err != nil {
			t.Error(err)
			return
		}
		request.Header.Set("Authorization", "Bearer secret")
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Error(err)
			return
		}
		response.Body.Close()
	}
}

var (
	selected = regexp.MustCompile(`\b((?:imgorigin|process|go)_[a-z_]+)\{([^}]*)\}`)
	grouped  = regexp.MustCompile(`\bby \(([^)]*)\)`)
	labelled = regexp.MustCompile(`(\w+)=`)
	series   = regexp.MustCompile(`(?m)^(\w+)(?:\{(.*)\})? `)
)

// Every metric in the dashboard exists, and has the labels that the queries use.
func TestDashboard(t *testing.T) {
	metrics, traffic := startWithTraffic(t)
	has := make(map[string][]string) // labels, by metric
	eventually(t, "events are counted", func() bool {
		traffic()
		_, page := get(t, metrics)
		for _, found := range series.FindAllStringSubmatch(string(page), -1) {
			labels := []string{"instance"}
			for _, label := range labelled.FindAllStringSubmatch(found[2], -1) {
				labels = append(labels, label[1])
			}
			has[found[1]] = append(has[found[1]], labels...)
		}
		return has["imgorigin_events_total"] != nil
	})
	for panel, queries := range dashboardQueries(t) {
		for _, query := range queries {
			var labels []string
			for _, found := range selected.FindAllStringSubmatch(query, -1) {
				if has[found[1]] == nil {
					t.Errorf("%s: there is no %s", panel, found[1])
				}
				labels = append(labels, has[found[1]]...)
				for _, label := range labelled.FindAllStringSubmatch(found[2], -1) {
					if !slices.Contains(has[found[1]], label[1]) {
						t.Errorf("%s: %s has no label %s", panel, found[1], label[1])
					}
				}
			}
			if labels == nil {
				t.Errorf("%s has no metric in the query %s", panel, query)
			}
			for _, found := range grouped.FindAllStringSubmatch(query, -1) {
				for label := range strings.SplitSeq(found[1], ", ") {
					if !slices.Contains(labels, label) {
						t.Errorf("%s: no label %s in %s", panel, label, query)
					}
				}
			}
		}
	}
}

// TestRealDashboard has the Prometheus that IMGORIGIN_TEST_PROMETHEUS names answer the queries of the dashboard. It is
// skipped without one.
func TestRealDashboard(t *testing.T) {
	program := os.Getenv("IMGORIGIN_TEST_PROMETHEUS")
	if program == "" {
		t.Skip("IMGORIGIN_TEST_PROMETHEUS names no Prometheus")
	}
	metrics, traffic := startWithTraffic(t)
	target, err := url.Parse(metrics)
	if err != nil {
		t.Fatal(err)
	}
	dir, address := t.TempDir(), freePort(t)
	config := fmt.Sprintf("global: {scrape_interval: 200ms}\nscrape_configs:\n"+
		"- job_name: imgorigin\n  static_configs: [{targets: ['%s']}]\n", target.Host)
	writeFile(t, filepath.Join(dir, "prometheus.yml"), []byte(config))
	server := exec.Command(program, "--config.file", filepath.Join(dir, "prometheus.yml"),
		"--storage.tsdb.path", filepath.Join(dir, "data"), "--web.listen-address", address)
	log := new(output)
	server.Stdout, server.Stderr = log, log
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Process.Kill(); server.Wait() })
	eventually(t, "Prometheus is ready", func() bool {
		response, err := http.Get("http://" + address + "/-/ready")
		if err == nil {
			response.Body.Close()
		}
		return err == nil && response.StatusCode == http.StatusOK
	})
	fill := strings.NewReplacer("$__rate_interval", "5s", "$instance", ".*")
	for panel, queries := range dashboardQueries(t) {
		for _, query := range queries {
			eventually(t, panel+": a value of "+query, func() bool {
				traffic()
				values := queryPrometheus(t, address, fill.Replace(query))
				return len(values) > 0 && values[0] != "NaN"
			})
		}
	}
	if t.Failed() {
		t.Log(log)
	}
}

// queryPrometheus returns the values of a query.
func queryPrometheus(t *testing.T, address, query string) (values []string) {
	t.Helper()
	_, body := get(t, "http://"+address+"/api/v1/query?query="+url.QueryEscape(query))
	var answer struct {
		Status, Error string
		Data          struct {
			Result []struct{ Value [2]any }
		}
	}
	if err := json.Unmarshal(body, &answer); err != nil || answer.Status != "success" {
		t.Errorf("%s: got %s, %v", query, body, err)
	}
	for _, series := range answer.Data.Result {
		values = append(values, fmt.Sprint(series.Value[1]))
	}
	return values
}
