package s3event_test

import (
	"fmt"

	"github.com/imgorigin/imgorigin/server/warm/s3event"
)

// The same change, from S3 itself and through EventBridge. S3 escapes keys, EventBridge does not.
func ExampleDecode() {
	for _, message := range []string{
		`{"Records":[{"eventName":"ObjectCreated:Put","eventSource":"aws:s3",
			"s3":{"bucket":{"name":"photos"},"object":{"key":"2026/black+cat.jpg","sequencer":"0A"}}}]}`,
		`{"detail-type":"Object Created",
			"detail":{"bucket":{"name":"photos"},"object":{"key":"2026/black cat.jpg","sequencer":"0A"}}}`,
	} {
		events, err := s3event.Decode([]byte(message))
		if err != nil {
			fmt.Println(err)
			continue
		}
		for _, ev := range events {
			fmt.Println(ev.Kind, ev.Bucket, ev.Key, ev.Sequencer)
		}
	}
	// Output:
	// created photos 2026/black cat.jpg 0a
	// created photos 2026/black cat.jpg 0a
}
