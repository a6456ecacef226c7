package warm_test

import (
	"context"
	"fmt"
	"io/fs"

	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/server/warm"
	"github.com/imgorigin/imgorigin/server/warm/intake"
)

// shelf is a Target with one original.
type shelf struct{ etag string }

func (s *shelf) Stat(ctx context.Context, original string) (string, error) {
	if s.etag == "" {
		return "", fs.ErrNotExist
	}
	return s.etag, nil
}

func (s *shelf) Warm(ctx context.Context, original string, ts []resize.Transform) (made, skipped int, err error) {
	for _, t := range ts {
		fmt.Println("make", original, t)
	}
	return len(ts), 0, nil
}

func (s *shelf) Drop(ctx context.Context, original string) (bool, error) {
	fmt.Println("drop", original)
	return true, nil
}

// Events only say where to look: an old one that comes late does no harm.
func Example() {
	target := &shelf{etag: `"1"`}
	w, err := warm.New(warm.Config{
		Target: target, Bucket: "photos",
		Transforms: []resize.Transform{{Width: 320, Format: resize.WebP}, {Width: 640, Format: resize.WebP}},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	handleMessage := intake.EachEvent(w.Handle)
	handle := func(kind, sequencer string) {
		message := `{"Records":[{"eventName":"` + kind + `","eventSource":"aws:s3","s3":{"bucket":{"name":"photos"},
			"object":{"key":"2026/black+cat.jpg","eTag":"1","sequencer":"` + sequencer + `"}}}]}`
		if err := handleMessage(context.Background(), intake.Message{Body: message, Receives: 1}); err != nil {
			fmt.Println(err)
		}
	}
	handle("ObjectCreated:Put", "0A")
	handle("ObjectCreated:Put", "0A") // again
	target.etag = ""
	handle("ObjectRemoved:Delete", "0B")
	handle("ObjectCreated:Put", "0A") // late
	// Output:
	// drop 2026/black cat.jpg
	// make 2026/black cat.jpg w=320.webp
	// make 2026/black cat.jpg w=640.webp
	// drop 2026/black cat.jpg
}
