package upload_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
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

// TestRealUpload uploads to the S3 server that IMGORIGIN_TEST_S3 names. It is skipped without one.
func TestRealUpload(t *testing.T) {
	t.Run("POST", testPost)
	t.Run("PUT", testPut)
}

// realPresigner returns a presigner for a new bucket on the server of TestRealUpload. The test is skipped without one.
func realPresigner(t *testing.T, lifetime time.Duration) (p *upload.Presigner, client *s3.Client, bucket string) {
	t.Helper()
	endpoint := os.Getenv("IMGORIGIN_TEST_S3")
	if endpoint == "" {
		t.Skip("IMGORIGIN_TEST_S3 names no server")
	}
	settings, err := config.LoadDefaultConfig(t.Context(), config.WithBaseEndpoint(endpoint))
	if err != nil {
		t.Fatal(err)
	}
	client = s3.NewFromConfig(settings, func(o *s3.Options) { o.UsePathStyle = true })
	bucket = "uploads-" + strings.ToLower(rand.Text()[:12])
	if _, err := client.CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: &bucket}); err != nil {
		t.Fatal(err)
	}
	policy := upload.Policy{Bucket: bucket, Originals: "in/", MinBytes: 10, MaxBytes: 2000, Lifetime: lifetime}
	return presigner(t, client, policy), client, bucket
}

// A server takes a form as it was issued, and refuses it with any other value.
func testPost(t *testing.T) {
	p, client, bucket := realPresigner(t, 2*time.Second)
	form := func(change func(upload.Ticket), body []byte) int {
		t.Helper()
		ticket, err := p.Post(t.Context(), "uploads/"+rand.Text()+".jpg", "image/jpeg")
		if err != nil {
			t.Fatal(err)
		}
		change(ticket)
		status := postForm(t, ticket, body)
		size := objectSize(t.Context(), client, bucket, ticket.Fields["key"])
		if stored := size == int64(len(body)); stored != (status < 300) {
			t.Errorf("status %d, and an object of %d bytes", status, size)
		}
		return status
	}
	set := func(field, value string) func(upload.Ticket) {
		return func(k upload.Ticket) { k.Fields[field] = value }
	}
	wait := func(upload.Ticket) { time.Sleep(3 * time.Second) } // by the clock of the server
	otherCredential := func(k upload.Ticket) { k.Fields["X-Amz-Credential"] = "x" + k.Fields["X-Amz-Credential"] }
	unchanged := func(upload.Ticket) {}
	body := bytes.Repeat([]byte("x"), 1000)
	for name, test := range map[string]struct {
		change func(upload.Ticket)
		body   []byte
		ok     bool
	}{
		"unchanged":          {unchanged, body, true},
		"too long":           {unchanged, bytes.Repeat([]byte("x"), 2001), false},
		"too short":          {unchanged, body[:9], false},
		"of another type":    {set("Content-Type", "text/html"), body, false},
		"under another key":  {set("key", "in/other.jpg"), body, false},
		"above the prefix":   {set("key", "secret.jpg"), body, false},
		"readable by all":    {set("acl", "public-read"), body, false},
		"with other terms":   {func(k upload.Ticket) { k.Fields["policy"] = wider(k.Fields["policy"]) }, body, false},
		"under another name": {otherCredential, body, false},
		"too late":           {wait, body, false},
	} {
		if status := form(test.change, test.body); (status < 300) != test.ok {
			t.Errorf("a form %s: got %d", name, status)
		}
	}
}

// A server takes a PUT of the size and type that were signed, once.
func testPut(t *testing.T) {
	p, _, _ := realPresigner(t, time.Minute)
	ticket, err := p.Put(t.Context(), "uploads/put.jpg", "image/jpeg", 1000)
	if err != nil {
		t.Fatal(err)
	}
	body := bytes.Repeat([]byte("x"), 1000)
	for _, test := range []struct {
		name, mediaType string
		body            []byte
		ok              bool
	}{
		{"of another size", "image/jpeg", body[:999], false},
		{"of another type", "text/html", body, false},
		{"unchanged", "image/jpeg", body, true},
		{"over an existing object", "image/jpeg", body, false},
	} {
		if status := put(t, ticket, test.mediaType, test.body); (status < 300) != test.ok {
			t.Errorf("a put %s: got %d", test.name, status)
		}
	}
}

// wider returns the policy changed so that it allows more bytes.
func wider(policy string) string {
	text, err := base64.StdEncoding.DecodeString(policy)
	if err != nil {
		panic(err)
	}
	return base64.StdEncoding.EncodeToString(bytes.Replace(text, []byte(",2000]"), []byte(",9000]"), 1))
}

func postForm(t *testing.T, ticket upload.Ticket, body []byte) (status int) {
	t.Helper()
	var b bytes.Buffer
	form := multipart.NewWriter(&b)
	for name, value := range ticket.Fields {
		if err := form.WriteField(name, value); err != nil {
			t.Fatal(err)
		}
	}
	file, err := form.CreateFormFile("file", "cat.jpg")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := file.Write(body); err != nil {
		t.Fatal(err)
	}
	if err := form.Close(); err != nil {
		t.Fatal(err)
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, ticket.URL, &b)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", form.FormDataContentType())
	return do(t, r)
}

func put(t *testing.T, ticket upload.Ticket, mediaType string, body []byte) (status int) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPut, ticket.URL, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range ticket.Headers {
		r.Header.Set(name, value)
	}
	r.Header.Set("Content-Type", mediaType)
	return do(t, r)
}

func do(t *testing.T, r *http.Request) (status int) {
	t.Helper()
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	_, _ = io.Copy(io.Discard, response.Body)
	return response.StatusCode
}

// objectSize returns the size of an object in bytes, or -1 if there is none.
func objectSize(ctx context.Context, client *s3.Client, bucket, name string) int64 {
	out, err := client.HeadObject(ctx, &s3.HeadObjectInput{Bucket: &bucket, Key: &name})
	if err != nil {
		return -1
	}
	return aws.ToInt64(out.ContentLength)
}
