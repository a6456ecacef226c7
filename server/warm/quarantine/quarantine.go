// Package quarantine keeps the originals that will never decode, each with the reason, so that no process decodes them
// in vain until they change.
//
//	originals                 quarantine
//	  2026/cat.jpg ── Put ──►   2026/cat.jpg                    the bytes, to look at
//	               ◄ Release─   2026/cat.jpg.quarantine.json    the Case: reason, error, ETag, event
//
// Put copies the original; a quarantine made to move deletes it where it was, too. Release undoes both, after a fix. A
// [Case] is about the bytes with one ETag: an original that was replaced since is not affected by it.
//
// There are two stores, [S3] and [Folder]. [WithTable] lists what is in a store in a DynamoDB table as well. [Cached]
// puts a cache in front of a store and answers the question that every decode asks: does this original, with this ETag,
// fail?
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

	"github.com/imgorigin/imgorigin/cache/bucket"
	"github.com/imgorigin/imgorigin/server/warm/s3event"
)

// A Case is the record about an original in quarantine.
type Case struct {
	Original string `json:"original"`

	// ETag is that of the bytes that do not decode. It is "" when the original could not be reached.
	ETag string `json:"etag"`

	Reason Reason    `json:"reason"`
	Error  string    `json:"error"`
	Time   time.Time `json:"time"`

	// Event is the event that was handled when the original failed, nil when it was warmed by hand.
	Event *s3event.Event `json:"event,omitempty"`

	// Moved reports that the original was deleted from the originals.
	Moved bool `json:"moved,omitempty"`

	// CopyError is why there is no copy of the original, which is still where it was: it is archived, say, or may not be
	// read. It is "" when there is one.
	CopyError string `json:"copyError,omitempty"`
}

// A Store holds originals in quarantine, each under its own key, with its [Case] next to it. It leaves the originals as
// they are unless it was made to move them. It is safe for concurrent use.
type Store interface {
	// Put copies or moves the original of a case into the quarantine, and writes the case. Putting it twice does no
	// harm. Of an original that can't be read, it only writes the case, with a CopyError. The error matches
	// [ErrChanged] when the original was replaced or removed since the case was made.
	Put(ctx context.Context, c Case) error

	// Get returns the case of an original. The error matches [fs.ErrNotExist] when there is none.
	Get(ctx context.Context, original string) (Case, error)

	// List yields the cases of all originals whose keys begin with prefix. It ends with the first error.
	List(ctx context.Context, prefix string) iter.Seq2[Case, error]

	// Release deletes a case and the copy of its original. An original that was moved is copied back first, unless
	// there is a new original under its key. It is no error to release an original that is not in quarantine.
	Release(ctx context.Context, original string) error
}

// ErrChanged reports that an original was replaced or removed since it was looked at.
var ErrChanged = errors.New("the original changed meanwhile")

// isUnreadable reports whether a copy failed because of the original itself, so that another attempt would fail too: the
// object is archived, forbidden, or too large to be copied.
func isUnreadable(err error) bool {
	return err != nil && bucket.ScopeOf(err) == bucket.OfKey && !errors.Is(err, ErrChanged)
}

const (
	caseSuffix = ".quarantine.json"

	// longNames is the prefix of the cases of originals whose names leave no room for the suffix.
	longNames = "long-names/"
)

// caseName returns the name of the case of an original: next to the original if that is short enough for S3, which
// takes 1,024 bytes with the prefix, and for file systems, which take 255 bytes in a part of a path.
func caseName(original string) string {
	if len(path.Base(original))+len(caseSuffix) <= 255 && len(original)+len(caseSuffix) <= 900 {
		return original + caseSuffix
	}
	sum := sha256.Sum256([]byte(original))
	return longNames + hex.EncodeToString(sum[:]) + caseSuffix
}

func isCase(name string) bool { return strings.HasSuffix(name, caseSuffix) }

// listed reports whether a case that was found under a name belongs into a list of the originals with a prefix, which
// goes through the long names or through the others. The copy of an original that is itself named like a case is not
// listed.
func listed(c Case, name, prefix string, long bool) bool {
	return caseName(c.Original) == name && strings.HasPrefix(c.Original, prefix) &&
		strings.HasPrefix(name, longNames) == long
}
