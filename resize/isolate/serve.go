package isolate

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"slices"
	"time"

	"github.com/imgorigin/imgorigin/resize"
)

// sharedDescriptor is the file descriptor of the memory that a worker shares with the pool.
const sharedDescriptor = 3

// idleTime is how long a worker keeps the memory of the last job for the next.
const idleTime = 2 * time.Second

// Serve makes this process a worker: it seals the process, then does the jobs that arrive on standard input, with engines
// that the function engine returns. isSealed reports whether the kernel keeps the process from files, network and processes:
// codecs in C are less of a risk then. When standard input ends, because the pool is closed or its process has ended, Serve
// exits the process, even during a job. It returns only if there is an error.
func Serve(engine func(c resize.EngineConfig, isSealed bool) resize.Engine) error {
	out, err := takeOutput()
	if err != nil {
		return err
	}
	use := memoryNow() // which can't be read once the process is sealed
	protections := seal()
	ready, err := json.Marshal(readiness{Protections: protections, Memory: use})
	if err != nil {
		return err
	}
	if err := writeFrame(out, frame{kind: kindReady, payload: ready}); err != nil {
		return err
	}
	s := &server{engine: engine, engines: make(map[settings]resize.Engine), out: bufio.NewWriter(out)}
	s.isSealed = isSealed(protections)
	s.idle = time.AfterFunc(idleTime, debug.FreeOSMemory)
	debug.SetGCPercent(-1) // each job sets a memory limit, which needs fewer collections
	s.messages = receiveMessages(os.Stdin)
	for m := range s.messages {
		s.idle.Stop()
		if err := s.do(m); err != nil {
			return err
		}
		s.idle.Reset(idleTime)
	}
	return nil
}

// isSealed reports whether protections keep a process from files, network and processes.
func isSealed(protections []string) bool {
	return slices.Contains(protections, "files") // the filter of which refuses the others too
}

// An incoming is a message with its image, if that followed it.
type incoming struct {
	message
	src []byte
}

// receiveMessages reads messages on a goroutine of its own, which exits the process when they end.
func receiveMessages(in io.Reader) <-chan incoming {
	messages := make(chan incoming)
	r := bufio.NewReader(in)
	go func() {
		for {
			m, err := readMessage(r)
			next := incoming{message: m}
			if err == nil && !m.IsShared {
				next.src = make([]byte, m.Size)
				_, err = io.ReadFull(r, next.src)
			}
			if err != nil {
				os.Exit(0)
			}
			messages <- next
		}
	}()
	return messages
}

// A server is the state of a worker process.
type server struct {
	engine   func(c resize.EngineConfig, isSealed bool) resize.Engine
	isSealed bool
	engines  map[settings]resize.Engine
	shared   mapping

	out      *bufio.Writer
	messages <-chan incoming
	idle     *time.Timer // gives memory back to the system
}

// do does a job. It returns an error if the image can't be read from shared memory, or if the pool is gone.
func (s *server) do(m incoming) error {
	src := m.src
	if m.IsShared {
		var err error
		if src, err = s.shared.bytes(m.Size); err != nil {
			return fmt.Errorf("map %d bytes: %w", m.Size, err)
		}
	}
	c := &caller{server: s}
	c.addMemory(min(m.Memory, 1<<40))
	err := s.engineOf(m.Engine).Each(context.Background(), src, c.job(m.message))
	c.send(frame{kind: kindEnd, payload: encodeFault(err)})
	return c.broken
}

func (s *server) engineOf(of settings) resize.Engine {
	e, ok := s.engines[of]
	if !ok {
		e = s.engine(of.config(), s.isSealed)
		s.engines[of] = e
	}
	return e
}
