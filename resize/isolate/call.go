package isolate

import (
	"encoding/binary"
	"runtime/debug"
	"sync"
	"time"

	"github.com/imgorigin/imgorigin/resize"
)

// A caller is the worker's side of one job: it calls the functions of the job, which the owner has.
type caller struct {
	*serving

	mu     sync.Mutex // held while a frame is written and its answer is awaited, and around what follows
	broken error      // of the pipe: the owner is gone
	memory int64      // bytes that the job may take, with those that are lent to it
}

// job returns the job of a message with functions that call those of the owner.
func (c *caller) job(m message) resize.Job {
	job := resize.Job{Transforms: m.Transforms, Yield: c.yield}
	if m.Stage {
		job.Stage = func(stage resize.Stage, began time.Time) {
			c.say(frame{kindStage, int(time.Since(began).Microseconds()), []byte(stage)})
		}
	}
	if m.More {
		job.More = func() []resize.Transform { return c.ask(frame{kind: kindMore}).Transforms }
	}
	if m.Spare {
		job.Spare = c.spare
	}
	return job
}

func (c *caller) yield(i int, variant []byte, err error) {
	if err != nil {
		c.say(frame{kindFault, i, encodeFault(err)})
		return
	}
	c.say(frame{kindVariant, i, variant})
}

func (c *caller) spare(bytes int64) (done func(), ok bool) {
	lent := c.ask(frame{kind: kindSpare, payload: binary.BigEndian.AppendUint64(nil, uint64(bytes))}).Lent
	if lent == 0 {
		return nil, false
	}
	c.addMemory(bytes)
	return func() {
		c.addMemory(-bytes)
		c.say(frame{kind: kindDone, index: lent})
	}, true
}

// say writes a frame. It does not keep it in a buffer, since a client may be waiting for the variant.
func (c *caller) say(f frame) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.write(f)
}

// ask writes a frame and returns the answer, which is empty if the owner is gone.
func (c *caller) ask(f frame) message {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.write(f); c.broken != nil {
		return message{}
	}
	return (<-c.arrivals).message
}

func (c *caller) write(f frame) {
	if err := writeFrame(c.out, f); err != nil {
		c.broken = err
	}
	if err := c.out.Flush(); err != nil {
		c.broken = err
	}
}

// addMemory moves the limits to the memory that the job may take by n bytes.
func (c *caller) addMemory(n int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.memory += n
	c.limits.set(c.memory)
	debug.SetMemoryLimit(collectAbove(c.memory))
}

// ownMemory is what a worker takes beside images: code's data, stacks, and garbage for the collector to work with.
const ownMemory = 48 << 20

// collectAbove returns the memory from which on it pays to collect garbage.
func collectAbove(picture int64) int64 {
	return min(picture, 1<<40) + ownMemory
}
