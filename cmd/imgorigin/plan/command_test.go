package plan

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/imgorigin/imgorigin/cache/cachetest"
)

// cloudFrontLog returns a log of three requests.
func cloudFrontLog(t *testing.T) []byte {
	t.Helper()
	log, err := os.ReadFile(filepath.Join("testdata", "cloudfront.log"))
	must(t, err)
	return log
}

// Logs in a folder and in a bucket come to one report. It counts what can't be read, names the log of another service, and has no
// addresses or referers.
func TestPlanLogs(t *testing.T) {
	dir, bucket := t.TempDir(), cachetest.NewS3(t)
	writeFile(t, filepath.Join(dir, "a.log"), cloudFrontLog(t))
	writeFile(t, filepath.Join(dir, "lb.log"), []byte("https 2026-11-29T17:45:55.1Z app/my/50dc 192.0.2.7:1 x\n"))
	bucket.CreateBucket("logs")
	bucket.PutObject("logs", "cdn/b.log", cloudFrontLog(t))
	for name, value := range map[string]string{
		"AWS_ENDPOINT_URL_S3": bucket.URL, "AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_REGION": "us-east-1",
	} {
		t.Setenv(name, value)
	}
	must(t, os.Symlink("nowhere", filepath.Join(dir, "c.log")))
	text := runOutput(t, "--json", dir, "s3://logs/cdn/", filepath.Join(dir, "a.log"), "s3://logs/cdn/b") // each file once
	var r Report
	if err := json.Unmarshal([]byte(text), &r); err != nil {
		t.Fatal(err)
	}
	notes := strings.Join(r.Notes, " ")
	if r.Log.Requests != 6 || r.Log.Bytes != 200000 || r.Log.Variants.Value != 2 || !strings.Contains(notes, "2 of 8 lines") ||
		!strings.Contains(notes, "Application Load Balancer") || len(r.Bills) != 8 {
		t.Errorf("got %s", text)
	}
	text += runOutput(t, dir)
	if strings.Contains(text, "192.0.2") || strings.Contains(text, "secret") {
		t.Errorf("the report has addresses or referers: %s", text)
	}
}

// A bucket of logs that can't be read is named, with what to do about it in place of the SDK's words.
func TestPlanBucketFails(t *testing.T) {
	bucket := cachetest.NewS3(t)
	for name, value := range map[string]string{
		"AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_REGION": "", "AWS_DEFAULT_REGION": "",
		"AWS_CONFIG_FILE": os.DevNull, "AWS_SHARED_CREDENTIALS_FILE": os.DevNull, "AWS_ENDPOINT_URL": "", "AWS_ENDPOINT_URL_S3": "",
	} {
		t.Setenv(name, value)
	}
	for _, test := range []struct{ name, value, want string }{
		{"AWS_REGION", "", "no AWS region: set AWS_REGION"},
		{"AWS_ENDPOINT_URL_S3", bucket.URL, "s3://nonesuch/cdn: the bucket does not exist (NoSuchBucket)\n→ is the name right"},
		{"AWS_ENDPOINT_URL_S3", "http://127.0.0.1:1", "s3://nonesuch/cdn: S3 does not answer: "},
	} {
		t.Setenv(test.name, test.value)
		if test.value == "http://127.0.0.1:1" {
			t.Setenv("AWS_MAX_ATTEMPTS", "1")
		}
		err := run(t.Context(), []string{"s3://nonesuch/cdn"}, new(bytes.Buffer))
		if err == nil || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "operation error") {
			t.Errorf("%s=%s: got %v, want %s", test.name, test.value, err, test.want)
		}
	}
}

// The settings of the service say what URLs mean, and what can't be read is counted by its reason, without the URL.
func TestPlanSettings(t *testing.T) {
	log := filepath.Join(t.TempDir(), "urls.txt")
	writeFile(t, log, []byte("/insecure/rs:fit:400/plain/local:///cat.jpg@webp\n/img/cat.jpg?w=390&fm=webp\n/img/cat.jpg?preset=avatar\n"+
		"/v/cat.jpg/w=480.webp\n/img/cat.jpg?w=300&blur=8\n/insecure/rs:auto:3:2/plain/local:///private.jpg\n"))
	plain := runOutput(t, "--json", log)
	if !strings.Contains(plain, "--dialect imgproxy") || !strings.Contains(plain, "a preset that --preset does not name") {
		t.Errorf("without settings: got %s", plain)
	}
	text := runOutput(t, "--json", "--dialect", "imgproxy", "--preset", "avatar=w=128&h=128&fit=cover", "--exact", log)
	var r Report
	if err := json.Unmarshal([]byte(text), &r); err != nil {
		t.Fatal(err)
	}
	if r.Log.Requests != 5 || r.Log.Variants.Value != 5 || r.Log.Originals.Value != 1 || len(r.Log.Unread) != 1 ||
		r.Log.Unread[0].What != "imgproxy URLs: rs has no counterpart here" || strings.Contains(text, "private") {
		t.Errorf("got %s", text)
	}
	text = runOutput(t, "--json", "--dialect", "imgproxy", "--preset", "avatar=w=128&h=128&fit=cover", "--widths", "400,640", log)
	if !strings.Contains(text, `"what": "blur requires a signature, or --exact"`) {
		t.Errorf("with a ladder: got %s", text)
	}
}

// A list of URLs, like a log without media types, does not show which formats browsers negotiated: --warm makes the usual ones.
func TestPlanNegotiatedFormats(t *testing.T) {
	log := filepath.Join(t.TempDir(), "urls.txt")
	writeFile(t, log, bytes.Repeat([]byte("/img/cat.jpg?w=320\n/img/cat.jpg?w=480&auto=format\n/img/cat.jpg?w=640&fm=jpeg\n"), 20))
	text := runOutput(t, log)
	for _, want := range []string{"  Warm=w=320,480;w=640&fm=jpeg\n", "320  negotiated", "now  0 B"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing in:\n%s", want, text)
		}
	}
}

// A command converts Parquet. Names that a shell would take for something else do not get into it.
func TestConvertParquet(t *testing.T) {
	for names, want := range map[string]string{
		"logs/a.parquet": "FROM 'logs/a.parquet'", "logs/a.parquet|logs/b.parquet": "FROM 'logs/**/*.parquet'", "a.parquet|b.parquet": "FROM '**/*.parquet'",
		"s3://logs/cdn/a.parquet|s3://logs/cdn/b.parquet": "FROM 's3://logs/cdn/**/*.parquet'",
		"logs/month=10/a.parquet|logs/month=11/b.parquet": "FROM 'logs/**/*.parquet'", "/a.parquet|/b/c.parquet": "FROM '/**/*.parquet'", "x'; DROP.parquet": "FROM 'FILE'", "$(id)": "FROM 'FILE'",
	} {
		if got := convertParquet(strings.Split(names, "|")); !strings.Contains(got, want) {
			t.Errorf("%s: got %s, want …%s…", names, got, want)
		}
	}
}

func TestPlanArguments(t *testing.T) {
	broken := filepath.Join(t.TempDir(), "broken.log")
	header, _, _ := bytes.Cut(cloudFrontLog(t), []byte("2026"))
	writeFile(t, broken, append(header, "x\ny\n"...))
	foreign := filepath.Join(t.TempDir(), "x.parquet")
	writeFile(t, foreign, []byte("PAR1"))
	caddy := filepath.Join(t.TempDir(), "caddy.json")
	writeFile(t, caddy, []byte(`{"level":"info","logger":"http.log.access","request":{"uri":"/img/cat.jpg"}}`+"\n"))
	prices := filepath.Join(t.TempDir(), "prices.yaml")
	writeFile(t, prices, []byte("s3: {put: 500, nonsense: 1}\n"))
	for _, test := range []struct {
		args []string
		want string
	}{
		{nil, "want access logs, or --originals and --views"},
		{[]string{"--originals", "10"}, "want access logs, or --originals and --views"},
		{[]string{foreign}, "duckdb -c"},
		{[]string{foreign}, "no access log could be read"},
		{[]string{caddy}, "is a log of Caddy, which is not read: make a list of its URLs with jq -r .request.uri, and give that"},
		{[]string{broken}, "none of its 2 lines could be read"},
		{[]string{filepath.Join(t.TempDir(), "none")}, "no such file"},
		{[]string{"--originals", "10", "--views", "10", "--prices", prices}, "nonsense"},
		{[]string{"--originals", "10", "--views", "10", "--zipf", "-1"}, "zipf"},
		{[]string{"--originals", "10", "--views", "10", "--zipf", "NaN"}, "--zipf NaN: want a finite number"},
		{[]string{"--originals", "10", "--views", "1e300"}, "--views 1e+300: want 1e15 at most"},
		{[]string{"--widths", "0", foreign}, "widths"},
		{[]string{"--html", filepath.Join(t.TempDir(), "none", "plan.html"), foreign}, "--html: stat"},
	} {
		err := run(t.Context(), test.args, new(bytes.Buffer))
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%v: got %v, want …%s…", test.args, err, test.want)
		}
	}
}

// The report is printed even if its page can't be written.
func TestPlanPageFails(t *testing.T) {
	var stdout bytes.Buffer
	dir := t.TempDir() // which no page can be written to
	args := []string{"--originals", "1e6", "--views", "1e8", "--html", dir}
	if err := run(t.Context(), args, &stdout); err == nil || !strings.Contains(stdout.String(), "imgorigin on Lambda") {
		t.Errorf("got %v, and the report %q", err, stdout.String())
	}
}

// The default prices can be printed, changed, and read again.
func TestPlanPrices(t *testing.T) {
	file := runOutput(t, "--print-prices")
	name := filepath.Join(t.TempDir(), "prices.yaml")
	args := []string{"--originals", "1e6", "--views", "1e8", "--uploads", "1e6", "--prices", name}
	writeFile(t, name, []byte(file))
	before := runOutput(t, args...)
	if err := os.WriteFile(name, []byte(strings.Replace(file, "put: 5.00", "put: 500", 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	if after := runOutput(t, args...); before == after || !strings.Contains(before, "imgorigin on Lambda") {
		t.Errorf("other prices change nothing: %s", after)
	}
}

func TestLogBar(t *testing.T) {
	if got, want := logBar(1<<30, 3<<30, 10*time.Second), "1 GiB of 3 GiB · 102.4 MiB/s · 20s left"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got, want := logBar(1<<20, 0, time.Second), "1 MiB · 1 MiB/s"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// Without a browser, the page is at least well-formed and has the figures.
func TestPlanPage(t *testing.T) {
	page := filepath.Join(t.TempDir(), "plan.html")
	runOutput(t, "--originals", "1e6", "--views", "1e8", "--html", page)
	body, err := os.ReadFile(page)
	must(t, err)
	for _, want := range []string{"imgorigin on Lambda", "<svg", "Origin Shield", "</main>"} {
		if !bytes.Contains(body, []byte(want)) {
			t.Errorf("the page has no %q", want)
		}
	}
	for _, bad := range []string{"<script", "http://", "https://", "NaN", "ZgotmplZ", "Inf"} {
		if bytes.Contains(body, []byte(bad)) {
			t.Errorf("the page has %q", bad)
		}
	}
}
