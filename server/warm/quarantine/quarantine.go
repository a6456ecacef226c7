// Package quarantine keeps originals that will never decode, each with the reason, so that no process tries them again
// until they change.
package quarantine

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"iter"
	"path"
	"strings"
	"time"

	"github.com/imgorigin/imgorigin/server/warm/s3event"
)

// A Case is what is known of an original that was set aside.
type Case struct {
	Original string         `json:"original"`
	ETag     string         `json:"etag"` // of the bytes that are at fault
	Reason   Reason         `json:"reason"`
	Error    string         `json:"error"`
	Time     time.Time      `json:"time"`
	Event    *s3event.Event `json:"event,omitempty"` // that led to it
	Moved    bool           `json:"moved,omitempty"` // the original lies here only
}

// A Store is where originals are set aside, each under its own key with its [Case] next to it. Nothing is
// ever taken from the originals unless a quarantine was made to move them. It is safe for concurrent use.
type Store interface {
	// Put copies the original of a case, or moves it, and keeps the case. The error matches [ErrChanged] when
	// the original is no longer the one of the case.
	Put(ctx context.Context, c Case) error

	// Get returns the case of an original. The error matches [fs.ErrNotExist] when there is none.
	Get(ctx context.Context, original string) (Case, error)

	// List yields the cases of all originals whose keys begin with prefix. It ends with the first error.
	List(ctx context.Context, prefix string) iter.Seq2[Case, error]

	// Release forgets a case and the copy of its original. An original that was moved goes back first, unless
	// there is a new one under its key. Releasing what isn't there is no error.
	Release(ctx context.Context, original string) error
}

// ErrChanged says that an original is not any more what it was a moment ago.
var ErrChanged = errors.New("the original changed meanwhile")

const (
	caseSuffix = ".quarantine.json"
	longNames  = "long-names/" // where the cases lie whose originals' names have no room for the suffix
)

// caseName returns the name of a case, next to its original where S3 and file systems have room for it.
func caseName(original string) string {
	if len(path.Base(original))+len(caseSuffix) <= 255 && len(original)+len(caseSuffix) <= 900 {
		return original + caseSuffix
	}
	sum := sha256.Sum256([]byte(original))
	return longNames + hex.EncodeToString(sum[:]) + caseSuffix
}

func isCase(name string) bool { return strings.HasSuffix(name, caseSuffix) }

// listed tells whether a case that was found under a name belongs into a list. An original that is itself named
// like a case is none, and what lies under a long name is listed from there only.
func listed(c Case, name, prefix string, long bool) bool {
	return caseName(c.Original) == name && strings.HasPrefix(c.Original, prefix) && strings.HasPrefix(name, longNames) == long
}
