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

// invalidations is the part of CloudFront's API that invalidates paths. It deletes them from nginx's cache.
type invalidations struct {
	*httptest.Server

	mu    sync.Mutex
	cdn   *cdn // nil until setCDN
	paths []string
}

// distribution is the ID of the only distribution.
const distribution = "E1STANDIN"

func newInvalidations(t *testing.T) *invalidations {
	i := new(invalidations)
	i.Server = httptest.NewServer(i)
	t.Cleanup(i.Close)
	return i
}

// setCDN sets the nginx whose cache is invalidated.
func (i *invalidations) setCDN(c *cdn) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.cdn = c
}

// received returns the paths of all invalidations.
func (i *invalidations) received() []string {
	i.mu.Lock()
	defer i.mu.Unlock()
	return append([]string(nil), i.paths...)
}

const answerXML = `<Invalidation><Id>I1</Id><Status>Completed</Status>` +
	`<CreateTime>2026-01-01T00:00:00Z</CreateTime></Invalidation>`

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
		paths := batch.Paths.Items.Path
		if err != nil || batch.CallerReference == "" || len(paths) == 0 || len(paths) != batch.Paths.Quantity {
			http.Error(w, "<Error><Code>InvalidArgument</Code></Error>", http.StatusBadRequest)
			return
		}
		if err := i.purge(paths); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		w.WriteHeader(http.StatusCreated)
	}
	fmt.Fprint(w, answerXML)
}

// purge deletes paths from nginx's cache.
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
		return os.Remove(name) // nginx takes a missing file for a miss
	})
}

// keyOf returns the cache key, which is a path, of a file in nginx's cache. It is empty if the file is gone.
func keyOf(name string) (string, error) {
	content, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	_, rest, _ := bytes.Cut(content, []byte("\nKEY: "))
	key, _, _ := bytes.Cut(rest, []byte("\n"))
	return string(key), err
}

// matchesAny reports whether a key matches one of the paths of an invalidation, where a final * matches anything.
func matchesAny(paths []string, key string) bool {
	for _, path := range paths {
		prefix, isWildcard := strings.CutSuffix(path, "*")
		if key == path || isWildcard && strings.HasPrefix(key, prefix) {
			return true
		}
	}
	return false
}
