package isolate

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"sync/atomic"
	"time"

	"github.com/imgorigin/imgorigin/resize"
)

// A worker is the pool's side of a worker process. It does one job at a time.
type worker struct {
	process *exec.Cmd
	in      io.WriteCloser
	out     *bufio.Reader
	outFile *os.File
	shared  *sharedFile // nil if the system has no shared memory
	stderr  headWriter  // may be read once the process has exited

	exited      chan struct{} // closed when the process has exited
	protections []string
	limits      memoryLimits
}

// A lossError means that a worker has exited, or had to be ended, during a job.
type lossError struct {
	error
	isLate  bool // it was killed at the deadline
	hasRead bool // see receiver.hasRead
	frames  int  // see receiver.frames
}

func (e *lossError) Unwrap() error { return e.error }

// startWorker starts a process and waits until it is sealed.
func startWorker(ctx context.Context, command *exec.Cmd) (*worker, error) {
	w := &worker{process: command, exited: make(chan struct{})}
	jobs, in, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	out, answers, err := os.Pipe()
	if err != nil {
		jobs.Close()
		in.Close()
		return nil, err
	}
	w.in, w.out, w.outFile = in, bufio.NewReader(out), out
	command.Stdin, command.Stdout, command.Stderr = jobs, answers, &w.stderr
	if command.Env == nil {
		command.Env = []string{} // nil would be the environment of this process, with its credentials
	}
	detach(command)
	if w.shared, err = newShared(); err == nil {
		command.ExtraFiles = []*os.File{w.shared.file}
	}
	keepDescriptors()
	err = command.Start()
	jobs.Close()
	answers.Close() // the process has its own descriptor; reading ends only when every copy of it is closed
	if err != nil {
		w.close()
		return nil, err
	}
	go func() {
		command.Wait()
		close(w.exited)
	}()
	if err := w.awaitReady(ctx); err != nil {
		w.end()
		return nil, fmt.Errorf("start a worker: %w: %s", err, w.stderr.String())
	}
	return w, nil
}

func (w *worker) awaitReady(ctx context.Context) error {
	defer context.AfterFunc(ctx, w.kill)()
	f, err := readFrame(w.out, 1<<10)
	switch {
	case err != nil:
		return errors.Join(ctx.Err(), err)
	case f.kind != kindReady:
		return errFrame
	}
	var ready readiness
	if err := json.Unmarshal(f.payload, &ready); err != nil {
		return err
	}
	w.protections = ready.Protections
	limits, ok := limitMemory(w.process.Process.Pid, ready.Memory)
	if w.limits = limits; ok {
		w.protections = slices.Insert(w.protections, 0, "memory")
	}
	return nil
}

// do has the worker do a job. It has the deadline to decode the image, and then for each variant. If the error matches
// *lossError, the worker has exited.
func (w *worker) do(ctx context.Context, deadline time.Duration, m message, src []byte, job resize.Job) error {
	var isLate atomic.Bool
	forget := context.AfterFunc(ctx, w.kill)
	timer := time.AfterFunc(deadline, func() { isLate.Store(true); w.kill() })
	isDone := false
	defer func() {
		inTime := timer.Stop() && !isLate.Load()
		if !forget() || !inTime || !isDone { // it is being killed, or is in the middle of the job
			w.end()
		}
	}()
	r := newReceiver(m, job)
	r.limits = &w.limits
	r.progress = func() { timer.Reset(deadline) }
	w.limits.set(m.Memory)
	defer r.giveBack()
	err := w.send(m, src)
	if err == nil {
		var end error
		if end, err = r.receive(w.out, w.in); err == nil {
			isDone = true
			return end
		}
	}
	w.end()
	return &lossError{err, isLate.Load(), r.hasRead, r.frames}
}

// send sends a job. Its image goes through shared memory if there is any, which takes one copy; the pipe takes two, and
// many switches between the processes.
func (w *worker) send(m message, src []byte) error {
	m.IsShared = w.shared != nil && w.shared.put(src) == nil
	if err := writeMessage(w.in, m); err != nil || m.IsShared {
		return err
	}
	_, err := w.in.Write(src)
	return err
}

func (w *worker) kill() { w.process.Process.Kill() }

// end waits until the process has exited. It exits when its input ends; if it does not within a second, it is killed.
func (w *worker) end() {
	w.in.Close()
	select {
	case <-w.exited:
	case <-time.After(time.Second):
		w.kill()
		<-w.exited
	}
	w.close()
}

func (w *worker) close() {
	w.in.Close()
	w.outFile.Close()
	if w.shared != nil {
		w.shared.file.Close()
	}
}

func (w *worker) hasExited() bool {
	select {
	case <-w.exited:
		return true
	default:
		return false
	}
}

// exit describes how the process exited; it must have.
func (w *worker) exit() string { return w.process.ProcessState.String() }
