package isolate

import (
	"encoding/binary"
	"sync"
	"time"

	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/resize/heap"
)

// A caller is the worker's side of one job: it has the pool call the functions of the job.
type caller struct {
	*server

	mu     sync.Mutex // held while a frame is written and its answer read; guards the fields below
	broken error      // of writing to the pipe: the pool is gone
	memory int64      // bytes that the job may take, including those that Spare has lent
}

// job returns the job of a message.
func (c *caller) job(m message) resize.Job {
	job := resize.Job{Transforms: m.Transforms, Marks: m.Marks, Yield: c.yield}
	if m.Stage {
		job.Stage = func(stage resize.Stage, began time.Time) {
			c.send(frame{kindStage, int(time.Since(began).Microseconds()), []byte(stage)})
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
		c.send(frame{kindFault, i, encodeFault(err)})
		return
	}
	c.send(frame{kindVariant, i, variant})
}

func (c *caller) spare(bytes int64) (done func(), ok bool) {
	lent := c.ask(frame{kind: kindSpare, payload: binary.BigEndian.AppendUint64(nil, uint64(bytes))}).Lent
	if lent == 0 {
		return nil, false
	}
	c.addMemory(bytes)
	return func() {
		c.addMemory(-bytes)
		c.send(frame{kind: kindDone, index: lent})
	}, true
}

// send writes a frame. It flushes the buffer, since a client may be waiting for the variant.
func (c *caller) send(f frame) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.write(f)
}

// ask writes a frame and returns the answer, which is empty if the pool is gone.
func (c *caller) ask(f frame) message {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.write(f); c.broken != nil {
		return message{}
	}
	return (<-c.messages).message
}

func (c *caller) write(f frame) {
	if err := writeFrame(c.out, f); err != nil {
		c.broken = err
	}
	if err := c.out.Flush(); err != nil {
		c.broken = err
	}
}

// addMemory adds n bytes to the memory that the job may take. The pool has raised the limits of the kernel before.
func (c *caller) addMemory(n int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.memory += n
	heap.SetLimit(collectAbove(c.memory))
}

// ownMemory is what a worker takes in addition to its job, in bytes: data of the program, stacks, and garbage that the
// collector may leave.
const ownMemory = 48 << 20

// collectAbove returns the size in bytes, of the heap and of what codecs in C hold, from which garbage is collected
// during a job that takes some memory.
func collectAbove(memory int64) int64 {
	return min(memory, 1<<40) + ownMemory
}
