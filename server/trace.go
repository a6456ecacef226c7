package server

import (
	"context"
	"encoding/binary"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"
	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

	"github.com/imgorigin/imgorigin/server/clientip"
)

// startSpan begins the span of a request, if there is a tracer. The parent that a trusted proxy names is believed; any
// other client could have its requests recorded under a trace of its choice.
func (s *Server) startSpan(r *http.Request) *http.Request {
	if s.config.Tracer == nil {
		return r
	}
	ctx := r.Context()
	route := chi.RouteContext(ctx).RoutePattern()
	if clientip.Proxies(s.config.Access.TrustedProxies).Trust(clientip.Peer(r)) {
		ctx = remoteParent(ctx, r.Header)
	}
	ctx, _ = s.config.Tracer.Start(ctx, r.Method+" "+route, trace.WithSpanKind(trace.SpanKindServer), trace.WithAttributes(
		attribute.String("http.request.method", r.Method),
		attribute.String("http.route", route),
		attribute.String("url.path", r.URL.EscapedPath()),
	))
	return r.WithContext(ctx)
}

// endSpan ends the span of a request with its outcome.
func (s *Server) endSpan(x *exchange, status int) {
	if s.config.Tracer == nil {
		return
	}
	span := trace.SpanFromContext(x.r.Context())
	if !span.IsRecording() {
		return
	}
	span.SetAttributes(
		attribute.Int("http.response.status_code", status),
		attribute.Int64("http.response.body.size", x.w.bytes),
		attribute.String("imgorigin.original", x.req.Key),
		attribute.String("imgorigin.transform", x.name),
		attribute.String("imgorigin.source", string(x.source)),
		attribute.Bool("imgorigin.joined", x.joined),
	)
	if x.err != nil {
		span.SetAttributes(attribute.String("error.message", x.err.Error()))
	}
	if status >= 500 {
		span.SetStatus(codes.Error, http.StatusText(status))
	}
	span.End()
}

// spanNames are the names of spans whose legs have a shorter name in Server-Timing and metrics.
var spanNames = map[string]string{
	"store": "store get", "original": "original get", "read": "original read", "gate": "gate wait", "cpu": "processor wait",
	"joined": "batch wait",
}

// legSpan makes a span of a leg that has ended.
func (s *Server) legSpan(ctx context.Context, leg string, began, ended time.Time) {
	if s.config.Tracer == nil || ctx == nil || !trace.SpanFromContext(ctx).IsRecording() {
		return
	}
	name, ok := spanNames[leg]
	if !ok {
		name = leg
	}
	_, span := s.config.Tracer.Start(ctx, name, trace.WithTimestamp(began))
	span.End(trace.WithTimestamp(ended))
}

// observe adds to a histogram, with the trace as an exemplar if there is one.
func (s *Server) observe(ctx context.Context, o prometheus.Observer, took time.Duration) {
	if s.config.Tracer != nil && ctx != nil {
		if c := trace.SpanContextFromContext(ctx); c.IsSampled() {
			o.(prometheus.ExemplarObserver).ObserveWithExemplar(took.Seconds(), prometheus.Labels{"trace_id": c.TraceID().String()})
			return
		}
	}
	o.Observe(took.Seconds())
}

// remoteParent returns ctx with the trace that a request belongs to, from the header of W3C or else of AWS X-Ray.
func remoteParent(ctx context.Context, h http.Header) context.Context {
	ctx = propagation.TraceContext{}.Extract(ctx, propagation.HeaderCarrier(h))
	if trace.SpanContextFromContext(ctx).IsValid() {
		return ctx
	}
	return JoinTrace(ctx, h.Get("X-Amzn-Trace-Id"))
}

// JoinTrace returns ctx with the trace that a header of AWS X-Ray names, such as the attribute AWSTraceHeader of a message of SQS,
// or ctx itself if it names none. The sender of the header decides whether the trace is recorded.
func JoinTrace(ctx context.Context, header string) context.Context {
	if parent := parseXRay(header); parent.IsValid() {
		return trace.ContextWithRemoteSpanContext(ctx, parent)
	}
	return ctx
}

// TraceHeader returns the header of AWS X-Ray that has JoinTrace continue the trace of ctx, or "" without one.
func TraceHeader(ctx context.Context) string {
	c := trace.SpanContextFromContext(ctx)
	if !c.IsValid() {
		return ""
	}
	id, sampled := c.TraceID().String(), 0
	if c.IsSampled() {
		sampled = 1
	}
	return fmt.Sprintf("Root=1-%s-%s;Parent=%s;Sampled=%d", id[:8], id[8:], c.SpanID(), sampled)
}

// parseXRay parses Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1. Load balancers send no
// parent: a part of the root takes its place, since a span without a parent can't join a trace.
func parseXRay(header string) trace.SpanContext {
	var c trace.SpanContextConfig
	for part := range strings.SplitSeq(header, ";") {
		name, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		switch name {
		case "Root":
			version, id, _ := strings.Cut(value, "-")
			if id = strings.Replace(id, "-", "", 1); version == "1" {
				c.TraceID, _ = trace.TraceIDFromHex(id)
			}
		case "Parent":
			c.SpanID, _ = trace.SpanIDFromHex(value)
		case "Sampled":
			if value == "1" {
				c.TraceFlags = trace.FlagsSampled
			}
		}
	}
	if c.SpanID == (trace.SpanID{}) {
		binary.BigEndian.PutUint64(c.SpanID[:], binary.BigEndian.Uint64(c.TraceID[8:])|1)
	}
	c.Remote = true
	return trace.NewSpanContext(c)
}

// A tracedLog adds the trace that a log line belongs to.
type tracedLog struct{ slog.Handler }

func (h tracedLog) Handle(ctx context.Context, r slog.Record) error {
	if c := trace.SpanContextFromContext(ctx); c.IsValid() {
		r.AddAttrs(slog.String("trace_id", c.TraceID().String()), slog.String("span_id", c.SpanID().String()))
	}
	return h.Handler.Handle(ctx, r)
}

func (h tracedLog) WithAttrs(attrs []slog.Attr) slog.Handler {
	return tracedLog{h.Handler.WithAttrs(attrs)}
}

func (h tracedLog) WithGroup(name string) slog.Handler { return tracedLog{h.Handler.WithGroup(name)} }
