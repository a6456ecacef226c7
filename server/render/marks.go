package render

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/imgorigin/imgorigin/cache/lru"
	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/server/originals"
)

// marks reads the files of marks, and keeps those that were read last: a mark is often laid over many originals. A file is kept
// under its version, so that it is never that of an older mark.
type marks struct {
	originals *originals.Guarded
	saw       func(original, etag string, at time.Time)

	mu   sync.Mutex
	kept *lru.Cache[string, []byte] // by resize.Mark.ID
}

// keptMarks is the number of files that are kept. They take 16 MiB at most.
const keptMarks = 16

func newMarks(source *originals.Guarded, saw func(original, etag string, at time.Time)) *marks {
	return &marks{originals: source, saw: saw, kept: lru.New[string, []byte](keptMarks, nil)}
}

// file returns the file of a mark, if its original has the version still.
func (m *marks) file(ctx context.Context, mark resize.Mark) ([]byte, error) {
	m.mu.Lock()
	file, ok := m.kept.Get(mark.ID())
	m.mu.Unlock()
	if ok {
		return file, nil
	}
	file, err := m.read(ctx, mark)
	if err != nil {
		return nil, err
	}
	m.mu.Lock()
	m.kept.Add(mark.ID(), file)
	m.mu.Unlock()
	return file, nil
}

func (m *marks) read(ctx context.Context, mark resize.Mark) ([]byte, error) {
	began := time.Now()
	original, err := m.originals.Open(ctx, mark.Key)
	if err != nil {
		return nil, err
	}
	defer original.Body.Close()
	m.saw(mark.Key, original.ETag, began)
	if resize.MarkVersion(original.ETag) != mark.Version {
		return nil, errors.New("it has just changed")
	}
	file, err := io.ReadAll(io.LimitReader(original.Body, resize.MaxMarkBytes+1))
	if err == nil && len(file) > resize.MaxMarkBytes {
		err = fmt.Errorf("it has more than %d bytes", resize.MaxMarkBytes)
	}
	return file, err
}

// readMarks reads the marks of a batch. From then on only transforms with the same marks may join it. One that can't be read is
// missing for the engine, so that it is the error of its transforms only.
func (r *Renderer) readMarks(ctx context.Context, b *batch) {
	files := make(map[string][]byte)
	hasMarks := func(t resize.Transform) bool {
		_, ok := files[t.Mark.ID()]
		return ok || t.Mark.Key == ""
	}
	for !r.batches.restrict(b, hasMarks) {
		for _, t := range r.batches.transforms(b) {
			if hasMarks(t) {
				continue
			}
			file, err := r.marks.file(ctx, t.Mark)
			if err != nil {
				r.config.Log.WarnContext(ctx, "mark not read", "mark", t.Mark.Key, "err", err)
			}
			files[t.Mark.ID()] = file
		}
	}
	b.marks = files
}
