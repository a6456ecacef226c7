// Package cache keeps finished pictures: in memory, in a durable store behind it, and makes sure that one
// that neither holds is made once, however many ask.
//
//	request ─► Memory ─hit─► reply
//	             │ miss
//	             ▼
//	           Store ──hit─► into Memory, reply        S3Store, FolderStore: one conformance suite, cachetest
//	             │ miss
//	             ▼
//	           Flights.Do ── one fill, shared by all who wait; it outlives the one who began it
//
// The package is a leaf: it knows neither how a variant is made nor where originals live, and the name of a
// transform is to it an opaque string.
package cache

import (
	"context"
	"crypto/md5"
	"encoding/hex"
	"errors"
	"time"
)

// A Key names a variant: one original and the normal form of one transform.
type Key struct {
	Original  string // key of the original: any non-empty string without NUL
	Transform string // normal form, without a slash
}

func (k Key) String() string { return k.Original + "/" + k.Transform }

// A Variant is one finished, encoded picture, of a byte at least. It is shared between readers; nobody modifies it.
type Variant struct {
	Body         []byte
	MediaType    string
	ETag         string // of these bytes: ETag(Body)
	OriginalETag string // of the original that it was made from
	Modified     time.Time
}

var errEmpty = errors.New("an empty body is no variant")

// ErrDamaged says that what is kept under a name is not all of what was put there.
var ErrDamaged = errors.New("damaged")

// ETag returns the entity tag of a variant with this body, strong and quoted. It is the MD5 that S3 gives an object put in one
// part, so that CloudFront sees the same tag whether the bucket or the server answers.
func ETag(body []byte) string {
	sum := md5.Sum(body)
	return quote(sum[:])
}

func quote(sum []byte) string { return `"` + hex.EncodeToString(sum) + `"` }

// A Store keeps variants beyond the life of the process. It is safe for concurrent use, by several processes
// too: a reader sees a whole variant or none.
type Store interface {
	// Get returns the variant named k. The error matches [fs.ErrNotExist] when there is none, and [ErrDamaged] when
	// it is not whole: a short body, or one of another sum, is never a variant.
	Get(ctx context.Context, k Key) (*Variant, error)

	// Put keeps v under k, over whatever was there. A key that the store can't name is an error that matches
	// [ErrName]; such variants are served and not stored.
	Put(ctx context.Context, k Key, v *Variant) error

	// Drop forgets every variant of an original, and nothing of any other. Dropping what isn't there is no error.
	Drop(ctx context.Context, original string) error
}
