package main

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/imgorigin/imgorigin/cache/cachetest"
	"github.com/imgorigin/imgorigin/resize/resizetest"
)

// webServer serves an original at /media/dog.jpg, and another beside it.
func webServer(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	writeImage(t, filepath.Join(folder, "media", "dog.jpg"), 400, 200)
	writeImage(t, filepath.Join(folder, "secret.jpg"), 400, 200)
	server := httptest.NewServer(http.FileServer(http.Dir(folder)))
	t.Cleanup(server.Close)
	return server.URL
}

func writeImage(t *testing.T, name string, width, height int) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, resizetest.JPEG(resizetest.Photo(width, height), 80), 0o600); err != nil {
		t.Fatal(err)
	}
}

// A folder, a bucket and a web server are served by one process. No key of one names what another one has.
func TestServeSources(t *testing.T) {
	setAWSCredentials(t)
	bucket := cachetest.NewS3(t)
	bucket.CreateBucket("photos")
	bucket.PutObject("photos", "in/sea.jpg", resizetest.JPEG(resizetest.Photo(300, 300), 80))
	t.Setenv("AWS_ENDPOINT_URL_S3", bucket.URL)
	folder := t.TempDir()
	writeImage(t, filepath.Join(folder, "cat.jpg"), 400, 300)
	writeImage(t, filepath.Join(folder, "shop", "hidden.jpg"), 400, 300)
	address, _ := program(t, "serve", "--originals", folder, "--variants", "none",
		"--source", "shop/="+webServer(t)+"/media/", "--source", "old/=s3://photos/in", "--private-originals")
	wantSize(t, address+"/img/cat.jpg?w=160", 160, 120)
	wantSize(t, address+"/img/shop/dog.jpg?w=160", 160, 80)
	wantSize(t, address+"/img/old/sea.jpg?w=160", 160, 160)
	for _, path := range []string{
		"shop/hidden.jpg", "shop/cat.jpg", "old/cat.jpg", "dog.jpg", "sea.jpg", "shop/old/sea.jpg", "old/in/sea.jpg", "shop/", "shop//dog.jpg",
		"shop/..%252fsecret.jpg", "shop/%252e%252e/secret.jpg", "shop/..%5csecret.jpg",
	} {
		if response, _ := get(t, address+"/img/"+path); response.StatusCode != http.StatusNotFound {
			t.Errorf("%s: got %d, want 404", path, response.StatusCode)
		}
	}
	for _, path := range []string{"shop/..%2fsecret.jpg", "shop/%2e%2e/cat.jpg"} {
		if response, _ := get(t, address+"/img/"+path); response.StatusCode != http.StatusBadRequest {
			t.Errorf("%s: got %d, want 400", path, response.StatusCode)
		}
	}
}

// Originals of a web server only are warmed by key, and swept when they are gone, but not listed.
func TestWebOriginals(t *testing.T) {
	variants, web := t.TempDir(), webServer(t)
	try := func(media string, args ...string) (string, error) {
		var out bytes.Buffer
		args = append(args, "--originals", web+media, "--private-originals", "--variants", variants, "--warm", "w=160&fm=jpeg")
		err := run(t.Context(), args, func(string) string { return "" }, &out)
		return out.String(), err
	}
	if out, err := try("/media", "warm", "dog.jpg"); err != nil || out != "dog.jpg: 1 made, 0 there\n" {
		t.Errorf("warm: got %q, %v", out, err)
	}
	if _, err := try("/media", "warm"); err == nil || !strings.Contains(err.Error(), "can't be listed") {
		t.Errorf("warm all: got %v", err)
	}
	if out, err := try("/media", "sweep"); err != nil || !strings.Contains(out, `"clean":1`) {
		t.Errorf("sweep: got %s, %v", out, err)
	}
	if _, err := try("/misspelt", "sweep"); err == nil || !strings.Contains(err.Error(), "there is none of 1 that have variants") {
		t.Errorf("sweep of another URL: got %v, want a refusal", err)
	}
	if out, err := try("/media", "drop", "dog.jpg"); err != nil || out != "dog.jpg: dropped\n" {
		t.Errorf("drop: got %q, %v", out, err)
	}
	if _, err := try("/media", "serve", "--playground"); err == nil || !strings.Contains(err.Error(), "can't be listed") {
		t.Errorf("playground: got %v", err)
	}
	if _, err := try("/media", "warm", "dog.jpg", "--quarantine", t.TempDir()); err == nil || !strings.Contains(err.Error(), "not copied") {
		t.Errorf("quarantine: got %v", err)
	}
}

// A web server within the network is refused at the start, and by the doctor, unless a flag allows it.
func TestPrivateOriginals(t *testing.T) {
	web := webServer(t)
	_, err := serveS3(t, web+"/media/")
	if err == nil || !strings.Contains(err.Error(), "--private-originals") {
		t.Errorf("serve: got %v, want the flag in it", err)
	}
	for flag, want := range map[string]string{
		"--private-originals=false": "→ --private-originals", "--private-originals": "media/: a missing key is reported as missing",
	} {
		var out bytes.Buffer
		run(t.Context(), []string{
			"doctor", "--originals", web + "/media", "--variants", "none", flag,
		}, func(string) string { return "" }, &out)
		if !strings.Contains(out.String(), want) {
			t.Errorf("%s: got %s, want %q", flag, out.String(), want)
		}
	}
}

func TestSourceFlags(t *testing.T) {
	folder := t.TempDir()
	for name, test := range map[string]struct{ args, want string }{
		"no source":         {"--originals none", "--originals none without --source"},
		"the same prefix":   {"--originals " + folder + " --source a/=/x --source a/=/y", "a/ is the prefix of two sources"},
		"the same objects":  {"--originals s3://photos --source a/=s3://photos/in", "an event would belong to two originals"},
		"no slash":          {"--originals " + folder + " --source a=/x", "with a slash at its end"},
		"a leading slash":   {"--originals " + folder + " --source /a/=/x", "with a slash at its end"},
		"none":              {"--originals " + folder + " --source a/=none", "want a location"},
		"variants within":   {"--originals " + folder + " --source a/=/x --variants /x/variants", "variants would be taken for originals"},
		"quarantine":        {"--originals " + folder + " --source a/=" + folder + " --quarantine /y", "copied from one location only"},
		"another protocol":  {"--originals ftp://example.com", "ftp:// is not supported"},
		"variants on a web": {"--originals " + folder + " --variants https://example.com", "https:// is not supported"},
		"a fragment":        {"--originals https://example.com/?key=#a", "without #"},
		"an option":         {"--originals s3://photos?color=red", "region=NAME, requester=pays or"},
	} {
		args := append([]string{"drop", "cat.jpg"}, strings.Fields(test.args)...)
		if !strings.Contains(test.args, "--variants") {
			args = append(args, "--variants", "none")
		}
		err := run(t.Context(), args, func(string) string { return "" }, new(bytes.Buffer))
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: got %v, want %q", name, err, test.want)
		}
	}
}
