package originals

import (
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/imgorigin/imgorigin/cache/bucket"
)

const azureSAS = "sp=r&st=2026-11-29T00%3A00%3A00Z&spr=https&sv=2024-11-04&sr=c&sig=a%2Bb%2Fc%3D"

// azureBlobs answers as Azure Blob Storage does to requests with a shared access signature that may read blobs of a container.
type azureBlobs struct {
	version      atomic.Int64 // of cat.jpg
	hasContainer atomic.Bool
}

func (a *azureBlobs) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	refuse := func(status int, code string) {
		w.Header().Set("X-Ms-Error-Code", code)
		w.WriteHeader(status)
		fmt.Fprintf(w, "\ufeff<?xml version=\"1.0\" encoding=\"utf-8\"?><Error><Code>%s</Code></Error>", code)
	}
	switch {
	case r.URL.RawQuery != azureSAS:
		refuse(http.StatusForbidden, "AuthenticationFailed")
	case !a.hasContainer.Load():
		refuse(http.StatusNotFound, "ContainerNotFound")
	case r.URL.Path == "/photos/in/old.jpg":
		refuse(http.StatusConflict, "BlobArchived")
	case r.URL.EscapedPath() != "/photos/in/a%20cat.jpg":
		refuse(http.StatusNotFound, "BlobNotFound")
	default:
		body := fmt.Sprintf("cat %d", a.version.Load())
		w.Header().Set("ETag", fmt.Sprintf(`"0x8DC%d"`, a.version.Load()))
		w.Header().Set("X-Ms-Blob-Type", "BlockBlob")
		w.Header().Set("Content-Length", fmt.Sprint(len(body)))
		if r.Method == http.MethodGet {
			fmt.Fprint(w, body)
		}
	}
}

// A container of Azure is read by a shared access signature, which no error shows. Only a missing blob is a missing original.
func TestAzure(t *testing.T) {
	var azure azureBlobs
	azure.hasContainer.Store(true)
	server := httptest.NewServer(&azure)
	defer server.Close()
	open := func(query string) *HTTP {
		o, err := NewHTTP(HTTPConfig{Base: server.URL + "/photos/in?" + query, AllowPrivate: true})
		if err != nil {
			t.Fatal(err)
		}
		return o
	}
	o := open(azureSAS)
	testOriginal(t, o, "a cat.jpg", "cat 0")
	before, _ := o.Stat(t.Context(), "a cat.jpg")
	azure.version.Add(1)
	testOriginal(t, o, "a cat.jpg", "cat 1")
	if after, err := o.Stat(t.Context(), "a cat.jpg"); err != nil || after.ETag == before.ETag {
		t.Errorf("after a change: got %+v, %v, before %+v", after, err, before)
	}
	expect := func(what string, o *HTTP, key string, isRight func(error) bool) {
		t.Helper()
		_, errOpen := o.Open(t.Context(), key)
		_, errStat := o.Stat(t.Context(), key)
		for _, err := range []error{errOpen, errStat} {
			if err == nil || !isRight(err) || strings.Contains(err.Error(), "sig=") {
				t.Errorf("%s: got %v", what, err)
			}
		}
	}
	isMissing := func(err error) bool { return errors.Is(err, fs.ErrNotExist) }
	expect("no blob", o, "no.jpg", isMissing)
	expect("an archived blob", o, "old.jpg", func(err error) bool { return errors.Is(err, ErrArchived) })
	expect("another signature", open("sv=2024-11-04&sig=no"), "a cat.jpg", func(err error) bool {
		return !isMissing(err) && strings.Contains(err.Error(), "AuthenticationFailed")
	})
	azure.hasContainer.Store(false)
	expect("no container", o, "a cat.jpg", func(err error) bool { return !isMissing(err) })
	server.Close()
	expect("no server", o, "a cat.jpg", bucket.IsOutage)
}
