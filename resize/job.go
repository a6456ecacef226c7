package resize

import "time"

// A Job is what an [Engine] makes of one original while it holds it decoded. A nil function is never called: without
// Yield the variants are made and discarded, without More there are no others, without Spare nothing runs in parallel.
//
// An engine calls Yield, More and Stage one at a time, though not always on the goroutine that called Each. It calls
// Spare, and what Spare returns, whenever it likes. It calls none of them after Each has returned.
type Job struct {
	Transforms []Transform

	// Yield receives the variant that transform i makes, or what is wrong with that transform: a rectangle that misses
	// the image matches [ErrRect]. It is called once for each transform, in the order of Transforms, where those that
	// More returns come before the ones that are not begun; but once Spare has lent a processor, the order is that in
	// which variants are finished.
	Yield func(i int, variant []byte, err error)

	// More returns further transforms to make of the same decode, all such that [Header.Covers]. They are numbered
	// behind all transforms before them. It is called before each variant, and again when there is nothing left to
	// make. It is not called for an animation, whose variants are made together, frame by frame.
	More func() []Transform

	// Spare lends the job a processor, and bytes of memory to use with it, until done is called; it reports whether it
	// does. It is called for every variant but the last, to encode it while the pixels of the next are made. It is not
	// called for an animation.
	Spare func(bytes int64) (done func(), ok bool)

	// Stage is called at the end of each stage, with the time at which it began: Reading once, then for each variant
	// Resampling and Writing. An animation is resampled once for all its variants.
	Stage func(s Stage, began time.Time)
}

// A Stage is a part of an engine's work.
type Stage string

const (
	Reading    Stage = "decode" // once for all transforms
	Resampling Stage = "resize" // from the decoded image to a variant's pixels
	Writing    Stage = "encode"
)

// withDefaults returns j with functions that do nothing in place of nil ones.
func (j Job) withDefaults() Job {
	if j.Yield == nil {
		j.Yield = func(int, []byte, error) {}
	}
	if j.More == nil {
		j.More = func() []Transform { return nil }
	}
	if j.Spare == nil {
		j.Spare = func(int64) (func(), bool) { return nil, false }
	}
	if j.Stage == nil {
		j.Stage = func(Stage, time.Time) {}
	}
	return j
}
