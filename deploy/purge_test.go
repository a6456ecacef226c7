package deploy

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// invalidations is CloudFront's API as far as a service asks it to forget: what it is told, it deletes from the cache
// of nginx.
type invalidations struct {
	*httptest.Server

	mu    sync.Mutex
	cdn   *cdn // nil before there is one
	paths []string
}

// distribution is the only one there is.
const distribution = "E1STANDIN"

func newInvalidations(t *testing.T) *invalidations {
	i := new(invalidations)
	i.Server = httptest.NewServer(i)
	t.Cleanup(i.Close)
	return i
}

// serves says whose cache it is.
func (i *invalidations) serves(c *cdn) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.cdn = c
}

func (i *invalidations) told() []string {
	i.mu.Lock()
	defer i.mu.Unlock()
	return append([]string(nil), i.paths...)
}

const answerXML = `<Invalidation><Id>I1</Id><Status>Completed</Status><CreateTime>2026-01-01T00:00:00Z</CreateTime></Invalidation>`

// ServeHTTP answers CreateInvalidation and GetInvalidation.
func (i *invalidations) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !strings.Contains(r.URL.Path, "/distribution/"+distribution+"/invalidation") {
		http.Error(w, "<Error><Code>NoSuchDistribution</Code></Error>", http.StatusNotFound)
		return
	}
	if r.Method == http.MethodPost {
		var batch struct {
			CallerReference string
			Paths           struct {
				Quantity int
				Items    struct{ Path []string }
			}
		}
		err := xml.NewDecoder(r.Body).Decode(&batch)
		if paths := batch.Paths.Items.Path; err != nil || batch.CallerReference == "" || len(paths) == 0 || len(paths) != batch.Paths.Quantity {
			http.Error(w, "<Error><Code>InvalidArgument</Code></Error>", http.StatusBadRequest)
			return
		}
		if err := i.purge(batch.Paths.Items.Path); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		w.WriteHeader(http.StatusCreated)
	}
	fmt.Fprint(w, answerXML)
}

func (i *invalidations) purge(paths []string) error {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.paths = append(i.paths, paths...)
	if i.cdn == nil {
		return nil
	}
	return filepath.WalkDir(filepath.Join(i.cdn.dir, "cache"), func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		key, err := keyOf(name)
		if err != nil || !matchesAny(paths, key) {
			return err
		}
		return os.Remove(name) // nginx asks anew for what it does not find
	})
}

// keyOf returns the path of what a file of nginx's cache holds.
func keyOf(name string) (string, error) {
	content, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	_, rest, _ := bytes.Cut(content, []byte("\nKEY: "))
	key, _, _ := bytes.Cut(rest, []byte("\n"))
	return string(key), err
}

// matchesAny tells whether a path is one of an invalidation, in which a star at the end stands for anything.
func matchesAny(paths []string, key string) bool {
	for _, path := range paths {
		prefix, wild := strings.CutSuffix(path, "*")
		if key == path || wild && strings.HasPrefix(key, prefix) {
			return true
		}
	}
	return false
}
