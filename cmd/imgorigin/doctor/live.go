package doctor

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"image"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/alecthomas/kong"

	"github.com/imgorigin/imgorigin/cmd/imgorigin/usage"
	"github.com/imgorigin/imgorigin/server/grammar"
)

// liveFlags are of the smoke test of a service that runs.
type liveFlags struct {
	Live     liveURL       `placeholder:"URL" help:"Test the service that runs at this URL, or behind it, over HTTP, instead of the settings: an image is uploaded to --originals and deleted again."`
	LiveKey  string        `placeholder:"KEY" help:"Key of an original to request with --live, instead of uploading one."`
	LiveWait time.Duration `placeholder:"DURATION" help:"How long to wait, with --live, until the image that was deleted is no longer served, which tests the events and the purge. Default: not at all."`
}

// A liveURL is where the service runs that is tested.
type liveURL string

// BeforeApply lets settings be missing that the test of a running service can do without.
func (liveURL) BeforeApply(ctx *kong.Context) error {
	for _, flag := range ctx.Flags() {
		flag.Required = false
	}
	return nil
}

// A liveTest asks a service for images as browsers do, and adds what is wrong to the findings of a doctor. It knows only what
// the URLs of the service promise, so that it can be used through CloudFront too.
type liveTest struct {
	*doctor
	base    string // without a slash at the end
	key     string // of the original that is requested
	timeout time.Duration
}

// A liveAnswer is the answer to a request.
type liveAnswer struct {
	status int
	header http.Header
	body   []byte
	took   time.Duration
}

// maxLiveBytes is more than any answer of the test has.
const maxLiveBytes = 32 << 20

// checkLive makes every check of the smoke test.
func (d *doctor) checkLive(ctx context.Context, flags liveFlags) error {
	base, err := url.Parse(string(flags.Live))
	if err != nil || base.Host == "" || base.Scheme != "http" && base.Scheme != "https" || base.RawQuery != "" {
		return usage.Errorf("--live: want the URL of a service, such as https://d111111abcdef8.cloudfront.net")
	}
	l := &liveTest{doctor: d, base: strings.TrimSuffix(string(flags.Live), "/"), key: flags.LiveKey, timeout: 2 * checkTimeout}
	remove := func(context.Context) error { return nil }
	if l.key == "" {
		if l.key, remove, err = d.uploadTestImage(ctx, ".png"); err != nil {
			d.add(bad, "upload", err.Error(), "--live-key KEY requests an original that is there, and uploads nothing")
			return nil
		}
		d.addGood("upload", "%s is in %v", l.key, d.Originals)
	}
	if l.checkImage(ctx) {
		l.checkCaching(ctx)
		l.checkNegotiation(ctx)
		l.checkSigning(ctx)
		l.checkInfo(ctx)
		if flags.LiveKey == "" {
			l.checkNames(ctx)
		}
	}
	l.checkRefusals(ctx)
	l.checkPrivate(ctx)
	if err := remove(context.WithoutCancel(ctx)); err != nil { // also after an interrupt
		d.add(bad, "upload", fmt.Sprintf("%s can't be deleted: %v", l.key, err), "delete it by hand")
	} else if flags.LiveKey == "" {
		l.awaitDeletion(ctx, flags.LiveWait)
	}
	return nil
}

// target returns the URL of a path and query, signed if the service wants it.
func (l *liveTest) target(path, query string) string {
	if l.SignRequired && len(l.SignKeys) > 0 {
		return l.signed(path, query)
	}
	return l.unsigned(path, query)
}

func (l *liveTest) unsigned(path, query string) string {
	return l.base + (&url.URL{Path: path, RawQuery: query}).String()
}

func (l *liveTest) signed(path, query string) string {
	return l.unsigned(path, query+"&s="+grammar.Sign(l.SignKeys[0], path, query))
}

// do sends a request. Headers follow by name and value.
func (l *liveTest) do(ctx context.Context, method, target string, headers ...string) (liveAnswer, error) {
	ctx, cancel := context.WithTimeout(ctx, l.timeout)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, method, target, nil)
	if err != nil {
		return liveAnswer{}, err
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	begin := time.Now()
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		return liveAnswer{}, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, maxLiveBytes))
	return liveAnswer{response.StatusCode, response.Header, body, time.Since(begin)}, err
}

// get sends a GET, and reports whether the answer has a status. It adds a finding if not.
func (l *liveTest) get(ctx context.Context, about string, status int, target string, headers ...string) (liveAnswer, bool) {
	a, err := l.do(ctx, http.MethodGet, target, headers...)
	switch {
	case err != nil:
		l.add(bad, about, err.Error(), "is the URL right, and does the service run?")
	case a.status != status:
		l.add(bad, about, fmt.Sprintf("%s is answered %d, want %d: %.100q", strings.TrimPrefix(target, l.base), a.status, status, a.body),
			liveAdvice(a.status))
	}
	return a, err == nil && a.status == status
}

// liveAdvice is what to do about a status that was not wanted.
func liveAdvice(status int) string {
	switch status {
	case http.StatusForbidden:
		return "are the keys of signatures those of the service and of the KeyValueStore? Is the origin secret the service's?"
	case http.StatusNotFound:
		return "does the service read these --originals?"
	case http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return "does the service run, and may it read the originals? See its log"
	}
	return ""
}

// maxAge returns for how many seconds caches may keep an answer, and reports whether it says so.
func (a liveAnswer) maxAge() (seconds int, ok bool) {
	for directive := range strings.SplitSeq(a.header.Get("Cache-Control"), ",") {
		if value, found := strings.CutPrefix(strings.TrimSpace(directive), "max-age="); found {
			seconds, err := strconv.Atoi(value)
			return seconds, err == nil
		}
	}
	return 0, false
}

// checkImage checks that the service makes an image, and reports whether it does.
func (l *liveTest) checkImage(ctx context.Context) bool {
	const about = "image"
	a, ok := l.get(ctx, about, http.StatusOK, l.target("/img/"+l.key, "fm=jpeg&w=320"))
	if !ok {
		return false
	}
	m, format, err := image.DecodeConfig(bytes.NewReader(a.body))
	if err != nil || format != "jpeg" || a.header.Get("Content-Type") != "image/jpeg" {
		l.add(bad, about, fmt.Sprintf("what should be a JPEG is %s: %v", cmp.Or(a.header.Get("Content-Type"), "of no type"), err),
			"is something else in front of the service, such as the pages of a web application?")
		return false
	}
	l.addGood(about, "a JPEG of %d × %d pixels and %d bytes in %v", m.Width, m.Height, len(a.body), a.took.Round(time.Millisecond))
	if a.header.Get("X-Content-Type-Options") != "nosniff" {
		l.add(fair, about, "X-Content-Type-Options is not nosniff", "add it in the response headers policy of the distribution")
	}
	return true
}
