package server

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	toxiproxy "github.com/Shopify/toxiproxy/v2" // breaks connections in the ways that networks do
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"

	"github.com/imgorigin/imgorigin/cache/bucket"
)

// A network is the way from the service to S3: connections that break, and a gateway that answers wrongly.
type network struct {
	proxy  *toxiproxy.Proxy
	client *s3.Client
	sent   atomic.Int64 // requests, whatever became of them
	wrong  atomic.Pointer[func(w http.ResponseWriter, r *http.Request, answer []byte, header http.Header) bool]
}

// Do counts the requests that the SDK sends.
func (r *network) Do(request *http.Request) (*http.Response, error) {
	r.sent.Add(1)
	return http.DefaultClient.Do(request)
}

func newNetwork(t *testing.T, endpoint string) *network {
	t.Helper()
	r := new(network)
	target, err := url.Parse(endpoint)
	if err != nil {
		t.Fatal(err)
	}
	forward := &httputil.ReverseProxy{Rewrite: func(p *httputil.ProxyRequest) {
		p.SetURL(target)
		p.Out.Host = p.In.Host // which is signed
	}, ErrorHandler: func(w http.ResponseWriter, _ *http.Request, _ error) { panic(http.ErrAbortHandler) }}
	gateway := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		wrong := r.wrong.Load()
		if wrong == nil {
			forward.ServeHTTP(w, request)
			return
		}
		answer := httptest.NewRecorder()
		forward.ServeHTTP(answer, request)
		if (*wrong)(w, request, answer.Body.Bytes(), answer.Header()) {
			return
		}
		for name, values := range answer.Header() {
			w.Header()[name] = values
		}
		w.WriteHeader(answer.Code)
		w.Write(answer.Body.Bytes())
	}))
	t.Cleanup(gateway.Close)
	proxies := toxiproxy.NewServer(toxiproxy.NewMetricsContainer(prometheus.NewRegistry()), zerolog.Nop())
	r.proxy = toxiproxy.NewProxy(proxies, "s3", "127.0.0.1:0", strings.TrimPrefix(gateway.URL, "http://"))
	if err := r.proxy.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.proxy.Stop)
	r.client = testClient("http://"+r.proxy.Listen, r)
	return r
}

// testClient returns a client as the service has it, which retries.
func testClient(endpoint string, through s3.HTTPClient) *s3.Client {
	name, secret := os.Getenv("AWS_ACCESS_KEY_ID"), os.Getenv("AWS_SECRET_ACCESS_KEY")
	if name == "" {
		name, secret = "key", "secret"
	}
	return bucket.NewClient(aws.Config{
		Region: "us-east-1", BaseEndpoint: &endpoint, HTTPClient: through,
		Credentials: credentials.NewStaticCredentialsProvider(name, secret, ""),
	}, func(o *s3.Options) { o.UsePathStyle = true })
}

// toxic adds a toxic to the connections of a network in both directions, to open ones too.
func toxic(text string) func(*testing.T, *network) func() {
	return func(t *testing.T, r *network) func() {
		for _, stream := range []string{"upstream", "downstream"} {
			toxic := fmt.Sprintf(`{"name":%q,"stream":%q,%s}`, stream, stream, text)
			if _, err := r.proxy.Toxics.AddToxicJson(strings.NewReader(toxic)); err != nil {
				t.Fatal(err)
			}
		}
		return func() { r.proxy.Toxics.ResetToxics(context.WithoutCancel(t.Context())) }
	}
}

// wrongly makes the gateway answer wrongly.
func wrongly(f func(w http.ResponseWriter, r *http.Request, answer []byte, header http.Header) bool) func(*testing.T, *network) func() {
	return func(_ *testing.T, r *network) func() {
		r.wrong.Store(&f)
		return func() { r.wrong.Store(nil) }
	}
}

func slowDown(w http.ResponseWriter, _ *http.Request, _ []byte, _ http.Header) bool {
	w.WriteHeader(http.StatusServiceUnavailable)
	io.WriteString(w, `<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>`)
	return true
}

// lengthened returns a gateway fault that announces, and sends as far as it can, another length of a body.
func lengthened(by func(int) int) func(http.ResponseWriter, *http.Request, []byte, http.Header) bool {
	return func(w http.ResponseWriter, r *http.Request, answer []byte, header http.Header) bool {
		if r.Method != http.MethodGet || len(answer) < 1000 {
			return false
		}
		for name, values := range header {
			if !strings.HasPrefix(name, "X-Amz-Checksum") { // which not every object has
				w.Header()[name] = values
			}
		}
		length := by(len(answer))
		w.Header().Set("Content-Length", strconv.Itoa(length))
		w.Write(answer[:min(length, len(answer))])
		return true
	}
}
