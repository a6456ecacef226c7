package plan

import (
	"bytes"
	"context"
	"io"
)

const (
	filesAhead    = 8       // of a bucket, that are being read while another one is parsed
	maxAheadBytes = 4 << 20 // of such a file; most logs are many small files
)

// A pendingFile is a file that is being opened.
type pendingFile struct {
	logFile
	opened chan openedFile
}

type openedFile struct {
	body io.ReadCloser
	err  error
}

// openAhead opens files in their order. Small ones of a bucket, whose requests take longer than their logs, are read ahead, some at
// once. The goroutines end with ctx or with the last file.
func openAhead(ctx context.Context, files []logFile) <-chan pendingFile {
	pending := make(chan pendingFile, filesAhead-1)
	go func() {
		defer close(pending)
		for _, f := range files {
			p := pendingFile{f, make(chan openedFile, 1)}
			if f.isRemote && f.size <= maxAheadBytes {
				go func() { p.opened <- readAll(ctx, f) }()
			}
			select {
			case pending <- p:
			case <-ctx.Done():
				return
			}
		}
	}()
	return pending
}

// body returns the body of the file, and waits for it.
func (p pendingFile) body(ctx context.Context) (io.ReadCloser, error) {
	if !p.isRemote || p.size > maxAheadBytes {
		return p.open(ctx)
	}
	opened := <-p.opened
	return opened.body, opened.err
}

// readAll reads all of a file.
func readAll(ctx context.Context, f logFile) openedFile {
	body, err := f.open(ctx)
	if err != nil {
		return openedFile{err: err}
	}
	defer body.Close()
	var b bytes.Buffer
	b.Grow(int(f.size) + bytes.MinRead)
	if _, err := b.ReadFrom(io.LimitReader(body, maxAheadBytes+1)); err != nil {
		return openedFile{err: err}
	}
	return openedFile{body: io.NopCloser(&b)}
}
