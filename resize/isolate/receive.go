package isolate

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/imgorigin/imgorigin/resize"
)

// A receiver is the pool's side of one job: it reads the frames of a worker and calls the functions of the job. It checks
// every frame, since the image may have taken control of the worker.
type receiver struct {
	job     resize.Job
	limit   int64  // of a payload, bytes
	yielded []bool // by transform

	// frames counts the variants that were yielded and the transforms that More returned. If there are any, the job
	// can't be retried.
	frames int

	hasRead  bool   // the image is decoded
	progress func() // called when hasRead becomes true, and for each variant; nil for none

	memory int64         // that the job may take now, bytes
	limits *memoryLimits // of the worker; nil sets none

	lent map[int]func() // done functions of the processors that the worker has, by number
	last int            // number of the processor lent last
}

func newReceiver(m message, job resize.Job) *receiver {
	const text = 64 << 10 // for frames that are not variants
	return &receiver{
		job: job, yielded: make([]bool, len(job.Transforms)), lent: make(map[int]func()), memory: m.Memory,
		limit: min(m.Memory, 1<<32-1) + text, // a variant is smaller than the memory that it takes to make
	}
}

// receive reads frames from out, and writes answers to in, until the end of the job. It returns the fault of the image
// and the error of the worker.
func (r *receiver) receive(out io.Reader, in io.Writer) (fault, err error) {
	for {
		f, err := readFrame(out, r.limit)
		if err != nil {
			return nil, err
		}
		switch {
		case f.kind == kindStage && r.job.Stage != nil:
			err = r.stage(f)
		case f.kind == kindMore && r.job.More != nil:
			err = r.more(in)
		case f.kind == kindSpare && r.job.Spare != nil:
			err = r.spare(f, in)
		case f.kind == kindDone:
			err = r.done(f.index)
		case f.kind == kindVariant, f.kind == kindFault:
			err = r.yield(f)
		case f.kind == kindEnd:
			return r.end(f)
		default:
			err = fmt.Errorf("%w: kind %q", errFrame, f.kind)
		}
		if err != nil {
			return nil, err
		}
	}
}

func (r *receiver) stage(f frame) error {
	s := resize.Stage(f.payload)
	if s != resize.Reading && s != resize.Resampling && s != resize.Writing {
		return fmt.Errorf("%w: stage %.20q", errFrame, s)
	}
	if s == resize.Reading && !r.hasRead {
		r.hasRead = true
		r.advance()
	}
	r.job.Stage(s, time.Now().Add(-time.Duration(f.index)*time.Microsecond))
	return nil
}

func (r *receiver) advance() {
	if r.progress != nil {
		r.progress()
	}
}

func (r *receiver) more(in io.Writer) error {
	late := r.job.More()
	r.frames += len(late)
	r.job.Transforms = slices.Concat(r.job.Transforms, late)
	r.yielded = append(r.yielded, make([]bool, len(late))...)
	return writeMessage(in, message{Transforms: late})
}

func (r *receiver) spare(f frame, in io.Writer) error {
	if len(f.payload) != 8 {
		return fmt.Errorf("%w: a call of Spare with %d bytes", errFrame, len(f.payload))
	}
	bytes := int64(binary.BigEndian.Uint64(f.payload))
	if bytes < 0 {
		return fmt.Errorf("%w: a call of Spare for %d bytes", errFrame, bytes)
	}
	done, ok := r.job.Spare(bytes)
	if !ok {
		return writeMessage(in, message{})
	}
	if r.memory += bytes; r.limits != nil {
		r.limits.set(r.memory)
	}
	r.last++
	r.lent[r.last] = func() {
		r.memory -= bytes
		done()
	}
	return writeMessage(in, message{Lent: r.last})
}

func (r *receiver) done(number int) error {
	done, ok := r.lent[number]
	if !ok {
		return fmt.Errorf("%w: processor %d is not lent", errFrame, number)
	}
	delete(r.lent, number)
	done()
	return nil
}

// giveBack gives back the processors that a worker still had when its job ended.
func (r *receiver) giveBack() {
	for number, done := range r.lent {
		delete(r.lent, number)
		done()
	}
}

func (r *receiver) yield(f frame) error {
	if f.index >= len(r.yielded) || r.yielded[f.index] {
		return fmt.Errorf("%w: transform %d is unknown or already yielded", errFrame, f.index)
	}
	r.yielded[f.index] = true
	var fault error
	if f.kind == kindFault {
		if fault = decodeFault(f.payload); fault == nil || errors.Is(fault, errFrame) {
			return fmt.Errorf("%w: %w", errFrame, fault)
		}
		f.payload = nil
	} else if err := checked(f.payload, r.job.Transforms[f.index]); err != nil {
		return err
	}
	r.frames++
	r.hasRead = true
	r.advance()
	if r.job.Yield != nil {
		r.job.Yield(f.index, f.payload, fault)
	}
	return nil
}

func (r *receiver) end(f frame) (fault, err error) {
	fault = decodeFault(f.payload)
	if errors.Is(fault, errFrame) {
		return nil, fault
	}
	if fault == nil && slices.Contains(r.yielded, false) {
		return nil, fmt.Errorf("%w: the job ends before all variants", errFrame)
	}
	return fault, nil
}

// checked returns an error for a variant that is in none of the formats that a transform can result in.
func checked(variant []byte, t resize.Transform) error {
	want := t.Normal().Format
	if want.IsImage() && !want.MayBecome(resize.Detect(variant)) {
		return fmt.Errorf("%w: a variant that is not %s", errFrame, want)
	}
	return nil
}
