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
	"io"
	"math/big"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/imgorigin/imgorigin/server/warm/s3event"
	"github.com/imgorigin/imgorigin/server/warm/warmtest"
)

const topic = "arn:aws:sns:eu-west-1:123456789012:images"

// A fakeSNS signs messages like SNS, and is the transport to all hosts: it answers with its certificate.
type fakeSNS struct {
	key  *rsa.PrivateKey
	cert []byte

	mu      sync.Mutex
	fetched []string
}

func newFakeSNS(t *testing.T, until time.Time) *fakeSNS {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "sns.amazonaws.com"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: until,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return &fakeSNS{key: key, cert: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})}
}

func (a *fakeSNS) RoundTrip(r *http.Request) (*http.Response, error) {
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

// message returns a signed message. change changes it before it is signed, spoil afterwards; both may be nil.
func (a *fakeSNS) message(t *testing.T, version string, change, spoil func(*snsMessage)) string {
	m := snsMessage{
		Type: typeNotify, MessageId: "1", TopicArn: topic, Timestamp: stamp(time.Now()),
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

// stamp returns a timestamp as SNS writes it.
func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

func TestHookSNS(t *testing.T) {
	a := newFakeSNS(t, time.Now().Add(time.Hour))
	got := make(chan s3event.Event, 10)
	pool := newPool(t, PoolConfig{Handle: func(_ context.Context, ev s3event.Event) error { got <- ev; return nil }})
	h := NewHook(Hook{Pool: pool, Topics: []string{topic}, SNS: &SNS{HTTP: &http.Client{Transport: a}}})
	subject := "S3 Notification"
	good := map[string]string{
		"version 1": a.message(t, "1", nil, nil),
		"version 2": a.message(t, "2", nil, nil),
		"subject":   a.message(t, "2", func(m *snsMessage) { m.Subject = &subject }, nil),
		"retried":   a.message(t, "2", func(m *snsMessage) { m.Timestamp = stamp(time.Now().Add(-time.Hour)) }, nil),
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
	otherMessage := warmtest.Message(s3event.Event{Kind: s3event.Removed, Key: "b.jpg"})
	bad := map[string]string{
		"topic that is not allowed": a.message(t, "2", other, nil),
		"forged topic":              a.message(t, "2", other, func(m *snsMessage) { m.TopicArn = topic }),
		"forged message":            a.message(t, "2", nil, func(m *snsMessage) { m.Message = otherMessage }),
		"no base64":                 a.message(t, "2", nil, func(m *snsMessage) { m.Signature = "%" }),
		"version 3":                 a.message(t, "3", nil, nil),
		"sum of version 1":          a.message(t, "1", nil, func(m *snsMessage) { m.SignatureVersion = "2" }),
		"replayed":                  a.message(t, "2", func(m *snsMessage) { m.Timestamp = stamp(time.Now().Add(-2 * time.Hour)) }, nil),
		"replayed with another time": a.message(t, "2", func(m *snsMessage) { m.Timestamp = stamp(time.Now().Add(-2 * time.Hour)) },
			func(m *snsMessage) { m.Timestamp = stamp(time.Now()) }),
		"no time":           a.message(t, "2", func(m *snsMessage) { m.Timestamp = "" }, nil),
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

	old := newFakeSNS(t, time.Now().Add(-time.Minute))
	h.SNS = &SNS{HTTP: &http.Client{Transport: old}}
	if r := post(h, old.message(t, "2", nil, nil)); r.StatusCode != 401 {
		t.Errorf("old certificate: got %s, want 401", r.Status)
	}
}

func TestHookSubscribes(t *testing.T) {
	a := newFakeSNS(t, time.Now().Add(time.Hour))
	sns := &SNS{HTTP: &http.Client{Transport: a}}
	h := NewHook(Hook{Pool: newPool(t, PoolConfig{}), Token: "secret", Topics: []string{topic}, SNS: sns})
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
		{"topic that is not allowed", a.message(t, "2", func(m *snsMessage) { at(good)(m); m.TopicArn += "2" }, nil), 401, false},
		{"unsubscribed", a.message(t, "2", func(m *snsMessage) { at(good)(m); m.Type = typeUnsubscribe }, nil), 200, false},
	}
	for _, test := range tests {
		for _, auth := range []string{"", "Bearer secret"} { // a token does not allow a topic
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
