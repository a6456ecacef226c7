package originals

import (
	"fmt"
	"io/fs"
	"net/http"

	"github.com/imgorigin/imgorigin/cache/bucket"
)

// A StatusError is the error of an answer of a web server that neither is an original nor says that there is none.
type StatusError struct{ Status int }

// Error returns the status in words.
func (e *StatusError) Error() string {
	return fmt.Sprintf("answered %d %s", e.Status, http.StatusText(e.Status))
}

// Scope implements [bucket.Scoped]: the server is overloaded or broken, or refuses this original.
func (e *StatusError) Scope() bucket.Scope {
	if e.Status >= 500 || e.Status == http.StatusTooManyRequests || e.Status == http.StatusRequestTimeout {
		return bucket.OfBucket
	}
	return bucket.OfKey
}

// isOfMethod reports whether the server may answer another method.
func (e *StatusError) isOfMethod() bool {
	return e.Status == http.StatusMethodNotAllowed || e.Status == http.StatusNotImplemented
}

// refusal returns the error of an answer that is no original. Azure Blob Storage says by a header of its own what was not found, the
// original or all of them, and which ones are archived.
func refusal(response *http.Response) error {
	azure := response.Header.Get("X-Ms-Error-Code")
	switch isMissing := response.StatusCode == http.StatusNotFound || response.StatusCode == http.StatusGone; {
	case isMissing && (azure == "" || azure == "BlobNotFound"):
		return fs.ErrNotExist
	case azure == "BlobArchived":
		return ErrArchived
	case azure != "":
		return fmt.Errorf("%w: %.60q", &StatusError{response.StatusCode}, azure)
	}
	return &StatusError{response.StatusCode}
}

// A redirectError is the error of a redirect that is not followed.
type redirectError struct{ why string }

func (e *redirectError) Error() string { return "the redirect " + e.why }

// Scope implements [bucket.Scoped]: where a redirect leads may depend on the key, which a stranger chose.
func (e *redirectError) Scope() bucket.Scope { return bucket.OfKey }
