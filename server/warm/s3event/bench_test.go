package s3event_test

import (
	"testing"

	"github.com/imgorigin/imgorigin/server/warm/s3event"
	"github.com/imgorigin/imgorigin/server/warm/warmtest"
)

func BenchmarkDecode(b *testing.B) {
	message := []byte(warmtest.Message(s3event.Event{
		Kind: s3event.Created, Bucket: "photos", Key: "2026/black cat.jpg", Sequencer: "0055aed6dcd90281e5",
	}))
	b.SetBytes(int64(len(message)))
	for b.Loop() {
		if _, err := s3event.Decode(message); err != nil {
			b.Fatal(err)
		}
	}
}
