// Package upload lets a browser put an original straight into S3, and nothing else: no key of its choosing, no other
// type than a picture's, no more bytes than allowed, and not later than in a few minutes.
//
//	browser ─► POST /uploads {"type":"image/jpeg","size":123456} ─► Handler: who is it? ─► Presigner ─► Ticket
//	   │                                                                                                 │
//	   └────── POST the form, or PUT the bytes, to the URL of the ticket ─► S3 holds them to the ticket ◄─┘
//	                                                                         └─► event ─► warmed
//
// S3 checks the ticket, so no byte of an upload goes through here. What the bytes really are, only a decode can tell:
// that is the warmer's, which sets aside what is no picture.
package upload

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// A Policy says what may be uploaded. Bucket is needed; every other zero field has a default.
type Policy struct {
	Bucket    string
	Originals string // prefix of the originals in the bucket, no part of their keys; "" or ending in a slash

	Prefix   string        // of the keys that are given out; default "uploads/"
	Types    []string      // media types; default JPEG, PNG, GIF and WebP
	MinBytes int64         // default 1
	MaxBytes int64         // default 25 MiB
	For      time.Duration // how long a ticket is good; default 5 min, at most a week
}

// A Ticket is what one upload is done with: a form to post, whose fields come before the one named file, or a URL to
// put to with these headers.
type Ticket struct {
	Key     string            `json:"key"` // of the original, as /img/ takes it
	Method  string            `json:"method"`
	URL     string            `json:"url"`
	Fields  map[string]string `json:"fields,omitempty"`
	Headers map[string]string `json:"headers,omitempty"`
	Expires time.Time         `json:"expires"`
}

// What a wish for a ticket can be refused for.
var (
	ErrType = errors.New("media type not allowed")
	ErrSize = errors.New("size not allowed")
	ErrKey  = errors.New("not the key of an original")
)

// extensions are the media types of pictures, and how the names of their files end. SVG is a program, not a picture.
var extensions = map[string]string{
	"image/jpeg": ".jpg", "image/png": ".png", "image/gif": ".gif", "image/webp": ".webp", "image/bmp": ".bmp",
	"image/avif": ".avif", "image/heic": ".heic", "image/heif": ".heif", "image/jxl": ".jxl", "image/tiff": ".tiff",
}

// A Presigner makes tickets. It talks to nobody: a ticket is a signature of the client's credentials, which S3 checks
// against what their role may do at the time of the upload.
type Presigner struct {
	policy Policy
	client *s3.PresignClient
}

// New returns a presigner.
func New(client *s3.Client, p Policy) (*Presigner, error) {
	p.Prefix = cmp.Or(p.Prefix, "uploads/")
	p.MinBytes = cmp.Or(p.MinBytes, 1)
	p.MaxBytes = cmp.Or(p.MaxBytes, 25<<20)
	p.For = cmp.Or(p.For, 5*time.Minute)
	if len(p.Types) == 0 {
		p.Types = []string{"image/jpeg", "image/png", "image/gif", "image/webp"}
	}
	for _, one := range p.Types {
		if extensions[one] == "" {
			return nil, fmt.Errorf("upload of %q: not a type of pictures that is known", one)
		}
	}
	switch {
	case p.Bucket == "":
		return nil, errors.New("upload: no bucket")
	case p.MinBytes < 1 || p.MaxBytes < p.MinBytes || p.MaxBytes > 5<<30:
		return nil, fmt.Errorf("upload of %d to %d bytes: want 1 to 5 GiB", p.MinBytes, p.MaxBytes)
	case p.For < time.Second || p.For > 7*24*time.Hour:
		return nil, fmt.Errorf("upload within %v: want a second to a week", p.For)
	case !strings.HasSuffix(p.Prefix, "/") || !isKey(p.Prefix+"x"):
		return nil, fmt.Errorf("upload below %q: want a prefix that ends in a slash", p.Prefix)
	}
	return &Presigner{policy: p, client: s3.NewPresignClient(client)}, nil
}

// NewKey returns a key that nobody has or can guess, for a picture of some type:
//
//	uploads/2026/11/VHBH2OXXY7JYZ2LZ5X6ZDGRQ3U.jpg
func (p *Presigner) NewKey(mediaType string) string {
	return p.policy.Prefix + time.Now().UTC().Format("2006/01/") + rand.Text() + extensions[mediaType]
}

// Post returns a form for a picture of some type and any allowed size.
func (p *Presigner) Post(ctx context.Context, key, mediaType string) (Ticket, error) {
	if err := p.check(key, mediaType, p.policy.MinBytes); err != nil {
		return Ticket{}, err
	}
	name := p.policy.Originals + key
	expires := time.Now().Add(p.policy.For)
	signed, err := p.client.PresignPostObject(ctx, &s3.PutObjectInput{Bucket: &p.policy.Bucket, Key: &name},
		func(o *s3.PresignPostOptions) {
			o.Expires = p.policy.For
			o.Conditions = []any{
				[]any{"content-length-range", p.policy.MinBytes, p.policy.MaxBytes},
				map[string]string{"Content-Type": mediaType},
			}
		})
	if err != nil {
		return Ticket{}, fmt.Errorf("presign a post of %s: %w", key, err)
	}
	signed.Values["Content-Type"] = mediaType
	return Ticket{Key: key, Method: http.MethodPost, URL: signed.URL, Fields: signed.Values, Expires: expires}, nil
}

// Put returns a URL for a picture of some type and exactly so many bytes. Where there is an object under the key, it
// is not overwritten.
func (p *Presigner) Put(ctx context.Context, key, mediaType string, size int64) (Ticket, error) {
	if err := p.check(key, mediaType, size); err != nil {
		return Ticket{}, err
	}
	expires := time.Now().Add(p.policy.For)
	signed, err := p.client.PresignPutObject(ctx, &s3.PutObjectInput{
		Bucket: &p.policy.Bucket, Key: aws.String(p.policy.Originals + key),
		ContentType: &mediaType, ContentLength: &size, IfNoneMatch: aws.String("*"),
	}, s3.WithPresignExpires(p.policy.For))
	if err != nil {
		return Ticket{}, fmt.Errorf("presign a put of %s: %w", key, err)
	}
	headers := make(map[string]string)
	for name := range signed.SignedHeader {
		if name != "Host" && name != "Content-Length" { // which browsers set, and let nobody else set
			headers[name] = signed.SignedHeader.Get(name)
		}
	}
	return Ticket{Key: key, Method: http.MethodPut, URL: signed.URL, Headers: headers, Expires: expires}, nil
}

func (p *Presigner) check(key, mediaType string, size int64) error {
	switch {
	case !slices.Contains(p.policy.Types, mediaType):
		return fmt.Errorf("%w: got %q, takes %s", ErrType, mediaType, strings.Join(p.policy.Types, ", "))
	case size < p.policy.MinBytes || size > p.policy.MaxBytes:
		return fmt.Errorf("%w: got %d bytes, takes %d to %d", ErrSize, size, p.policy.MinBytes, p.policy.MaxBytes)
	case !isKey(key):
		return fmt.Errorf("%w: %q", ErrKey, key)
	}
	return nil
}

// isKey tells whether the service would ever serve what lies under a key.
func isKey(key string) bool {
	for segment := range strings.SplitSeq(key, "/") {
		if segment == "." || segment == ".." {
			return false
		}
	}
	// A form's key is a template: S3 puts the name of the file in place of ${filename}.
	return key != "" && len(key) <= 900 && !strings.ContainsAny(key, "\x00\r\n") && !strings.Contains(key, "${")
}
