package awsapi

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/smithy-go"
)

// renewed are credentials that are others each time, as those of a role that ends.
type renewed struct{ n atomic.Int64 }

func (r *renewed) Retrieve(context.Context) (aws.Credentials, error) {
	return aws.Credentials{AccessKeyID: fmt.Sprint("key", r.n.Add(1)), SecretAccessKey: "secret", SessionToken: "token"}, nil
}

// A double is an API of AWS that answers with what is in answers, one after the other, and at last with "done".
type double struct {
	t       *testing.T
	answers []func(http.ResponseWriter)
	clock   time.Duration // by which this clock is ahead

	mu   sync.Mutex // a connection that ends without an answer orders nothing
	seen []string   // method, URI and body of each request
	keys []string   // with which they were signed
}

func (d *double) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	d.mu.Lock()
	defer d.mu.Unlock()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		d.t.Error(err)
	}
	d.seen = append(d.seen, fmt.Sprintf("%s %s %s", r.Method, r.RequestURI, body))
	w.Header().Set("Date", time.Now().Add(d.clock).UTC().Format(http.TimeFormat))
	w.Header().Set("X-Amzn-Requestid", "request1")
	signed, err := time.Parse("20060102T150405Z", r.Header.Get("X-Amz-Date"))
	if err != nil {
		d.t.Error(err)
	}
	if off := signed.Sub(time.Now().Add(d.clock)).Abs(); off > 5*time.Minute {
		answer(http.StatusForbidden, `{"__type":"com.amazon.coral.service#InvalidSignatureException","message":"expired"}`)(w)
		return
	}
	d.checkSignature(r, body, signed)
	if n := len(d.seen) - 1; n < len(d.answers) {
		d.answers[n](w)
		return
	}
	fmt.Fprint(w, `"done"`)
}

// checkSignature signs a request as the client should have done, and compares the two signatures.
func (d *double) checkSignature(r *http.Request, body []byte, at time.Time) {
	got := r.Header.Get("Authorization")
	_, rest, _ := strings.Cut(got, "Credential=")
	key, scope, _ := strings.Cut(rest, "/")
	d.keys = append(d.keys, key)
	own, err := http.NewRequest(r.Method, "http://"+r.Host+r.RequestURI, bytes.NewReader(body))
	if err != nil {
		d.t.Error(err)
		return
	}
	_, names, _ := strings.Cut(got, "SignedHeaders=")
	names, _, _ = strings.Cut(names, ",")
	for name := range strings.SplitSeq(names, ";") {
		if value := r.Header.Values(name); len(value) > 0 {
			own.Header[http.CanonicalHeaderKey(name)] = value
		}
	}
	own.Header.Del("X-Amz-Date")
	part := strings.Split(scope, "/")
	err = v4.NewSigner().SignHTTP(d.t.Context(), aws.Credentials{AccessKeyID: key, SecretAccessKey: "secret", SessionToken: "token"}, own,
		hash(body), part[2], part[1], at)
	if want := own.Header.Get("Authorization"); err != nil || got != want || part[1] != "eu-west-1" || part[2] != "dynamodb" {
		d.t.Errorf("got the signature %s, want %s, %v", got, want, err)
	}
}

func answer(status int, body string) func(http.ResponseWriter) {
	return func(w http.ResponseWriter) {
		w.WriteHeader(status)
		fmt.Fprint(w, body)
	}
}

// hangUp ends the connection without an answer.
func hangUp(http.ResponseWriter) { panic(http.ErrAbortHandler) }

// newClient returns a client of the double that does not wait between attempts.
func newClient(t *testing.T, d *double) *Client {
	d.t = t
	server := httptest.NewServer(d)
	t.Cleanup(server.Close)
	return New(aws.Config{
		Region: "eu-west-1", BaseEndpoint: &server.URL, Credentials: new(renewed),
		Retryer: func() aws.Retryer {
			return retry.NewStandard(func(o *retry.StandardOptions) {
				o.Backoff = retry.BackoffDelayerFunc(func(int, error) (time.Duration, error) { return 0, nil })
			})
		},
	}, dynamoDB)
}

var query = Request{
	Operation: "Query", Method: http.MethodPost, Path: "/2026/" + url.PathEscape("a b/c"), Query: url.Values{"x": {"1 2"}},
	Header: http.Header{"X-Amz-Target": {"t"}}, Body: []byte("body"),
}

// What may succeed later is sent again, with the whole body and with credentials that are still valid.
func TestRetries(t *testing.T) {
	d := &double{answers: []func(http.ResponseWriter){
		answer(http.StatusInternalServerError, "<html>oops</html>"),
		answer(http.StatusBadRequest, `{"__type":"com.amazonaws.dynamodb.v20120810#ThrottlingException","Message":"slow down"}`),
	}}
	got, err := newClient(t, d).Do(t.Context(), query)
	if err != nil || string(got) != `"done"` {
		t.Errorf("got %s, %v", got, err)
	}
	if want := "POST /2026/a%20b%2Fc?x=1%202 body"; len(d.seen) != 3 || d.seen[0] != want || d.seen[2] != want {
		t.Errorf("got %q", d.seen)
	}
	if len(d.keys) != 3 || d.keys[0] == d.keys[2] {
		t.Errorf("signed with %q", d.keys)
	}
	d = &double{answers: []func(http.ResponseWriter){hangUp, hangUp}}
	if _, err := newClient(t, d).Do(t.Context(), query); err != nil || len(d.seen) != 3 {
		t.Errorf("no answer twice: got %v after %d", err, len(d.seen))
	}
}

func TestErrors(t *testing.T) {
	for _, test := range []struct {
		status     int
		body       string
		code, text string
		sent       int
		isServer   bool
	}{
		{
			400, `{"__type":"com.amazonaws.dynamodb.v20120810#ResourceNotFoundException","message":"no table"}`,
			"ResourceNotFoundException", "no table", 1, false,
		},
		{
			404, `<?xml version="1.0"?><ErrorResponse xmlns="http://cloudfront.amazonaws.com/doc/2020-05-31/"><Error><Type>Sender</Type>` +
				`<Code>NoSuchDistribution</Code><Message>there is none</Message></Error><RequestId>r</RequestId></ErrorResponse>`,
			"NoSuchDistribution", "there is none", 1, false,
		},
		{403, "<html><body>a proxy</body></html>", "UnknownError", "Forbidden", 1, false},
		{503, "", "UnknownError", "Service Unavailable", 3, true},
		{302, "", "UnknownError", "Found", 1, false},
		{400, `{"__type":5}`, "UnknownError", "Bad Request", 1, false},
		{200, strings.Repeat("x", largestBody+1), "", "larger than", 1, false},
	} {
		d := new(double)
		for range 3 {
			d.answers = append(d.answers, answer(test.status, test.body))
		}
		_, err := newClient(t, d).Do(t.Context(), query)
		api, isAPI := errors.AsType[smithy.APIError](err)
		switch {
		case err == nil || !strings.Contains(err.Error(), test.text) || !strings.Contains(err.Error(), "DynamoDB: Query"):
			t.Errorf("%d %.40s: got %v", test.status, test.body, err)
		case isAPI != (test.code != ""),
			isAPI && (api.ErrorCode() != test.code || (api.ErrorFault() == smithy.FaultServer) != test.isServer):
			t.Errorf("%d %.40s: got %#v", test.status, test.body, api)
		case len(d.seen) != test.sent:
			t.Errorf("%d %.40s: sent %d times, want %d", test.status, test.body, len(d.seen), test.sent)
		}
		response, ok := errors.AsType[*awshttp.ResponseError](err)
		if !ok || response.HTTPStatusCode() != test.status || response.RequestID != "request1" {
			t.Errorf("%d %.40s: got the response %+v", test.status, test.body, response)
		}
	}
}

// Of a clock that is wrong, AWS says what time it is. The requests after that are signed for the time of AWS.
func TestWrongClock(t *testing.T) {
	d := &double{clock: 2 * time.Hour}
	c := newClient(t, d)
	for range 2 {
		if _, err := c.Do(t.Context(), query); err != nil {
			t.Error(err)
		}
	}
	if len(d.seen) != 3 {
		t.Errorf("sent %d requests, want the first twice", len(d.seen))
	}
}

// A request ends with its context, without a credential it is not sent, and a secret is not in the error.
func TestNotSent(t *testing.T) {
	d := new(double)
	c := newClient(t, d)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := c.Do(ctx, query); !errors.Is(err, context.Canceled) {
		t.Errorf("canceled: got %v", err)
	}
	failure := errors.New("role ended")
	c.settings.Credentials = aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) { return aws.Credentials{}, failure })
	if _, err := c.Do(t.Context(), query); !errors.Is(err, failure) {
		t.Errorf("credentials that fail: got %v", err)
	}
	c.settings.Credentials = nil
	if _, err := c.Do(t.Context(), query); !errors.Is(err, errNoCredentials) {
		t.Errorf("no credentials: got %v", err)
	}
	if len(d.seen) > 0 {
		t.Errorf("sent %q", d.seen)
	}
}

func TestDoJSON(t *testing.T) {
	d := &double{answers: []func(http.ResponseWriter){answer(http.StatusOK, `{"Count":2}`), answer(http.StatusOK, "<html>")}}
	c := newClient(t, d)
	var out struct{ Count int }
	if err := c.DoJSON(t.Context(), "Scan", map[string]string{"TableName": "t"}, &out); err != nil || out.Count != 2 {
		t.Errorf("got %+v, %v", out, err)
	}
	if want := `POST / {"TableName":"t"}`; d.seen[0] != want {
		t.Errorf("got %q, want %q", d.seen[0], want)
	}
	if err := c.DoJSON(t.Context(), "Scan", nil, &out); err == nil || !strings.Contains(err.Error(), "DynamoDB Scan: the answer is not JSON") {
		t.Errorf("got %v", err)
	}
}
