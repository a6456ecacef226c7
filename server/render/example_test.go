package render_test

import (
	"context"
	"fmt"
	"image"
	"image/jpeg"
	"log/slog"
	"strings"
	"testing/fstest"
	"time"

	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/server/admission"
	"github.com/imgorigin/imgorigin/server/originals"
	"github.com/imgorigin/imgorigin/server/render"
)

func Example() {
	var photo strings.Builder
	if err := jpeg.Encode(&photo, image.NewGray(image.Rect(0, 0, 1600, 1200)), nil); err != nil {
		panic(err)
	}
	folder := originals.Folder{FS: fstest.MapFS{"cat.jpg": {Data: []byte(photo.String())}}}
	log := slog.New(slog.DiscardHandler)
	newBreaker := func(string) *admission.Breaker {
		return admission.NewBreaker("originals", func(error) bool { return true }, log)
	}
	r := render.New(render.Config{
		Originals:    originals.Guard(folder, newBreaker),
		Engine:       resize.NewEngine(resize.EngineConfig{}),
		Gate:         admission.NewGate(admission.GateConfig{Bytes: 64 << 20, Queue: 16, Processors: 2}),
		Limits:       resize.Limits{}.WithDefaults(),
		MaxBytes:     10 << 20,
		QueueTimeout: time.Second,
		Timeout:      10 * time.Second,
		Log:          log,
	})
	observe := func(leg string, began time.Time) {}
	v, err := r.Render(context.Background(), "cat.jpg", resize.Transform{Width: 400}.Normal(), observe)
	if err != nil {
		panic(err)
	}
	size, err := resize.ProbeBytes(v.Body)
	fmt.Println(v.Name, "is a", v.Format, "of", size.Width, "by", size.Height, err)
	// Output: w=400.auto is a jpeg of 400 by 300 <nil>
}
