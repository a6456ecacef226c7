package resize

import (
	"context"
	"time"
)

// A Stage is a part of an engine's work.
type Stage string

const (
	Reading    Stage = "decode" // once for all transforms
	Resampling Stage = "resize" // from the decoded picture to a variant's pixels
	Writing    Stage = "encode"
)

type stagesKey struct{}

// WithStages returns a context under which an engine that can tells f of each stage when it ends: the decode, then for
// one transform after another the others, on the goroutine that called it.
func WithStages(ctx context.Context, f func(s Stage, began time.Time)) context.Context {
	return context.WithValue(ctx, stagesKey{}, f)
}

// StagesOf returns what [WithStages] put into a context, nil for nothing: for an engine that has another do its work.
func StagesOf(ctx context.Context) func(s Stage, began time.Time) {
	f, _ := ctx.Value(stagesKey{}).(func(Stage, time.Time))
	return f
}

// A lap tells that a stage ended, which began when the one before did.
type lap func(s Stage)

func newLap(ctx context.Context) lap {
	f := StagesOf(ctx)
	if f == nil {
		return func(Stage) {}
	}
	began := time.Now()
	return func(s Stage) {
		f(s, began)
		began = time.Now()
	}
}
