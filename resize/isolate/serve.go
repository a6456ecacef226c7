package isolate

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"time"

	"github.com/imgorigin/imgorigin/resize"
)

// sharedDescriptor is where a worker finds the memory that it shares with its owner.
const sharedDescriptor = 3

// idleTime is how long a worker keeps the memory of the last picture for the next.
const idleTime = 2 * time.Second

// Serve is what a worker does: it seals the process that it runs in, then does the jobs that come on standard input
// with engines as engine makes them, until there are no more. It returns only with an error; when its owner is gone it
// ends the process, whatever it is at.
func Serve(engine func(resize.EngineConfig) resize.Engine) error {
	out, err := takeOutput()
	if err != nil {
		return err
	}
	limits, protections := seal()
	ready, err := json.Marshal(protections)
	if err != nil {
		return err
	}
	if err := writeFrame(out, frame{kind: kindReady, payload: ready}); err != nil {
		return err
	}
	s := &serving{engine: engine, engines: make(map[settings]resize.Engine), limits: limits, out: bufio.NewWriter(out)}
	s.idle = time.AfterFunc(idleTime, debug.FreeOSMemory)
	debug.SetGCPercent(-1) // a limit on memory that is known for each picture makes for fewer collections
	s.arrivals = arrivals(os.Stdin)
	for one := range s.arrivals {
		s.idle.Stop()
		if err := s.do(one); err != nil {
			return err
		}
		s.idle.Reset(idleTime)
	}
	return nil
}

// An arrival is a job with its picture, if that came along.
type arrival struct {
	job
	src []byte
}

// arrivals reads jobs while the one before is being done, so that the end of the owner is seen at any time.
func arrivals(in io.Reader) <-chan arrival {
	c := make(chan arrival)
	r := bufio.NewReader(in)
	go func() {
		for {
			j, err := readJob(r)
			one := arrival{job: j}
			if err == nil && !j.IsShared {
				one.src = make([]byte, j.Size)
				_, err = io.ReadFull(r, one.src)
			}
			if err != nil {
				os.Exit(0)
			}
			c <- one
		}
	}()
	return c
}

// A serving is the state of a worker.
type serving struct {
	engine  func(resize.EngineConfig) resize.Engine
	engines map[settings]resize.Engine
	limits  memoryLimits
	mapped  mapping
	out     *bufio.Writer

	arrivals <-chan arrival
	idle     *time.Timer
}

// do does a job. Its error is one of the pipe: nobody is there any more.
func (s *serving) do(one arrival) error {
	src := one.src
	if one.IsShared {
		var err error
		if src, err = s.mapped.bytes(one.Size); err != nil {
			return fmt.Errorf("map %d bytes: %w", one.Size, err)
		}
	}
	s.limits.set(one.Memory)
	debug.SetMemoryLimit(collectAbove(one.Memory))
	e := s.engineOf(one.Engine)
	var broken error
	say := func(f frame) {
		if err := writeFrame(s.out, f); err != nil {
			broken = err
		}
		if err := s.out.Flush(); err != nil { // those who asked first are answered first
			broken = err
		}
	}
	ctx := context.Background()
	if one.Stages {
		ctx = resize.WithStages(ctx, func(stage resize.Stage, began time.Time) {
			say(frame{kindStage, int(time.Since(began).Microseconds()), []byte(stage)})
		})
	}
	if one.More {
		ctx = resize.WithMore(ctx, func() []resize.Transform {
			say(frame{kind: kindMore})
			if broken != nil {
				return nil
			}
			return (<-s.arrivals).Transforms
		})
	}
	err := e.Each(ctx, src, one.Transforms, func(i int, variant []byte, err error) {
		if err != nil {
			say(frame{kindFault, i, encodeFault(err)})
			return
		}
		say(frame{kindVariant, i, variant})
	})
	say(frame{kind: kindEnd, payload: encodeFault(err)})
	return broken
}

func (s *serving) engineOf(of settings) resize.Engine {
	e, ok := s.engines[of]
	if !ok {
		e = s.engine(of.config())
		s.engines[of] = e
	}
	return e
}

// ownMemory is what a worker takes beside pictures: code's data, stacks, and garbage for the collector to work with.
const ownMemory = 48 << 20

// collectAbove returns the memory from which on it pays to collect garbage.
func collectAbove(picture int64) int64 {
	return min(picture, 1<<40) + ownMemory
}
