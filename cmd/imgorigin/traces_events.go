package main

import (
	"context"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"github.com/imgorigin/imgorigin/server"
	"github.com/imgorigin/imgorigin/server/warm"
	"github.com/imgorigin/imgorigin/server/warm/intake"
	"github.com/imgorigin/imgorigin/server/warm/s3event"
)

// A messageHandler handles the events in a message.
type messageHandler = func(context.Context, intake.Message) error

// traceMessages has handle make a span of each message, if there is a tracer. It goes on with the trace that the message came with:
// S3 passes on that of the upload.
func (s *service) traceMessages(handle messageHandler) messageHandler {
	tracer := s.config.Tracer
	if tracer == nil {
		return handle
	}
	return func(ctx context.Context, m intake.Message) error {
		ctx, span := tracer.Start(server.JoinTrace(ctx, m.Trace), "events", trace.WithSpanKind(trace.SpanKindConsumer), trace.WithAttributes(
			attribute.String("messaging.system", "aws_sqs"),
			attribute.String("messaging.message.id", m.ID),
			attribute.Int("imgorigin.receives", m.Receives),
		))
		defer span.End()
		err := handle(ctx, m)
		if err != nil {
			span.SetAttributes(attribute.String("error.message", err.Error()))
			span.SetStatus(codes.Error, "the message is to be delivered again")
		}
		return err
	}
}

// traceResult adds what was done about an event to the span of its message.
func traceResult(ctx context.Context, ev s3event.Event, r warm.Result) {
	trace.SpanFromContext(ctx).AddEvent(ev.Name, trace.WithAttributes(
		attribute.String("imgorigin.original", ev.Key),
		attribute.String("imgorigin.result", r.Outcome()),
		attribute.Int("imgorigin.made", r.Made),
		attribute.Int("imgorigin.present", r.Skipped),
		attribute.Bool("imgorigin.deleted", r.Dropped),
	))
}
