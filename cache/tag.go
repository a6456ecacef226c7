package cache

import (
	"crypto/sha256"
	"encoding/base32"
)

// TagHeader is the header in which a CDN finds the [Tag] of an answer. It is the header in which S3 sends the metadata
// of a stored variant, so that answers from the bucket and from the server carry the same.
const TagHeader = "X-Amz-Meta-Cache-Tag"

// NoteHeader is the header in which clients receive the note of a [Variant]. S3 sends it too, from the metadata of the object.
const NoteHeader = "X-Amz-Meta-Note"

// metaTag and metaNote are the names in the metadata of an object that S3 returns as TagHeader and NoteHeader.
const (
	metaTag  = "cache-tag"
	metaNote = "note"
)

// tagBytes is the length of the hash in a tag. Among a billion originals, the odds that any two have the same tag are
// one in two million; the only consequence would be that they are purged together.
const tagBytes = 10

var tagEncoding = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// Tag returns the cache tag of an original: a hash of its key, in 16 letters and digits. All answers about an original
// carry its tag, so that a CDN can purge them by one name, whatever their URLs are. The key itself can't be the tag, as
// tags of CloudFront have at most 256 visible ASCII characters, no comma, and are case-insensitive.
func Tag(original string) string {
	sum := sha256.Sum256([]byte(original))
	return tagEncoding.EncodeToString(sum[:tagBytes])
}
