package plan

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// Small files of a bucket are read ahead, some at once and no more, and come in their order; large ones when it is their turn.
func TestOpenAhead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var now, most atomic.Int32
		var files []logFile
		for i := range 40 {
			size := int64(100)
			if i == 20 {
				size = maxAheadBytes + 1
			}
			files = append(files, logFile{name: fmt.Sprint(i), size: size, isRemote: true, open: func(context.Context) (io.ReadCloser, error) {
				most.Store(max(most.Load(), now.Add(1)))
				time.Sleep(time.Duration(i%5+1) * time.Second)
				now.Add(-1)
				if i == 30 {
					return nil, errors.New("no such key")
				}
				return io.NopCloser(strings.NewReader(fmt.Sprint("body ", i))), nil
			}})
		}
		began, i := time.Now(), 0
		for f := range openAhead(t.Context(), files) {
			body, err := f.body(t.Context())
			var text []byte
			if err == nil {
				text, err = io.ReadAll(body)
			}
			if want := fmt.Sprint("body ", i); f.name != fmt.Sprint(i) || i != 30 && (err != nil || string(text) != want) || i == 30 && err == nil {
				t.Errorf("file %d: got %s with %q, %v", i, f.name, text, err)
			}
			i++
		}
		if took := time.Since(began); i != len(files) || took > 60*time.Second || most.Load() < filesAhead || most.Load() > filesAhead+2 {
			t.Errorf("%d files took %v, %d at once; one by one they take 2 min", i, took, most.Load())
		}
		ctx, cancel := context.WithCancel(t.Context()) // whoever stops leaves no goroutine, which would be an error of synctest
		<-openAhead(ctx, files)
		cancel()
		time.Sleep(time.Minute)
	})
}
