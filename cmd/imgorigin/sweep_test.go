package main

import (
	"bytes"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/imgorigin/imgorigin/cache/cachetest"
	"github.com/imgorigin/imgorigin/resize/resizetest"
	"github.com/imgorigin/imgorigin/server/warm/sweep"
)

// Variants of originals that are gone or were replaced without an event are found by a dry run, and then deleted.
func TestSweep(t *testing.T) {
	originals, variants := t.TempDir(), t.TempDir()
	state := filepath.Join(t.TempDir(), "state.json")
	for _, name := range []string{"good.jpg", "gone.jpg", "replaced.jpg"} {
		writeFile(t, filepath.Join(originals, name), resizetest.JPEG(resizetest.Photo(400, 300), 80))
	}
	locations := []string{"--originals", originals, "--variants", variants, "--warm", "w=160,320&fm=auto"}
	command := func(args ...string) (string, error) {
		var out bytes.Buffer
		err := run(t.Context(), append(args, locations...), func(string) string { return "" }, &out)
		return out.String(), err
	}
	if _, err := command("warm"); err != nil || countFiles(t, variants) != 6 {
		t.Fatalf("got %v and %d files, want 6", err, countFiles(t, variants))
	}
	must(t, os.Remove(filepath.Join(originals, "gone.jpg")))
	writeFile(t, filepath.Join(originals, "replaced.jpg"), resizetest.JPEG(resizetest.Photo(410, 300), 80))

	const want = `"clean":1,"stale":1,"gone":1,"failed":0,"unknown":0,"variants":4,`
	got, err := command("sweep", "--dry-run")
	if err != nil || !strings.Contains(got, want) || countFiles(t, variants) != 6 {
		t.Errorf("dry run: got %v, %d files, %s, want %s", err, countFiles(t, variants), got, want)
	}
	for _, line := range []string{
		`{"original":"gone.jpg","result":"gone","variants":2}`, `{"original":"replaced.jpg","result":"stale","variants":2}`,
	} {
		if !strings.Contains(got, line+"\n") {
			t.Errorf("dry run: got %s, want the line %s", got, line)
		}
	}
	got, err = command("sweep", "--state", state, "--emf", "photos")
	if err != nil || !strings.Contains(got, want) || countFiles(t, variants) != 2 {
		t.Errorf("got %v, %d files, %s, want %s", err, countFiles(t, variants), got, want)
	}
	total, _ := sumEMF(t, emfLines(t, got))
	if total["Swept"] != 3 || total["SweptStale"] != 2 || total["SweptVariants"] != 4 || total["SweepsFailed"] != 0 {
		t.Errorf("got the metrics %v", total)
	}
	got, err = command("sweep", "--state", state)
	if err != nil || !strings.Contains(got, "starting from the beginning") || !strings.Contains(got, `"clean":1,"stale":0,"gone":0`) {
		t.Errorf("after a complete sweep: got %v, %s, want that it starts from the beginning", err, got)
	}
	lines := strings.Split(strings.TrimSpace(got), "\n")
	var summary sweep.Summary
	if err := json.Unmarshal([]byte(lines[len(lines)-1]), &summary); err != nil || !summary.Complete {
		t.Errorf("got %s, %v, want a summary", got, err)
	}
}

// A sweep does not believe that all originals are gone.
func TestSweepRefuses(t *testing.T) {
	originals, variants := t.TempDir(), t.TempDir()
	command := func(args ...string) (string, error) {
		var out bytes.Buffer
		args = append(args, "--originals", originals, "--warm", "w=160&fm=auto")
		err := run(t.Context(), args, func(string) string { return "" }, &out)
		return out.String(), err
	}
	writeFile(t, filepath.Join(originals, "a.jpg"), resizetest.JPEG(resizetest.Photo(400, 300), 80))
	if _, err := command("warm", "--variants", variants); err != nil {
		t.Fatal(err)
	}
	must(t, os.Remove(filepath.Join(originals, "a.jpg")))
	if out, err := command("sweep", "--variants", variants, "--emf", "photos"); err == nil || countFiles(t, variants) != 1 ||
		!strings.Contains(out, `"SweepsFailed":1`) {
		t.Errorf("no originals: got %v, %s, %d files, want an error, its metric and 1", err, out, countFiles(t, variants))
	}
	if _, err := command("sweep", "--variants", "none"); err == nil || !strings.Contains(err.Error(), "--variants") {
		t.Errorf("no variants: got %v, want an error", err)
	}
}

// The variants of an original that can't be looked at are kept, and it is counted.
func TestSweepOfUnreadable(t *testing.T) {
	t.Parallel() // most of it is waiting for further attempts
	s3 := cachetest.NewS3(t)
	s3.CreateBucket("photos")
	for _, key := range []string{"a.jpg", "b.jpg"} {
		s3.PutObject("photos", key, resizetest.JPEG(resizetest.Photo(400, 300), 80))
	}
	locations := []string{"--originals", "s3://photos", "--variants", t.TempDir(), "--warm", "w=160&fm=auto"}
	env := append(awsEnv(""), "AWS_ENDPOINT_URL_S3="+s3.URL)
	if _, stderr, code := outcome(t, env, append([]string{"warm"}, locations...)...); code != 0 {
		t.Fatalf("warm: got exit code %d: %s", code, stderr)
	}
	s3.Intercept(func(w http.ResponseWriter, r *http.Request) bool {
		isDenied := strings.HasSuffix(r.URL.Path, "/a.jpg")
		if isDenied {
			w.WriteHeader(http.StatusForbidden)
		}
		return isDenied
	})
	stdout, stderr, code := outcome(t, env, append([]string{"sweep"}, locations...)...)
	if n := countFiles(t, locations[3]); code != 1 || !strings.Contains(stdout, `"failed":1`) || n != 2 {
		t.Errorf("got exit code %d, %s, %s, %d files", code, stdout, stderr, n)
	}
}
