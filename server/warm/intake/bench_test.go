package intake

import (
	"context"
	"crypto/sha256"
	"fmt"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/server/warm"
	"github.com/imgorigin/imgorigin/server/warm/intake/intaketest"
	"github.com/imgorigin/imgorigin/server/warm/warmtest"
)

// hashingTarget keeps a processor busy in place of decoding: it hashes bytes.
type hashingTarget struct {
	*warmtest.Target
	bytes []byte
}

func (t hashingTarget) Warm(ctx context.Context, key string, ts []resize.Transform) (int, int, error) {
	sha256.Sum256(t.bytes)
	return t.Target.Warm(ctx, key, ts)
}

// BenchmarkConsumer measures what a message costs in addition to its decode, and shows that throughput grows with the
// workers until all processors are busy. Every message is about a new original.
func BenchmarkConsumer(b *testing.B) {
	b.Run("decode=0", func(b *testing.B) { benchmarkConsumer(b, nil, runtime.GOMAXPROCS(0)) })
	bytes := make([]byte, 8<<20)
	for workers := 1; workers <= 2*runtime.GOMAXPROCS(0); workers *= 2 {
		b.Run(fmt.Sprintf("decode=8MiB/workers=%d", workers), func(b *testing.B) { benchmarkConsumer(b, bytes, workers) })
	}
}

func benchmarkConsumer(b *testing.B, bytes []byte, workers int) {
	var queue intaketest.SQS
	target := warmtest.NewTarget()
	url := queue.Create("images", time.Minute, "", 0)
	for i := range b.N {
		target.Put(fmt.Sprint(i))
		send(b, &queue, url, warmtest.Message(target.LastEvent()))
	}
	w := newWarmer(b, warm.Config{Target: hashingTarget{target, bytes}, AtOnce: workers})
	var left sync.WaitGroup
	left.Add(b.N)
	ctx, cancel := context.WithCancel(b.Context())
	c := Consumer{Client: &queue, URL: url, Handle: func(ctx context.Context, m Message) error {
		defer left.Done()
		return EachEvent(firstOnly(w.Handle))(ctx, m)
	}}
	ended := make(chan error, 1)
	b.ResetTimer()
	go func() { ended <- c.Run(ctx) }()
	left.Wait()
	b.StopTimer()
	cancel()
	if err := <-ended; err != nil {
		b.Fatal(err)
	}
	decodes := 0
	for _, n := range target.Decodes {
		decodes += n
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "messages/s")
	b.ReportMetric(float64(decodes)/float64(b.N), "decodes/message")
}
