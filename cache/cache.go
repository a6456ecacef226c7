// Package cache keeps finished variants of images: in memory, and in a durable store behind it. A variant that
// neither holds is made once, however many callers ask for it at the same time.
//
//	request ─► Memory ─hit─► reply
//	             │ miss
//	             ▼
//	           Store ──hit─► into Memory, reply        S3Store, FolderStore
//	             │ miss
//	             ▼
//	           Flights.Do ── one fill, shared by all callers that wait; it goes on when they leave
//
// A [Key] names a variant: the key of an original and the normal form of a transform. [Memory] is an LRU bounded by
// bytes, among them those of bodies that are in use. A large variant is in Memory without its body, which is read from the
// Store piece by piece. A [Store] is shared by several processes, and what it returns is whole or an error. Both can drop all
// variants of one original, for when it changes. The three parts do not call each other: the server joins them, and
// the example of the package shows how.
//
// The package does not know how a variant is made or where originals are kept, and a transform is an opaque string to
// it. Each store passes the one conformance suite in cachetest.
package cache

import (
	"context"
	"crypto/md5"
	"encoding/hex"
	"errors"
	"iter"
	"time"
)

// A Key names a variant: one original and the normal form of one transform.
type Key struct {
	// Original is the key of the original: any non-empty string without NUL.
	Original string

	// Transform is a normal form such as w=480.webp: not empty, without slash, backslash and NUL, and not beginning
	// with a dot.
	Transform string
}

// String returns the original and the transform with a slash between them, as they are in the name of an object.
func (k Key) String() string { return k.Original + "/" + k.Transform }

// A Variant is one finished, encoded image. It is shared between readers, so nobody may modify it.
type Variant struct {
	// Body has at least one byte. It is nil if the variant is only described: then the body is in the store, and has
	// Size bytes.
	Body      []byte
	Size      int64 // 0 with a Body
	MediaType string

	// ETag is the result of the function [ETag] for Body. That of a variant without Body may be another, if the store
	// does not know the checksum of the body.
	ETag string

	// OriginalETag is the ETag of the original that the variant was made from. The variant is stale as soon as the
	// original has another.
	OriginalETag string
	Modified     time.Time

	// Note tells clients something unexpected about the image, in ASCII, such as that an animation became a still. It is
	// empty for most. They receive it in [NoteHeader].
	Note string

	// Draft reports that the variant was made in a hurry, and that a smaller one of the same image is to replace it under
	// the same key. Caches must not keep it for long.
	Draft bool

	// Unstored reports that the variant is not in the store, because that failed or can't name it. No list of stored
	// variants finds it, so caches must not keep it for long. A store does not keep this field.
	Unstored bool
}

var errEmpty = errors.New("an empty body is not a variant")

// ErrDamaged is matched by the error for a stored variant whose bytes are not all of those that were put.
var ErrDamaged = errors.New("damaged")

// ETag returns the entity tag of a variant with this body, strong and quoted. It is the MD5 of the body, as S3 returns
// for an object put in one part, so that CloudFront gets the same tag from the bucket and from the server.
func ETag(body []byte) string {
	sum := md5.Sum(body)
	return quote(sum[:])
}

func quote(sum []byte) string { return `"` + hex.EncodeToString(sum) + `"` }

// A Store keeps variants beyond the life of the process. It is safe for concurrent use by many goroutines, and by
// several processes: a reader gets a whole variant or none.
type Store interface {
	// Get returns the variant named k. The error matches [fs.ErrNotExist] when there is none, and [ErrDamaged] when
	// the body that was read is short or has another checksum: such a body is never returned.
	Get(ctx context.Context, k Key) (*Variant, error)

	// Open returns the variant named k to be read from an offset of its body, which is less than the size of the body.
	// ctx is that of the reading too. The error matches [fs.ErrNotExist] when there is none.
	Open(ctx context.Context, k Key, offset int64) (*Opened, error)

	// Put keeps v under k and replaces the variant that was there. The error matches [ErrName] when the store can't
	// name k; the server then serves the variant and does not store it.
	Put(ctx context.Context, k Key, v *Variant) error

	// Stat returns the variant named k without its body. Its errors are those of Get, except that it does not detect damage.
	Stat(ctx context.Context, k Key) (*Variant, error)

	// Transforms returns the transforms of all variants of an original, in no order. See [List].
	Transforms(ctx context.Context, original string) ([]string, error)

	// Delete removes some variants of an original. It is not an error if one is absent.
	Delete(ctx context.Context, original string, transforms ...string) error

	// Drop removes every variant of an original, and no variant of another. It is not an error if there is none.
	Drop(ctx context.Context, original string) error
}

// A Walker is a [Store] that can list the originals of which it holds variants. It is safe for concurrent use,
// while variants are put and deleted: an original that has variants during the whole walk is found.
type Walker interface {
	// Originals yields the key of every original whose key begins with prefix and that has at least one variant. The order is
	// the store's own, and does not depend on when it is called: with a key that an earlier walk yielded as after, the walk
	// goes on behind it. Originals whose keys are a part of after's path, such as a/b for a/b/c.jpg, or continue it, may be
	// yielded again then. It does not hold all keys in memory.
	//
	// An error that matches [ErrName] is yielded for variants of an original whose key can't be found out, and the walk
	// goes on after it. Any other error is its last element.
	Originals(ctx context.Context, prefix, after string) iter.Seq2[string, error]
}

// ReadAll returns a variant that s opened under k, with its whole body. If the body is damaged, the variant is read again by
// Get, which may find it whole.
func ReadAll(ctx context.Context, s Store, k Key, opened *Opened) (*Variant, error) {
	v, err := opened.ReadAll()
	if errors.Is(err, ErrDamaged) {
		return s.Get(ctx, k)
	}
	return v, err
}
