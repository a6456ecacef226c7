package originals

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/imgorigin/imgorigin/server/traversal"
)

// An HTTPConfig says which web server a [HTTP] reads from.
type HTTPConfig struct {
	// Base is what the URLs of all originals begin with, as https://example.com/media/. It may name a user and a password,
	// which are sent by basic authentication. Its query is that of all originals, as a shared access signature of Azure is.
	// Neither is part of an error.
	Base string

	// AllowPrivate allows the server to have a private or loopback address. Without it, only public addresses are connected
	// to.
	AllowPrivate bool
}

// HTTP reads originals from a web server: the key cat.jpg is <Base>cat.jpg. No key and no redirect leads to a URL that does
// not begin with the base, and no name to an address that is not public, see [ErrAddress].
//
// The state of an original is its ETag, or else its Last-Modified. An original with neither is taken for one that never
// changes. A server that answers 404 or 410 has no such original; any other status than 200 says nothing about that.
type HTTP struct {
	client        *http.Client
	base          *url.URL // without the query, which is that of all originals
	query         string   // a secret, perhaps; "" for none
	authorization string   // a header; "" for none
}

const (
	webConnectTimeout = 5 * time.Second
	webAnswerTimeout  = 10 * time.Second // until the headers are there; the caller's context bounds the body
	webHeaderBytes    = 64 << 10
	webRedirects      = 3
	webTagBytes       = 128
)

// NewHTTP returns a source that is ready. It makes no request.
func NewHTTP(c HTTPConfig) (*HTTP, error) {
	base, err := parseBase(c.Base)
	if err != nil {
		return nil, err
	}
	o := &HTTP{base: base, query: base.RawQuery}
	base.RawQuery = ""
	if user := base.User; user != nil {
		password, _ := user.Password()
		o.authorization = "Basic " + base64.StdEncoding.EncodeToString([]byte(user.Username()+":"+password))
		base.User = nil
	}
	dialer := &net.Dialer{Timeout: webConnectTimeout, Control: publicOnly(c.AllowPrivate)}
	o.client = &http.Client{
		CheckRedirect: o.checkRedirect,
		Transport: &http.Transport{
			// There is no proxy: it would resolve the name itself, and no address would be looked at.
			DialContext: dialer.DialContext, ForceAttemptHTTP2: true,
			TLSHandshakeTimeout: webConnectTimeout, ResponseHeaderTimeout: webAnswerTimeout, MaxResponseHeaderBytes: webHeaderBytes,
			MaxIdleConns: 256, MaxIdleConnsPerHost: 256, IdleConnTimeout: 90 * time.Second,
			DisableCompression: true, // the tag of a body that is compressed on the way differs from the original's
		},
	}
	return o, nil
}

// parseBase parses the base of the URLs of originals, which then ends in a slash.
func parseBase(s string) (*url.URL, error) {
	base, err := url.Parse(s)
	if err != nil {
		return nil, errors.New("want a URL such as https://example.com/media/") // the error may quote a password
	}
	switch {
	case base.Scheme != "http" && base.Scheme != "https", base.Hostname() == "":
		return nil, errors.New(Redacted(base) + ": want a URL such as https://example.com/media/")
	case base.ForceQuery || base.Fragment != "":
		return nil, errors.New(Redacted(base) + ": want a URL without #, and with a query behind ?")
	case traversal.Leads(base.Path):
		return nil, errors.New(Redacted(base) + ": want a URL without . and .. between slashes")
	}
	if !strings.HasSuffix(base.Path, "/") {
		base = base.JoinPath("/")
	}
	return base, nil
}

// Redacted returns a base as it may be logged, without its password and its query.
func Redacted(base *url.URL) string {
	public := *base
	public.RawQuery, public.ForceQuery = "", false
	return public.Redacted()
}

// Open implements [Source].
func (o *HTTP) Open(ctx context.Context, key string) (*Original, error) {
	response, err := o.ask(ctx, http.MethodGet, key)
	if err != nil {
		return nil, err
	}
	body, size, err := decoded(response.Body, response.ContentLength, response.Header.Get("Content-Encoding"))
	if err != nil {
		response.Body.Close()
		return nil, fmt.Errorf("get %s: %w", Redacted(response.Request.URL), err)
	}
	return &Original{Info{tagOf(response.Header), size}, body}, nil
}

// Stat implements [Source]. A server that does not support HEAD is sent a GET, whose body is not read.
func (o *HTTP) Stat(ctx context.Context, key string) (Info, error) {
	response, err := o.ask(ctx, http.MethodHead, key)
	if refusal, ok := errors.AsType[*StatusError](err); ok && refusal.isOfMethod() {
		response, err = o.ask(ctx, http.MethodGet, key)
	}
	if err != nil {
		return Info{}, err
	}
	return Info{tagOf(response.Header), response.ContentLength}, response.Body.Close()
}

// ask sends a request for an original, and returns an answer of 200. The caller closes its body.
func (o *HTTP) ask(ctx context.Context, method, key string) (*http.Response, error) {
	at, ok := o.urlOf(key)
	if !ok {
		return nil, fmt.Errorf("%s %s%q: %w", strings.ToLower(method), o.base, key, fs.ErrNotExist)
	}
	request, err := http.NewRequestWithContext(ctx, method, at, nil)
	if err != nil {
		return nil, err
	}
	request.URL.RawQuery = o.query
	request.Header.Set("User-Agent", "imgorigin")
	request.Header.Set("Accept-Encoding", "identity")
	if o.authorization != "" {
		request.Header.Set("Authorization", o.authorization)
	}
	response, err := o.client.Do(request)
	if failed, ok := errors.AsType[*url.Error](err); ok {
		failed.URL = at // the query may be a secret
	}
	if err != nil {
		return nil, err
	}
	if response.StatusCode == http.StatusOK {
		return response, nil
	}
	err = refusal(response)
	response.Body.Close()
	return nil, fmt.Errorf("%s %s: %w", strings.ToLower(method), at, err)
}

// urlOf returns the URL of an original. ok is false for a key that no file has, or that a server which decodes a path twice,
// or takes a backslash for a slash, could take for one outside of the base.
func (o *HTTP) urlOf(key string) (at string, ok bool) {
	if !fs.ValidPath(key) || traversal.Leads(key) {
		return "", false
	}
	segments := strings.Split(key, "/")
	for i, segment := range segments {
		segments[i] = url.PathEscape(segment)
	}
	return o.base.String() + strings.Join(segments, "/"), true
}

// checkRedirect refuses redirects that lead away from the base, and many.
func (o *HTTP) checkRedirect(to *http.Request, via []*http.Request) error {
	u := to.URL
	isBelow := u.Scheme == o.base.Scheme && strings.EqualFold(u.Host, o.base.Host) && u.User == nil &&
		strings.HasPrefix(u.EscapedPath(), o.base.EscapedPath()) && !traversal.Leads(u.Path)
	switch {
	case !isBelow:
		return &redirectError{"leads away from " + o.base.String()}
	case len(via) > webRedirects:
		return &redirectError{fmt.Sprintf("comes after %d others", webRedirects)}
	}
	return nil
}

// tagOf returns what stands for the state of an original: its ETag, or what its other headers say. A tag that could not be
// kept beside a variant as it is, is hashed.
func tagOf(header http.Header) string {
	tag := header.Get("ETag")
	if tag == "" {
		// Not with the size too: there are servers that leave that out of the answers to HEAD.
		tag = `"` + header.Get("Last-Modified") + `"`
	}
	isPlain := strings.IndexFunc(tag, func(r rune) bool { return r < ' ' || r > '~' }) < 0
	if len(tag) <= webTagBytes && isPlain {
		return tag
	}
	return fmt.Sprintf(`"%x"`, sha256.Sum256([]byte(tag)))
}
