package intake

import (
	"context"
	"errors"

	"github.com/imgorigin/imgorigin/server/warm/s3event"
)

// A Message is a message as a queue delivered it.
type Message struct {
	ID       string
	Body     string
	Receives int // deliveries so far, this one included

	// Trace is the header of AWS X-Ray that the message came with, its attribute AWSTraceHeader, or "". S3 passes on that of the
	// request that the message is about.
	Trace string
}

// EachEvent returns a handler of messages that calls handle for every event in a message. It returns the errors of all
// of them: then the whole message has to be delivered again. The error matches [s3event.ErrEnvelope] when the message
// is not about objects of S3.
func EachEvent(handle func(context.Context, s3event.Event) error) func(context.Context, Message) error {
	return func(ctx context.Context, m Message) error {
		events, err := s3event.Decode([]byte(m.Body))
		if err != nil {
			return err
		}
		var errs []error
		for _, ev := range events {
			ev.Redelivered = m.Receives > 1
			errs = append(errs, handle(ctx, ev))
		}
		return errors.Join(errs...)
	}
}
