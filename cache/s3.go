package cache

import (
	"bytes"
	"context"
	"crypto/md5"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/imgorigin/imgorigin/cache/bucket"
)

// An S3Config holds the settings of an [S3Store].
type S3Config struct {
	Client *s3.Client
	Bucket string

	// Prefix begins the name of every object. It is empty or ends in a slash.
	Prefix string

	// Escape writes the names of objects by [Escape], so that their paths need no percent-encoding.
	Escape bool

	// CacheControl is the Cache-Control header of every object but drafts, and DraftCacheControl is that of drafts. Empty
	// means none.
	CacheControl, DraftCacheControl string
}

// An S3Store keeps variants in a bucket, the variant w=480.webp of cat.jpg as <prefix>cat.jpg/w=480.webp. The
// object carries the headers that a browser needs, and the [Tag] of its original, so that CloudFront can serve it straight from
// the bucket and purge it.
//
// Its role needs s3:GetObject, s3:PutObject and s3:DeleteObject below the prefix, and s3:ListBucket.
type S3Store struct{ config S3Config }

var (
	_ Store  = (*S3Store)(nil)
	_ Walker = (*S3Store)(nil)
)

// NewS3 returns a store. It makes no request, so a missing bucket shows at first use.
func NewS3(c S3Config) *S3Store { return &S3Store{c} }

// maxNameBytes is the longest name of an object: S3 allows 1,024 bytes of UTF-8 (Amazon S3 User Guide, "Naming Amazon
// S3 objects"). The name of a variant is the prefix, the original's key and the transform, so an original whose own
// key is shorter may still have variants without a name.
const maxNameBytes = 1024

// User metadata of an object.
const (
	metaOriginalETag = "original-etag"
	metaModified     = "modified"
	metaDraft        = "draft" // present on drafts only
)

// name returns the name of a variant's object. The error matches [ErrName].
func (s *S3Store) name(k Key) (string, error) {
	if err := k.Check(); err != nil {
		return "", fmt.Errorf("s3: %w", err)
	}
	name := s.config.Prefix + k.Original + "/" + k.Transform
	if s.config.Escape {
		name = s.config.Prefix + EscapePath(k.Original, k.Transform)
	}
	if len(name) > maxNameBytes {
		return "", fmt.Errorf("s3: a name of %d bytes: %w", len(name), ErrName)
	}
	if !listable(name) {
		return "", fmt.Errorf("s3: original %q: %w", k.Original, ErrName)
	}
	return name, nil
}

// folder returns what the names of an original's variants begin with.
func (s *S3Store) folder(original string) string {
	return s.config.Prefix + s.escape(original) + "/"
}

// escape returns the beginning of a key as names have it.
func (s *S3Store) escape(prefix string) string {
	if !s.config.Escape {
		return prefix
	}
	return Escape(prefix)
}

// keyOf is the inverse of name. ok is false for an object whose name is not one of a variant, such as the marker that S3 consoles
// make for a folder.
func (s *S3Store) keyOf(name string) (k Key, ok bool) {
	path := strings.TrimPrefix(name, s.config.Prefix)
	if s.config.Escape {
		if path, ok = UnescapePath(path); !ok {
			return Key{}, false
		}
	}
	slash := strings.LastIndexByte(path, '/')
	if slash < 0 {
		return Key{}, false
	}
	k = Key{Original: path[:slash], Transform: path[slash+1:]}
	own, err := s.name(k)
	return k, err == nil && own == name
}

// listable reports whether a name comes back unchanged in the XML of a list, which Drop depends on, and passes every
// proxy on the way, which may resolve . and .. between slashes.
func listable(name string) bool {
	notXML := func(r rune) bool { return unicode.IsControl(r) || r == '\uFFFE' || r == '\uFFFF' }
	if !utf8.ValidString(name) || strings.ContainsFunc(name, notXML) {
		return false
	}
	for segment := range strings.SplitSeq(name, "/") {
		if segment == "." || segment == ".." {
			return false
		}
	}
	return true
}

// Get implements [Store]. It checks the length of the body and, where the object's ETag is one, its MD5. An object
// that fails the check is read once more: servers that keep objects as files can mix the bytes of two puts that
// overlap.
func (s *S3Store) Get(ctx context.Context, k Key) (*Variant, error) {
	v, err := s.get(ctx, k)
	if errors.Is(err, ErrDamaged) {
		v, err = s.get(ctx, k)
	}
	return v, err
}

func (s *S3Store) get(ctx context.Context, k Key) (*Variant, error) {
	opened, err := s.Open(ctx, k, 0)
	if err != nil {
		return nil, err
	}
	v, err := opened.ReadAll()
	return v, bucket.Explain("get", s.config.Bucket, s.folder(k.Original)+k.Transform, err)
}

// Open implements [Store]. Where the MD5 of the body is not known, the ETag of the variant is that of the object.
func (s *S3Store) Open(ctx context.Context, k Key, offset int64) (*Opened, error) {
	name, err := s.name(k)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", err, fs.ErrNotExist)
	}
	in := &s3.GetObjectInput{Bucket: &s.config.Bucket, Key: &name}
	if offset > 0 {
		in.Range = aws.String(fmt.Sprintf("bytes=%d-", offset))
	}
	out, err := s.config.Client.GetObject(ctx, in)
	if err != nil {
		return nil, bucket.Explain("get", s.config.Bucket, name, bucket.Confirm(ctx, s.config.Client, s.config.Bucket, err))
	}
	opened, err := openObject(s.config.Bucket, out, offset)
	if err != nil {
		out.Body.Close()
		return nil, bucket.Explain("get", s.config.Bucket, name, err)
	}
	return opened, nil
}

// openObject returns the variant in an object that is read from offset. An object that has not the metadata of a variant
// is an error.
func openObject(inBucket string, out *s3.GetObjectOutput, offset int64) (*Opened, error) {
	length := aws.ToInt64(out.ContentLength)
	if length <= 0 || out.Metadata[metaOriginalETag] == "" {
		return nil, fmt.Errorf("%w: %d bytes, made from %q", errNoVariant, length, out.Metadata[metaOriginalETag])
	}
	v := variantOf(out.ContentType, out.ETag, out.LastModified, out.Metadata)
	if want, ok := bucket.MD5(inBucket, out); ok {
		v.ETag = quote(want)
		return NewOpened(v, offset+length, offset, out.Body, md5.New(), want), nil
	}
	return NewOpened(v, offset+length, offset, out.Body, nil, nil), nil
}

// variantOf returns a variant, without its size, by the headers and the metadata of its object.
func variantOf(mediaType, etag *string, modified *time.Time, metadata map[string]string) Variant {
	v := Variant{
		MediaType:    aws.ToString(mediaType),
		ETag:         `"` + strings.Trim(aws.ToString(etag), `"`) + `"`, // not all servers quote it
		OriginalETag: metadata[metaOriginalETag],
		Note:         metadata[metaNote],
		Modified:     aws.ToTime(modified),
	}
	_, v.Draft = metadata[metaDraft]
	if at, err := time.Parse(time.RFC3339Nano, metadata[metaModified]); err == nil {
		v.Modified = at
	}
	return v
}

// errNoVariant is matched by the error for an object without the metadata of a variant.
var errNoVariant = errors.New("not a variant")

// Stat implements [Store].
func (s *S3Store) Stat(ctx context.Context, k Key) (*Variant, error) {
	name, err := s.name(k)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", err, fs.ErrNotExist)
	}
	out, err := s.config.Client.HeadObject(ctx, &s3.HeadObjectInput{Bucket: &s.config.Bucket, Key: &name})
	if err != nil {
		return nil, bucket.Explain("head", s.config.Bucket, name, err)
	}
	v := variantOf(out.ContentType, out.ETag, out.LastModified, out.Metadata)
	if v.OriginalETag == "" {
		return nil, fmt.Errorf("s3 head %s/%s: %w", s.config.Bucket, name, errNoVariant)
	}
	v.Size = aws.ToInt64(out.ContentLength)
	return &v, nil
}

// Put implements [Store].
func (s *S3Store) Put(ctx context.Context, k Key, v *Variant) error {
	name, err := s.name(k)
	if err != nil {
		return err
	}
	if len(v.Body) == 0 {
		return fmt.Errorf("s3 put %s: %w", name, errEmpty)
	}
	in := &s3.PutObjectInput{
		Bucket:      &s.config.Bucket,
		Key:         &name,
		Body:        bytes.NewReader(v.Body),
		ContentType: &v.MediaType,
		Metadata: map[string]string{
			metaOriginalETag: v.OriginalETag,
			metaModified:     v.Modified.UTC().Format(time.RFC3339Nano),
			metaTag:          Tag(k.Original),
		},
	}
	if v.Note != "" {
		in.Metadata[metaNote] = v.Note
	}
	age := s.config.CacheControl
	if v.Draft {
		age = s.config.DraftCacheControl
		in.Metadata[metaDraft] = "true"
	}
	if age != "" {
		in.CacheControl = &age
	}
	_, err = s.config.Client.PutObject(ctx, in)
	return bucket.Explain("put", s.config.Bucket, name, bucket.ConfirmSignature(ctx, s.config.Client, s.config.Bucket, err))
}
