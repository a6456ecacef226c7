package warm_test

import (
	"context"
	"fmt"
	"io/fs"

	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/server/warm"
	"github.com/imgorigin/imgorigin/server/warm/s3event"
)

// printingTarget is a Target with one original, which prints what it is called for.
type printingTarget struct{ etag string }

func (t *printingTarget) Stat(ctx context.Context, original string) (string, error) {
	if t.etag == "" {
		return "", fs.ErrNotExist
	}
	return t.etag, nil
}

func (t *printingTarget) Warm(
	ctx context.Context, original string, ts []resize.Transform,
) (made, skipped int, err error) {
	for _, t := range ts {
		fmt.Println("make", original, t)
	}
	return len(ts), 0, nil
}

func (t *printingTarget) DropStale(ctx context.Context, original, etag string) (dropped, kept int, err error) {
	fmt.Println("drop what is not of", etag, "of", original)
	return 0, 0, nil
}

func (t *printingTarget) Retire(
	ctx context.Context, original, etag string,
) (dropped int, done func(context.Context) error, err error) {
	fmt.Println("drop what is not of", etag, "of", original, "leaving a trace")
	return 0, func(context.Context) error { return nil }, nil
}

func (t *printingTarget) Drop(ctx context.Context, original string) (bool, error) {
	fmt.Println("drop", original)
	return true, nil
}

// An event only says which original to look at: it does no harm when it is delivered twice, or after a newer event.
func Example() {
	target := &printingTarget{etag: `"1"`}
	w, err := warm.New(warm.Config{
		Target: target, Bucket: "photos",
		Transforms: []resize.Transform{{Width: 320, Format: resize.WebP}, {Width: 640, Format: resize.WebP}},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	handle := func(kind s3event.Kind, sequencer s3event.Sequencer) {
		ev := s3event.Event{Kind: kind, Bucket: "photos", Key: "2026/black cat.jpg", Sequencer: sequencer}
		if _, err := w.Handle(context.Background(), ev); err != nil {
			fmt.Println(err)
		}
	}
	handle(s3event.Created, "0a")
	handle(s3event.Created, "0a") // delivered twice
	target.etag = ""
	handle(s3event.Removed, "0b")
	handle(s3event.Created, "0a") // delivered late
	// Output:
	// drop what is not of "1" of 2026/black cat.jpg
	// make 2026/black cat.jpg w=320.webp
	// make 2026/black cat.jpg w=640.webp
	// drop 2026/black cat.jpg
}
