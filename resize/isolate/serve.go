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
	for a := range s.arrivals {
		s.idle.Stop()
		if err := s.do(a); err != nil {
			return err
		}
		s.idle.Reset(idleTime)
	}
	return nil
}

// An arrival is a message with its image, if that came along.
type arrival struct {
	message
	src []byte
}

// arrivals reads messages all the time, so that the end of the owner is seen while a job is being done.
func arrivals(in io.Reader) <-chan arrival {
	c := make(chan arrival)
	r := bufio.NewReader(in)
	go func() {
		for {
			m, err := readMessage(r)
			a := arrival{message: m}
			if err == nil && !m.IsShared {
				a.src = make([]byte, m.Size)
				_, err = io.ReadFull(r, a.src)
			}
			if err != nil {
				os.Exit(0)
			}
			c <- a
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

	out      *bufio.Writer
	arrivals <-chan arrival
	idle     *time.Timer
}

// do does a job. Its error is one of the pipe: the owner is gone.
func (s *serving) do(a arrival) error {
	src := a.src
	if a.IsShared {
		var err error
		if src, err = s.mapped.bytes(a.Size); err != nil {
			return fmt.Errorf("map %d bytes: %w", a.Size, err)
		}
	}
	c := &caller{serving: s}
	c.addMemory(min(a.Memory, 1<<40))
	err := s.engineOf(a.Engine).Each(context.Background(), src, c.job(a.message))
	c.say(frame{kind: kindEnd, payload: encodeFault(err)})
	return c.broken
}

func (s *serving) engineOf(of settings) resize.Engine {
	e, ok := s.engines[of]
	if !ok {
		e = s.engine(of.config())
		s.engines[of] = e
	}
	return e
}
