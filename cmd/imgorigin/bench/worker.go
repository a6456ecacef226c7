package bench

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"
)

// A Worker makes variants in a process of its own until Close. It reads requests, a line of JSON each, and answers each with a
// line of JSON. The first line says what it is.
type Worker struct {
	// Versions are those of the program and of its libraries.
	Versions string

	command   *exec.Cmd
	requests  io.WriteCloser // lines of JSON
	responses *bufio.Reader  // lines of JSON
	dir       string         // for the original and the results
	loaded    *Original      // that the process has in memory
}

// A workerRequest is to read the original from a file, or to make variants of it.
type workerRequest struct {
	File       string            `json:"file,omitempty"`
	Transforms []workerTransform `json:"transforms,omitempty"`
	Out        string            `json:"out,omitempty"` // folder for the variants, whose names are 0, 1, …
	Memory     bool              `json:"memory,omitempty"`
}

// A workerResponse is the cost of the variants, or why there are none. The first has the versions.
type workerResponse struct {
	Versions string  `json:"versions,omitempty"`
	Error    string  `json:"error,omitempty"`
	CPU      float64 `json:"cpu"`
	Wall     float64 `json:"wall"`
	MB       float64 `json:"mb"`
	Bytes    int     `json:"bytes"`
}

// A refusedError is why variants can't be made: a format that is not read, or not written.
type refusedError string

func (e refusedError) Error() string { return string(e) }

// start starts a worker, and reads its first line.
func (w *Worker) start(name string, args ...string) error {
	w.command = exec.Command(name, args...)
	requests, errIn := w.command.StdinPipe()
	responses, errOut := w.command.StdoutPipe()
	if err := errors.Join(errIn, errOut, w.command.Start()); err != nil {
		return err
	}
	w.requests, w.responses = requests, bufio.NewReader(responses)
	silent := time.AfterFunc(time.Minute, func() { _ = w.command.Process.Kill() }) // another program may wait for ever
	defer silent.Stop()
	hello, err := w.read()
	if err != nil || hello.Versions == "" {
		return errors.Join(errors.New("it does not say what it is"), err)
	}
	w.Versions = hello.Versions
	return nil
}

// Close ends the process.
func (w *Worker) Close() error {
	if w.requests != nil {
		w.requests.Close() // the process exits at the end of its input
		_ = w.command.Wait()
	}
	return os.RemoveAll(w.dir)
}

// roundTrip sends a request, and reads the response.
func (w *Worker) roundTrip(request workerRequest) (workerResponse, error) {
	line, err := json.Marshal(request)
	if err != nil {
		return workerResponse{}, err
	}
	if _, err := w.requests.Write(append(line, '\n')); err != nil {
		return workerResponse{}, fmt.Errorf("%s: %w", w.Versions, err)
	}
	return w.read()
}

func (w *Worker) read() (response workerResponse, err error) {
	line, err := w.responses.ReadBytes('\n')
	if err == nil {
		err = json.Unmarshal(line, &response)
	}
	if err != nil {
		return response, fmt.Errorf("%s: %w", w.Versions, err)
	}
	if response.Error != "" {
		return response, refusedError(response.Error)
	}
	return response, nil
}

// resize makes variants one after another. If whole is set, it also measures memory and returns the variants. The error is a
// refusedError if the worker can't make them.
func (w *Worker) resize(o *Original, whole bool, ts []workerTransform) (Cost, [][]byte, error) {
	if err := w.load(o); err != nil {
		return Cost{}, nil, err
	}
	request := workerRequest{Transforms: ts, Memory: whole}
	if whole {
		request.Out = w.dir
	}
	response, err := w.roundTrip(request)
	cost := Cost{CPU: response.CPU, Wall: response.Wall, MB: response.MB, Bytes: response.Bytes}
	if err != nil || !whole {
		return cost, nil, err
	}
	var variants [][]byte
	for i := range ts {
		variant, err := os.ReadFile(filepath.Join(w.dir, strconv.Itoa(i)))
		if err != nil {
			return cost, nil, err
		}
		variants = append(variants, variant)
	}
	return cost, variants, nil
}

// load has the process read an original into memory, so that reading files is not measured.
func (w *Worker) load(o *Original) error {
	if w.loaded == o {
		return nil
	}
	file := filepath.Join(w.dir, "original")
	if err := os.WriteFile(file, o.Body, 0o600); err != nil {
		return err
	}
	if _, err := w.roundTrip(workerRequest{File: file}); err != nil {
		return err
	}
	w.loaded = o
	return nil
}
