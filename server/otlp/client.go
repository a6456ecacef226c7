package otlp

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"
)

// A client sends spans to a collector. It stands in for otlptracehttp, which brings all of gRPC and its gateway along: 70
// packages, of which it sends nothing. Its variables are those of the OpenTelemetry specification that a collector may
// require: OTEL_EXPORTER_OTLP_HEADERS, _COMPRESSION and _TIMEOUT, and the same with TRACES_ before the last word.
type client struct {
	endpoint string
	header   http.Header
	gzip     bool
	sign     func(*http.Request, []byte) error // nil signs nothing
	http     http.Client
	timeout  time.Duration // of a batch, with all its tries
	retry    time.Duration // the first wait after a failure; each further one is twice as long
	stopped  chan struct{}
}

const (
	defaultTimeout = 10 * time.Second // as the specification has it
	defaultRetry   = time.Second
	maxAnswer      = 4 << 10 // bytes that are read of the reason for a refusal
)

// newClient returns a client for the URL that a collector receives traces at.
func newClient(endpoint string) (*client, error) {
	c := &client{endpoint: endpoint, header: make(http.Header), timeout: defaultTimeout, retry: defaultRetry}
	c.stopped = make(chan struct{})
	c.header.Set("Content-Type", "application/x-protobuf")
	for pair := range strings.SplitSeq(variable("HEADERS"), ",") {
		name, value, _ := strings.Cut(pair, "=")
		if name = strings.TrimSpace(name); name == "" {
			continue
		}
		value, err := url.PathUnescape(strings.TrimSpace(value))
		if err != nil {
			return nil, fmt.Errorf("otlp: OTEL_EXPORTER_OTLP_HEADERS: %w", err)
		}
		c.header.Set(name, value)
	}
	switch compression := variable("COMPRESSION"); compression {
	case "", "none":
	case "gzip":
		c.gzip = true
		c.header.Set("Content-Encoding", "gzip")
	default:
		return nil, fmt.Errorf("otlp: OTEL_EXPORTER_OTLP_COMPRESSION=%s: want gzip or none", compression)
	}
	if timeout := variable("TIMEOUT"); timeout != "" {
		ms, err := strconv.Atoi(timeout)
		if err != nil || ms <= 0 {
			return nil, fmt.Errorf("otlp: OTEL_EXPORTER_OTLP_TIMEOUT=%s: want milliseconds", timeout)
		}
		c.timeout = time.Duration(ms) * time.Millisecond
	}
	return c, nil
}

// variable returns a setting of the environment: that for traces, or that for all signals.
func variable(name string) string {
	if value := os.Getenv("OTEL_EXPORTER_OTLP_TRACES_" + name); value != "" {
		return value
	}
	return os.Getenv("OTEL_EXPORTER_OTLP_" + name)
}

// Start implements [otlptrace.Client].
func (c *client) Start(context.Context) error { return nil }

// Stop implements [otlptrace.Client]. A batch that waits to be sent again is given up.
func (c *client) Stop(context.Context) error {
	close(c.stopped)
	c.http.CloseIdleConnections()
	return nil
}

// UploadTraces implements [otlptrace.Client]. It tries again while the collector is busy or away, until the time is up.
func (c *client) UploadTraces(ctx context.Context, spans []*tracepb.ResourceSpans) error {
	body, err := c.marshal(spans)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	for wait := c.retry; ; wait *= 2 {
		retryAfter, err := c.send(ctx, body)
		if err == nil || retryAfter < 0 {
			return err
		}
		select {
		case <-time.After(max(wait, retryAfter)):
		case <-c.stopped:
			return err
		case <-ctx.Done():
			return err
		}
	}
}

// marshal returns the body of a request. TracesData has the same fields as the message of the collector's service.
func (c *client) marshal(spans []*tracepb.ResourceSpans) ([]byte, error) {
	body, err := proto.Marshal(&tracepb.TracesData{ResourceSpans: spans})
	if err != nil || !c.gzip {
		return body, err
	}
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write(body); err != nil {
		return nil, err
	}
	err = w.Close()
	return b.Bytes(), err
}

// send sends a body once. After an error, it returns how long the collector wants to be left alone, or less than nothing if
// it would refuse the body again.
func (c *client) send(ctx context.Context, body []byte) (retryAfter time.Duration, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, c.endpoint, bytes.NewReader(body))
	if err != nil {
		return -1, err
	}
	request.Header = c.header.Clone()
	if c.sign != nil {
		if err := c.sign(request, body); err != nil {
			return 0, err
		}
	}
	response, err := c.http.Do(request)
	if failed, ok := errors.AsType[*url.Error](err); ok {
		failed.URL = redacted(request.URL)
	}
	if err != nil {
		return 0, err
	}
	defer response.Body.Close()
	text, _ := io.ReadAll(io.LimitReader(response.Body, maxAnswer)) // what did not arrive is not part of the message
	if response.StatusCode/100 == 2 {
		return 0, nil
	}
	err = fmt.Errorf("post %s: %s: %s", redacted(request.URL), response.Status, bytes.TrimSpace(text))
	switch response.StatusCode {
	case http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		seconds, _ := strconv.Atoi(response.Header.Get("Retry-After")) // a date is rare, and then the usual wait does
		return max(0, time.Duration(seconds)*time.Second), err
	}
	return -1, err
}

// redacted returns a URL as it may be logged: its password, and a key in its query, are secrets.
func redacted(u *url.URL) string {
	public := *u
	public.RawQuery, public.ForceQuery = "", false
	return public.Redacted()
}
