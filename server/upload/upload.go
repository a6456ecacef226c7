// Package upload lets a browser put an original straight into S3, within limits: the server chooses the key, the media
// type has to be that of an image, the size is bounded, and the permission expires after a few minutes.
//
//	browser ─► POST /uploads {"type":"image/jpeg","size":123456} ─► Handler: authorized? ─► Presigner ─► Ticket
//	   │                                                                                                  │
//	   └──── POST the form, or PUT the bytes, to the ticket's URL ─► S3 checks them against the ticket ◄──┘
//	                                                                        └─► event ─► warm
//
// S3 checks the ticket, so the bytes of an upload don't pass through this process. Only decoding shows whether they are
// an image; the warmer does that when S3 sends the event, and quarantines what is not.
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

	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/server/grammar"
)

// A Policy limits what may be uploaded. Bucket is required; every other zero field has a default.
type Policy struct {
	// Bucket holds the originals.
	Bucket string

	// Originals is the prefix of all originals in the bucket. It is empty or ends in a slash, and is not part of the
	// originals' keys.
	Originals string

	// Prefix begins every key that NewKey returns. It ends in a slash. The default is "uploads/".
	Prefix string

	// Types are the media types that may be uploaded. The default is JPEG, PNG, GIF and WebP.
	Types []string

	// MinBytes and MaxBytes bound the size of an upload. The defaults are 1 byte and 25 MiB, the most is 5 GiB, which
	// is what S3 takes in one request.
	MinBytes, MaxBytes int64

	// Lifetime is how long a ticket is valid. The default is 5 minutes, the most is a week, which is what S3 allows.
	Lifetime time.Duration
}

// A Ticket permits one upload, either as a form to POST or as a URL to PUT to.
type Ticket struct {
	// Key is the key of the original, as /img/ takes it.
	Key string `json:"key"`

	// Method is POST or PUT.
	Method string `json:"method"`
	URL    string `json:"url"`

	// Fields are the fields of the form to POST. They have to precede the field named file, which holds the bytes.
	Fields map[string]string `json:"fields,omitempty"`

	// Headers are the headers that a PUT has to send.
	Headers map[string]string `json:"headers,omitempty"`

	Expires time.Time `json:"expires"`
}

// Reasons why a Presigner refuses to issue a ticket.
var (
	ErrType = errors.New("media type not allowed")
	ErrSize = errors.New("size not allowed")
	ErrKey  = errors.New("not the key of an original")
)

// A Presigner issues tickets. It makes no requests: a ticket is signed with the S3 client's credentials, and S3 checks
// what their role is allowed to do when the upload arrives. It is safe for concurrent use.
type Presigner struct {
	policy Policy
	client *s3.PresignClient
}

// Limits of S3.
const (
	maxPutBytes = 5 << 30            // of an object that is sent in one request
	maxLifetime = 7 * 24 * time.Hour // of a signature, version 4
)

// New returns a Presigner for a policy, or an error if the policy is not valid.
func New(client *s3.Client, p Policy) (*Presigner, error) {
	p.Prefix = cmp.Or(p.Prefix, "uploads/")
	p.MinBytes = cmp.Or(p.MinBytes, 1)
	p.MaxBytes = cmp.Or(p.MaxBytes, 25<<20)
	p.Lifetime = cmp.Or(p.Lifetime, 5*time.Minute)
	if len(p.Types) == 0 {
		for _, f := range []resize.Format{resize.JPEG, resize.PNG, resize.GIF, resize.WebP} {
			p.Types = append(p.Types, f.MediaType())
		}
	}
	for _, mediaType := range p.Types {
		if resize.Extension(mediaType) == "" {
			return nil, fmt.Errorf("upload of %q: not a type of image that may be uploaded", mediaType)
		}
	}
	switch {
	case p.Bucket == "":
		return nil, errors.New("upload: no bucket")
	case p.MinBytes < 1 || p.MaxBytes < p.MinBytes || p.MaxBytes > maxPutBytes:
		return nil, fmt.Errorf("upload of %d to %d bytes: want 1 to 5 GiB", p.MinBytes, p.MaxBytes)
	case p.Lifetime < time.Second || p.Lifetime > maxLifetime:
		return nil, fmt.Errorf("upload within %v: want a second to a week", p.Lifetime)
	case !strings.HasSuffix(p.Prefix, "/") || !isKey(p.Prefix+"x"):
		return nil, fmt.Errorf("upload below %q: want a prefix that ends in a slash", p.Prefix)
	}
	return &Presigner{policy: p, client: s3.NewPresignClient(client)}, nil
}

// NewKey returns a new key, which cannot be guessed, for an image of a media type:
//
//	uploads/2026/11/VHBH2OXXY7JYZ2LZ5X6ZDGRQ3U.jpg
func (p *Presigner) NewKey(mediaType string) string {
	return p.policy.Prefix + time.Now().UTC().Format("2006/01/") + rand.Text() + resize.Extension(mediaType)
}

// Post returns a ticket for a form that uploads an image of a media type and any allowed size under key. The error
// matches [ErrType] or [ErrKey] if the policy does not allow it.
func (p *Presigner) Post(ctx context.Context, key, mediaType string) (Ticket, error) {
	if err := p.check(key, mediaType, p.policy.MinBytes); err != nil {
		return Ticket{}, err
	}
	name := p.policy.Originals + key
	expires := time.Now().Add(p.policy.Lifetime)
	signed, err := p.client.PresignPostObject(ctx, &s3.PutObjectInput{Bucket: &p.policy.Bucket, Key: &name},
		func(o *s3.PresignPostOptions) {
			o.Expires = p.policy.Lifetime
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

// Put returns a ticket for a URL that takes an image of a media type and of exactly size bytes. S3 refuses it if key
// exists by then. The error matches [ErrType], [ErrSize] or [ErrKey] if the policy does not allow it.
func (p *Presigner) Put(ctx context.Context, key, mediaType string, size int64) (Ticket, error) {
	if err := p.check(key, mediaType, size); err != nil {
		return Ticket{}, err
	}
	expires := time.Now().Add(p.policy.Lifetime)
	signed, err := p.client.PresignPutObject(ctx, &s3.PutObjectInput{
		Bucket: &p.policy.Bucket, Key: aws.String(p.policy.Originals + key),
		ContentType: &mediaType, ContentLength: &size, IfNoneMatch: aws.String("*"),
	}, s3.WithPresignExpires(p.policy.Lifetime))
	if err != nil {
		return Ticket{}, fmt.Errorf("presign a put of %s: %w", key, err)
	}
	headers := make(map[string]string)
	for name := range signed.SignedHeader {
		if name != "Host" && name != "Content-Length" { // browsers set these themselves and don't let scripts do it
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

// maxKeyBytes is the length of the longest key of an upload. The object of a variant is named by the prefix of all
// variants, the key of its original, a slash and its transform in normal form. The longest transform has 112 bytes,
// which leaves 11 for a prefix. A variant whose name is too long for S3 would never be stored, and be made again
// for each request.
const maxKeyBytes = grammar.MaxKeyBytes - 124

// isKey reports whether an original may be uploaded under a key and then served.
func isKey(key string) bool {
	// S3 replaces ${filename} in the key of a form by the name of the file. Browsers turn each line break in a field into
	// CR LF, so that it would no longer be the key that was signed.
	isTemplate := strings.Contains(key, "${") || strings.ContainsAny(key, "\r\n")
	return grammar.CheckKey(key) == nil && len(key) <= maxKeyBytes && !isTemplate
}
