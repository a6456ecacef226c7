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

// A receiver is the pool's side of one job: it reads the frames of a worker and calls the functions of the job. A worker
// may have been taken over by its image, so that every frame is checked.
type receiver struct {
	job    resize.Job
	limit  int64 // bytes of a payload
	made   []bool
	frames int // that make the job one that can't be begun again: variants, and transforms that More returned

	lent map[int]func() // what gives back each processor that the worker has, by number
	last int            // number of the last one
}

func newReceiver(m message, job resize.Job) *receiver {
	const text = 64 << 10 // room for faults and names of stages
	return &receiver{
		job: job, made: make([]bool, len(job.Transforms)), lent: make(map[int]func()),
		limit: min(m.Memory, 1<<32-1) + text, // making a variant takes more than the variant
	}
}

// receive reads frames from out until the end of the job, and answers to in: fault is what is wrong with the image, err
// what is wrong with the worker.
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
	r.job.Stage(s, time.Now().Add(-time.Duration(f.index)*time.Microsecond))
	return nil
}

func (r *receiver) more(in io.Writer) error {
	late := r.job.More()
	r.frames += len(late)
	r.job.Transforms = slices.Concat(r.job.Transforms, late)
	r.made = append(r.made, make([]bool, len(late))...)
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
	r.last++
	r.lent[r.last] = done
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
	if f.index >= len(r.made) || r.made[f.index] {
		return fmt.Errorf("%w: about transform %d", errFrame, f.index)
	}
	r.made[f.index] = true
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
	if fault == nil && slices.Contains(r.made, false) {
		return nil, fmt.Errorf("%w: the end, before all is made", errFrame)
	}
	return fault, nil
}

// checked checks that a variant is in the format of its transform.
func checked(variant []byte, t resize.Transform) error {
	want := t.Normal().Format
	if want.IsImage() && !want.MayBecome(resize.Detect(variant)) {
		return fmt.Errorf("%w: a variant that is no %s", errFrame, want)
	}
	return nil
}
