package bench

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/imgorigin/imgorigin/resize"
)

// StartBuild starts another build of imgorigin, with the arguments of its bench command that make it call [Serve].
func StartBuild(program string, args ...string) (*Worker, error) {
	dir, err := os.MkdirTemp("", "imgorigin-bench-")
	if err != nil {
		return nil, err
	}
	w := &Worker{dir: dir}
	if err := w.start(program, args...); err != nil {
		w.Close()
		return nil, fmt.Errorf("%s is no imgorigin that can be measured: %w", program, err)
	}
	return w, nil
}

// Serve makes variants with an engine for the process that has started this one, see [Worker], until its requests end.
func Serve(ctx context.Context, e resize.Engine, versions string, requests io.Reader, responses io.Writer) error {
	out := json.NewEncoder(responses)
	if err := out.Encode(workerResponse{Versions: versions}); err != nil {
		return err
	}
	var o Original
	in := bufio.NewScanner(requests)
	for in.Scan() {
		var request workerRequest
		if err := json.Unmarshal(in.Bytes(), &request); err != nil {
			return err
		}
		response, err := request.serve(ctx, e, &o)
		if err != nil {
			response = workerResponse{Error: err.Error()}
		}
		if err := out.Encode(response); err != nil {
			return err
		}
	}
	return in.Err()
}

// serve reads the original, or makes variants of it.
func (r *workerRequest) serve(ctx context.Context, e resize.Engine, o *Original) (response workerResponse, err error) {
	if r.File != "" {
		o.Body, err = os.ReadFile(r.File)
		return response, err
	}
	ts := make([]resize.Transform, len(r.Transforms))
	for i, t := range r.Transforms {
		ts[i] = resize.Transform{Width: t.Width, Format: resize.Format(t.Format), Quality: t.Quality}.Normal()
	}
	cost, variants, err := measureEngine(ctx, e, o, r.Memory, ts)
	if err != nil {
		return response, err
	}
	for i, variant := range variants {
		if r.Out == "" {
			break
		}
		if err := os.WriteFile(filepath.Join(r.Out, strconv.Itoa(i)), variant, 0o600); err != nil {
			return response, err
		}
	}
	return workerResponse{CPU: cost.CPU, Wall: cost.Wall, MB: cost.MB, Bytes: cost.Bytes}, nil
}

// measureEngine measures an engine once, on request with the peak of memory. The error is a refusedError if the engine does
// not read or write a format.
func measureEngine(ctx context.Context, e resize.Engine, o *Original, withMemory bool, ts []resize.Transform) (Cost, [][]byte, error) {
	var cost Cost
	var peak func() float64
	if withMemory {
		peak = watchMemory()
	}
	before, began := cpuTime(), time.Now()
	variants, err := e.Resize(ctx, o.Body, ts...)
	cost.Wall = milliseconds(time.Since(began))
	cost.CPU = milliseconds(cpuTime() - before)
	if errors.Is(err, resize.ErrUnsupported) {
		err = refusedError(err.Error())
	}
	if withMemory {
		cost.MB = peak()
	}
	for _, variant := range variants {
		cost.Bytes += len(variant)
	}
	return cost, variants, err
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
