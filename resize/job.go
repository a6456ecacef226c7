package resize

import "time"

// A Job is the work that an [Engine] does on one original while it holds the decoded image. All functions may be nil:
// without Yield the variants are made and discarded, without More no transforms are added, and without Spare nothing
// runs in parallel.
//
// An engine calls Yield, More and Stage one at a time, though not always on the goroutine that called Each. It may call
// Spare, and the function that Spare returns, at any time. It calls none of them after Each has returned.
type Job struct {
	Transforms []Transform

	// Marks are the files of the marks of the transforms, by [Mark.ID]. The error of a transform whose mark is not here, is empty, or
	// not an image within the limits of marks, matches [ErrMark].
	Marks map[string][]byte

	// Yield receives the variant of transform i, or the error of that transform: one whose rectangle misses the image
	// has an error that matches [ErrRect], one that can't be made within its bytes [ErrBytes]. It is called once for each transform, in the order of Transforms, except
	// that transforms which More returns come before those that are not begun yet. After Spare has lent a processor,
	// the order is that in which the variants are finished.
	Yield func(i int, variant []byte, err error)

	// More returns further transforms for the same decoded image, which must cover them, see [Header.Covers]. Their
	// numbers follow those of all transforms before. It is called before each variant, and again when no transform is
	// left. It is not called for an animation, of which several variants are made together, frame by frame.
	More func() []Transform

	// Spare lends the job a processor and that many bytes of memory until done is called, and reports whether it does.
	// It is called for every variant but the last, to encode the variant while the pixels of the next are made. It is
	// not called for an animation.
	Spare func(bytes int64) (done func(), ok bool)

	// Stage is called at the end of each stage with the time at which the stage began: Reading once, then for each
	// variant Resampling and Writing. The frames of an animation are resampled together for all variants of a pass.
	Stage func(s Stage, began time.Time)
}

// A Stage is a part of an engine's work.
type Stage string

const (
	Reading    Stage = "decode" // once for all transforms
	Resampling Stage = "resize" // from the decoded image to the pixels of a variant
	Writing    Stage = "encode"
)

// withDefaults returns j with functions that do nothing in place of nil functions.
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
