package upload_test

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/server/upload"
)

func offline() *s3.Client {
	return s3.New(s3.Options{
		Region:      "us-east-1",
		Credentials: credentials.NewStaticCredentialsProvider("key", "secret", "session"),
	})
}

func presigner(t *testing.T, client *s3.Client, p upload.Policy) *upload.Presigner {
	t.Helper()
	presigner, err := upload.New(client, p)
	if err != nil {
		t.Fatal(err)
	}
	return presigner
}

// A form carries a signed policy, which S3 checks the upload against.
func TestPostPolicy(t *testing.T) {
	p := presigner(t, offline(), upload.Policy{
		Bucket: "photos", Originals: "in/", MinBytes: 100, MaxBytes: 2000, Lifetime: time.Minute,
	})
	ticket, err := p.Post(t.Context(), "uploads/a.jpg", "image/jpeg")
	if err != nil {
		t.Fatal(err)
	}
	text, err := base64.StdEncoding.DecodeString(ticket.Fields["policy"])
	if err != nil {
		t.Fatal(err)
	}
	var policy struct {
		Expiration time.Time
		Conditions []any
	}
	if err := json.Unmarshal(text, &policy); err != nil {
		t.Fatal(err)
	}
	var conditions []string
	for _, c := range policy.Conditions {
		condition, _ := json.Marshal(c)
		conditions = append(conditions, string(condition))
	}
	for _, want := range []string{
		`["content-length-range",100,2000]`, `{"Content-Type":"image/jpeg"}`, `{"key":"in/uploads/a.jpg"}`,
		`{"bucket":"photos"}`, `{"X-Amz-Security-Token":"session"}`,
	} {
		if !slices.Contains(conditions, want) {
			t.Errorf("the policy has no %s: %s", want, text)
		}
	}
	if left := time.Until(policy.Expiration); left > time.Minute || left < 50*time.Second {
		t.Errorf("the policy expires in %v, want a minute", left)
	}
	mediaType := ticket.Fields["Content-Type"]
	if ticket.Key != "uploads/a.jpg" || ticket.Method != http.MethodPost || mediaType != "image/jpeg" {
		t.Errorf("got %+v", ticket)
	}
}

func TestPutSignsTypeAndSize(t *testing.T) {
	p := presigner(t, offline(), upload.Policy{Bucket: "photos"})
	ticket, err := p.Put(t.Context(), "a.png", "image/png", 1234)
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(ticket.URL)
	if err != nil {
		t.Fatal(err)
	}
	if got := u.Query().Get("X-Amz-SignedHeaders"); got != "content-length;content-type;host;if-none-match" {
		t.Errorf("got signed headers %s", got)
	}
	if u.Query().Get("X-Amz-Expires") != "300" ||
		ticket.Headers["Content-Type"] != "image/png" || ticket.Headers["If-None-Match"] != "*" {
		t.Errorf("got %+v", ticket)
	}
}

func TestTicketsAreRefused(t *testing.T) {
	p := presigner(t, offline(), upload.Policy{Bucket: "photos", MaxBytes: 2000})
	for _, test := range []struct {
		key, mediaType string
		size           int64
		want           error
	}{
		{"a.svg", "image/svg+xml", 10, upload.ErrType},
		{"a.html", "text/html", 10, upload.ErrType},
		{"a.jpg", "", 10, upload.ErrType},
		{"a.jpg", "image/jpeg", 0, upload.ErrSize},
		{"a.jpg", "image/jpeg", -1, upload.ErrSize},
		{"a.jpg", "image/jpeg", 2001, upload.ErrSize},
		{"", "image/jpeg", 10, upload.ErrKey},
		{"../a.jpg", "image/jpeg", 10, upload.ErrKey},
		{"a\x00.jpg", "image/jpeg", 10, upload.ErrKey},
		{"a/${filename}", "image/jpeg", 10, upload.ErrKey},
		{"a\r\n.jpg", "image/jpeg", 10, upload.ErrKey},
		{"a\xff.jpg", "image/jpeg", 10, upload.ErrKey},
		{strings.Repeat("x", 901), "image/jpeg", 10, upload.ErrKey},
	} {
		if _, err := p.Put(t.Context(), test.key, test.mediaType, test.size); !errors.Is(err, test.want) {
			t.Errorf("%.20q, %s, %d bytes: got %v, want %v", test.key, test.mediaType, test.size, err, test.want)
		}
	}
}

// Every variant of the longest key has a name that S3 takes.
func TestLongestKeyLeavesRoomForVariants(t *testing.T) {
	key := strings.Repeat("x", 900)
	p := presigner(t, offline(), upload.Policy{Bucket: "photos"})
	if _, err := p.Post(t.Context(), key, "image/jpeg"); err != nil {
		t.Fatal(err)
	}
	const half = 1 << 19 // X + W and Y + H of a rectangle are at most 1 << 20
	longest := 0
	for _, format := range []resize.Format{resize.JPEG, resize.WebP} {
		name := resize.Transform{
			Width: 8192, Height: 8192, Fit: resize.Cover, Crop: resize.Focal, Focus: resize.Point{X: 0.1234, Y: 0.5678},
			Rect: resize.Rect{X: half, Y: half, W: half, H: half}, Quality: 100, Background: "123456",
			Blur: 99.99, Format: format,
		}.Normal().String()
		longest = max(longest, len(name))
		if got := len("v/" + key + "/" + name); got > 1024 {
			t.Errorf("%s: the name of the variant has %d bytes", name, got)
		}
	}
	t.Logf("the longest transform has %d bytes", longest)
}

func TestPoliciesAreRefused(t *testing.T) {
	for _, p := range []upload.Policy{
		{},
		{Bucket: "b", Types: []string{"text/html"}},
		{Bucket: "b", Types: []string{"image/svg+xml"}},
		{Bucket: "b", MinBytes: 10, MaxBytes: 5},
		{Bucket: "b", MinBytes: -1},
		{Bucket: "b", Lifetime: 8 * 24 * time.Hour},
		{Bucket: "b", Prefix: "no-slash"},
		{Bucket: "b", Prefix: "../"},
	} {
		if _, err := upload.New(offline(), p); err == nil {
			t.Errorf("%+v: got no error", p)
		}
	}
}

func TestHandler(t *testing.T) {
	h := &upload.Handler{
		Presigner: presigner(t, offline(), upload.Policy{Bucket: "photos", MaxBytes: 2000}),
		Tokens:    []string{"old", "new", ""}, UserHeader: "X-User",
		Proxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")},
	}
	const good, putJSON = `{"type": "image/jpeg"}`, `{"type": "image/png", "size": %d, "method": "PUT"}`
	for name, test := range map[string]struct {
		peer, token, user, body string
		want                    int
	}{
		"a token":                 {"1.2.3.4:5", "Bearer new", "", good, 201},
		"an older token":          {"1.2.3.4:5", "Bearer old", "", good, 201},
		"no token":                {"1.2.3.4:5", "", "", good, 401},
		"a scheme in lower case":  {"1.2.3.4:5", "bearer new", "", good, 201},
		"no scheme":               {"1.2.3.4:5", "new", "", good, 401},
		"more than JSON":          {"1.2.3.4:5", "Bearer new", "", good + " x", 400},
		"JSON and white space":    {"1.2.3.4:5", "Bearer new", "", good + "\n", 201},
		"an empty token":          {"1.2.3.4:5", "Bearer ", "", good, 401},
		"a wrong token":           {"1.2.3.4:5", "Bearer newer", "", good, 401},
		"another scheme":          {"1.2.3.4:5", "Basic new", "", good, 401},
		"a proxy's user":          {"10.1.2.3:5", "", "jane", good, 201},
		"a proxy's user, IPv6":    {"[::ffff:10.1.2.3]:5", "", "jane", good, 201},
		"a proxy without user":    {"10.1.2.3:5", "", "", good, 401},
		"a user, not by a proxy":  {"11.1.2.3:5", "", "jane", good, 401},
		"a PUT":                   {"1.2.3.4:5", "Bearer new", "", fmt.Sprintf(putJSON, 12), 201},
		"a PUT without size":      {"1.2.3.4:5", "Bearer new", "", `{"type": "image/png", "method": "PUT"}`, 413},
		"a PUT that is too large": {"1.2.3.4:5", "Bearer new", "", fmt.Sprintf(putJSON, 2001), 413},
		"a DELETE":                {"1.2.3.4:5", "Bearer new", "", `{"type": "image/png", "method": "DELETE"}`, 400},
		"an HTML page":            {"1.2.3.4:5", "Bearer new", "", `{"type": "text/html"}`, 415},
		"no JSON":                 {"1.2.3.4:5", "Bearer new", "", `type=image/png`, 400},
		"too much JSON":           {"1.2.3.4:5", "Bearer new", "", `{"x": "` + strings.Repeat("x", 5000) + `"}`, 400},
	} {
		r := httptest.NewRequest(http.MethodPost, "/uploads", strings.NewReader(test.body))
		r.RemoteAddr = test.peer
		r.Header.Set("Authorization", test.token)
		if test.user != "" {
			r.Header.Set("X-User", test.user)
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != test.want || w.Header().Get("Cache-Control") != "no-store" {
			t.Errorf("%s: got %d, want %d: %s", name, w.Code, test.want, w.Body)
		}
		var ticket upload.Ticket
		if err := json.Unmarshal(w.Body.Bytes(), &ticket); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if isKey := strings.HasPrefix(ticket.Key, "uploads/"+time.Now().UTC().Format("2006/01/")); isKey != (w.Code == 201) {
			t.Errorf("%s: got the key %q", name, ticket.Key)
		}
	}
}

func ExamplePresigner_NewKey() {
	p, err := upload.New(offline(), upload.Policy{Bucket: "photos"})
	if err != nil {
		panic(err)
	}
	key := p.NewKey("image/jpeg")
	fmt.Println(key[:len("uploads/")], key[len(key)-len(".jpg"):])
	// Output: uploads/ .jpg
}
