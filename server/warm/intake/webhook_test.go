package intake

import (
	"bytes"
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/imgorigin/imgorigin/server/warm/s3event"
	"github.com/imgorigin/imgorigin/server/warm/warmtest"
)

// newPool is a pool that ends with the test.
func newPool(t *testing.T, c PoolConfig) *Pool {
	p := NewPool(c)
	t.Cleanup(func() { p.Close(context.Background()) })
	return p
}

func post(h http.Handler, body string, header ...string) *http.Response {
	r := httptest.NewRequest(http.MethodPost, "/hooks/s3", strings.NewReader(body))
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Result()
}

func sample(t *testing.T, name string) string {
	body, err := os.ReadFile("../s3event/testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

func TestHook(t *testing.T) {
	got := make(chan s3event.Event, 10)
	pool := newPool(t, PoolConfig{Handle: func(_ context.Context, ev s3event.Event) error { got <- ev; return nil }})
	h := NewHook(Hook{Pool: pool, Token: "secret"})
	basic := "Basic " + base64.StdEncoding.EncodeToString([]byte("hook:secret"))
	tests := []struct {
		what, body, auth string
		status, events   int
	}{
		{"minio", sample(t, "minio.json"), "Bearer secret", 202, 1},
		{"versitygw", sample(t, "versitygw.json"), basic, 202, 1},
		{"two records", sample(t, "s3.json"), "Bearer secret", 202, 2},
		{"SNS with a password", sample(t, "s3-sns.json"), basic, 202, 1},
		{"test event", sample(t, "versitygw-test-event.json"), "Bearer secret", 200, 0},
		{"tagging", sample(t, "s3-tagging.json"), "Bearer secret", 200, 0},
		{"no token", sample(t, "minio.json"), "", 401, 0},
		{"wrong token", sample(t, "minio.json"), "Bearer secre", 401, 0},
		{"empty token", sample(t, "minio.json"), "Bearer ", 401, 0},
		{"nonsense", "nonsense", "Bearer secret", 400, 0},
		{"too long", strings.Repeat(" ", MaxHookBytes+1), "Bearer secret", 413, 0},
	}
	for _, test := range tests {
		if r := post(h, test.body, "Authorization", test.auth); r.StatusCode != test.status {
			t.Errorf("%s: got %s, want %d", test.what, r.Status, test.status)
		}
		for range test.events {
			<-got
		}
		if len(got) != 0 {
			t.Errorf("%s: got an event more than %d", test.what, test.events)
		}
	}
	if r := post(NewHook(Hook{Pool: pool}), sample(t, "minio.json"), "Authorization", "Bearer "); r.StatusCode != 401 || r.Header.Get("WWW-Authenticate") == "" {
		t.Errorf("no token set: got %s, want 401", r.Status)
	}
	if r := post(NewHook(Hook{Pool: pool, Open: true}), sample(t, "minio.json")); r.StatusCode != 202 {
		t.Errorf("open: got %s, want 202", r.Status)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/hooks/s3", nil))
	if w.Code != 405 || w.Header().Get("Allow") != "POST" {
		t.Errorf("GET: got %d, want 405", w.Code)
	}
}

// What is answered 202 is handled, and what there is no room for is answered 503.
func TestHookBusy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var h handled
		free := make(chan struct{})
		pool := NewPool(PoolConfig{Size: 4, Workers: 2, Handle: func(_ context.Context, ev s3event.Event) error {
			<-free
			h.add(ev.Key)
			return nil
		}})
		hook := NewHook(Hook{Pool: pool, Open: true})
		accepted := 0
		for i := range 10 {
			r := post(hook, warmtest.Message(s3event.Event{Kind: s3event.Created, Key: fmt.Sprint(i)}))
			synctest.Wait()
			switch {
			case r.StatusCode == 202:
				accepted++
			case r.StatusCode != 503 || r.Header.Get("Retry-After") == "":
				t.Errorf("got %s, want 503", r.Status)
			}
		}
		if accepted != 6 {
			t.Errorf("got %d accepted, want 2 at work and 4 waiting", accepted)
		}
		if pool.Submit(make([]s3event.Event, 1)) {
			t.Error("a full pool took an event")
		}
		go func() { time.Sleep(time.Minute); close(free) }()
		if err := pool.Close(t.Context()); err != nil || len(h.times) != accepted {
			t.Errorf("got %v, %d handled, want %d", err, len(h.times), accepted)
		}
		if r := post(hook, warmtest.Message(s3event.Event{Kind: s3event.Created, Key: "late"})); r.StatusCode != 503 {
			t.Errorf("closed: got %s, want 503", r.Status)
		}
	})
}

func TestPoolTries(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var h, last handled
		pool := NewPool(PoolConfig{
			Handle: func(_ context.Context, ev s3event.Event) error {
				if times := h.add(ev.Key); ev.Redelivered != (times > 1) {
					t.Errorf("try %d: got %t for again", times, ev.Redelivered)
				} else if ev.Key == "never" || times < 3 {
					return errors.New("throttled")
				}
				return nil
			},
			Exhausted: func(_ context.Context, ev s3event.Event, err error) error {
				last.add(ev.Key + " " + err.Error())
				return nil
			},
		})
		pool.Submit([]s3event.Event{{Key: "later"}, {Key: "never"}})
		if err := pool.Close(t.Context()); err != nil {
			t.Error(err)
		}
		if h.times["later"] != 3 || h.times["never"] != 6 || last.times["never throttled"] != 1 || len(last.times) != 1 {
			t.Errorf("got %v, given up %v", h.times, last.times)
		}
	})
}

func TestPoolCloseInterrupts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pool := NewPool(PoolConfig{
			Workers:   1,
			Handle:    func(ctx context.Context, ev s3event.Event) error { <-ctx.Done(); return ctx.Err() },
			Exhausted: func(context.Context, s3event.Event, error) error { t.Error("given up, not interrupted"); return nil },
		})
		pool.Submit(make([]s3event.Event, 3))
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if err := pool.Close(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v, want to hear of what was not handled", err)
		}
	})
}

const topic = "arn:aws:sns:eu-west-1:123456789012:images"

// snsStandIn plays SNS: it signs, and answers for sns.eu-west-1.amazonaws.com.
type snsStandIn struct {
	key  *rsa.PrivateKey
	cert []byte

	mu      sync.Mutex
	fetched []string
}

func newAWS(t *testing.T, until time.Time) *snsStandIn {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "sns.amazonaws.com"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: until}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return &snsStandIn{key: key, cert: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})}
}

func (a *snsStandIn) RoundTrip(r *http.Request) (*http.Response, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.fetched = append(a.fetched, r.URL.String())
	response := &http.Response{StatusCode: http.StatusOK, Status: "200 OK", Header: make(http.Header), Request: r}
	response.Body = io.NopCloser(bytes.NewReader(a.cert))
	if strings.Contains(r.URL.RawQuery, "elsewhere") {
		response.StatusCode, response.Status = http.StatusFound, "302 Found"
		response.Header.Set("Location", "https://inside.example/")
	}
	return response, nil
}

// message returns a signed message, changed by change before and by spoil after it was signed.
func (a *snsStandIn) message(t *testing.T, version string, change, spoil func(*snsMessage)) string {
	m := snsMessage{
		Type: typeNotify, MessageId: "1", TopicArn: topic, Timestamp: "2026-11-23T02:53:45.410Z",
		Message: warmtest.Message(s3event.Event{Kind: s3event.Created, Key: "a.jpg"}), SignatureVersion: version,
		SigningCertURL: "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-1.pem",
	}
	if change != nil {
		change(&m)
	}
	var sum []byte
	kind := crypto.SHA256
	if version == "1" {
		kind = crypto.SHA1
		s := sha1.Sum(m.canonical())
		sum = s[:]
	} else {
		s := sha256.Sum256(m.canonical())
		sum = s[:]
	}
	signature, err := rsa.SignPKCS1v15(rand.Reader, a.key, kind, sum)
	if err != nil {
		t.Fatal(err)
	}
	m.Signature = base64.StdEncoding.EncodeToString(signature)
	if spoil != nil {
		spoil(&m)
	}
	body, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

func TestHookSNS(t *testing.T) {
	a := newAWS(t, time.Now().Add(time.Hour))
	got := make(chan s3event.Event, 10)
	pool := newPool(t, PoolConfig{Handle: func(_ context.Context, ev s3event.Event) error { got <- ev; return nil }})
	h := NewHook(Hook{Pool: pool, Topics: []string{topic}, SNS: &SNS{HTTP: &http.Client{Transport: a}}})
	subject := "S3 Notification"
	good := map[string]string{
		"version 1": a.message(t, "1", nil, nil),
		"version 2": a.message(t, "2", nil, nil),
		"subject":   a.message(t, "2", func(m *snsMessage) { m.Subject = &subject }, nil),
	}
	for what, body := range good {
		if r := post(h, body); r.StatusCode != 202 {
			t.Errorf("%s: got %s, want 202", what, r.Status)
			continue
		}
		if ev := <-got; ev.Key != "a.jpg" {
			t.Errorf("%s: got %+v", what, ev)
		}
	}
	if len(a.fetched) != 1 {
		t.Errorf("got the certificate %d times, want once", len(a.fetched))
	}

	unfetched := len(a.fetched)
	other := func(m *snsMessage) { m.TopicArn = "arn:aws:sns:eu-west-1:999999999999:images" }
	certAt := func(url string) func(*snsMessage) { return func(m *snsMessage) { m.SigningCertURL = url } }
	bad := map[string]string{
		"another's topic":   a.message(t, "2", other, nil),
		"forged topic":      a.message(t, "2", other, func(m *snsMessage) { m.TopicArn = topic }),
		"forged message":    a.message(t, "2", nil, func(m *snsMessage) { m.Message = warmtest.Message(s3event.Event{Kind: s3event.Removed, Key: "b.jpg"}) }),
		"no base64":         a.message(t, "2", nil, func(m *snsMessage) { m.Signature = "%" }),
		"version 3":         a.message(t, "3", nil, nil),
		"sum of version 1":  a.message(t, "1", nil, func(m *snsMessage) { m.SignatureVersion = "2" }),
		"type":              a.message(t, "2", func(m *snsMessage) { m.Type = "Hello" }, nil),
		"http":              a.message(t, "2", certAt("http://sns.eu-west-1.amazonaws.com/x.pem"), nil),
		"bucket":            a.message(t, "2", certAt("https://s3.eu-west-1.amazonaws.com/mine/x.pem"), nil),
		"another region":    a.message(t, "2", certAt("https://sns.us-east-1.amazonaws.com/x.pem"), nil),
		"suffix":            a.message(t, "2", certAt("https://sns.eu-west-1.amazonaws.com.example.com/x.pem"), nil),
		"port":              a.message(t, "2", certAt("https://sns.eu-west-1.amazonaws.com:8443/x.pem"), nil),
		"user":              a.message(t, "2", certAt("https://sns.eu-west-1.amazonaws.com@example.com/x.pem"), nil),
		"not a certificate": a.message(t, "2", certAt("https://sns.eu-west-1.amazonaws.com/x"), nil),
	}
	for what, body := range bad {
		if r := post(h, body); r.StatusCode != 401 {
			t.Errorf("%s: got %s, want 401", what, r.Status)
		}
	}
	if len(a.fetched) != unfetched || len(got) != 0 {
		t.Errorf("got %q fetched, %d events, want none for bad messages", a.fetched[unfetched:], len(got))
	}

	old := newAWS(t, time.Now().Add(-time.Minute))
	h.SNS = &SNS{HTTP: &http.Client{Transport: old}}
	if r := post(h, old.message(t, "2", nil, nil)); r.StatusCode != 401 {
		t.Errorf("old certificate: got %s, want 401", r.Status)
	}
}

func TestHookSubscribes(t *testing.T) {
	a := newAWS(t, time.Now().Add(time.Hour))
	h := NewHook(Hook{Pool: newPool(t, PoolConfig{}), Token: "secret", Topics: []string{topic}, SNS: &SNS{HTTP: &http.Client{Transport: a}}})
	at := func(url string) func(*snsMessage) {
		return func(m *snsMessage) { m.Type, m.Token, m.SubscribeURL = typeSubscribe, "t", url }
	}
	const good = "https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription&Token=t"
	tests := []struct {
		what, body string
		status     int
		followed   bool
	}{
		{"good", a.message(t, "2", at(good), nil), 200, true},
		{"forged", a.message(t, "2", at(good), func(m *snsMessage) { m.Token = "other" }), 401, false},
		{"elsewhere", a.message(t, "2", at("https://example.com/?Action=ConfirmSubscription"), nil), 503, false},
		{"redirected", a.message(t, "2", at(good+"&elsewhere"), nil), 503, true},
		{"another's topic", a.message(t, "2", func(m *snsMessage) { at(good)(m); m.TopicArn += "2" }, nil), 401, false},
		{"unsubscribed", a.message(t, "2", func(m *snsMessage) { at(good)(m); m.Type = typeUnsubscribe }, nil), 200, false},
	}
	for _, test := range tests {
		for _, auth := range []string{"", "Bearer secret"} { // a password does not make a topic ours
			a.fetched = nil
			r := post(h, test.body, "Authorization", auth)
			followed := 0
			for _, url := range a.fetched {
				if strings.Contains(url, "Action=") {
					followed++
				}
				if strings.Contains(url, "example") {
					t.Errorf("%s: went to %s", test.what, url)
				}
			}
			if r.StatusCode != test.status || (followed == 1) != test.followed {
				t.Errorf("%s: got %s, %q, want %d, followed %t", test.what, r.Status, a.fetched, test.status, test.followed)
			}
		}
	}
}
