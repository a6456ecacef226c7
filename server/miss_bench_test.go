package server

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/resize/resizetest"
	"github.com/imgorigin/imgorigin/server/originals"
)

// only is a source with the same image under every key, which it returns at no cost.
type only []byte

func (o only) info() originals.Info { return originals.Info{ETag: `"only"`, Size: int64(len(o))} }

func (o only) Open(context.Context, string) (*originals.Original, error) {
	return &originals.Original{Info: o.info(), Body: io.NopCloser(bytes.NewReader(o))}, nil
}

func (o only) Stat(context.Context, string) (originals.Info, error) { return o.info(), nil }

// BenchmarkMiss makes a variant over HTTP with nothing kept, in turns with the engine alone on the same bytes.
// server/engine is the median ratio of their CPU times. The client's counts as the server's.
func BenchmarkMiss(b *testing.B) {
	engine := resize.NewEngine(resize.EngineConfig{})
	for _, test := range []struct{ w, h, width int }{{6000, 4000, 800}, {4000, 3000, 800}, {4000, 3000, 320}, {2048, 1536, 800}} {
		b.Run(fmt.Sprintf("%dx%d_to_%d", test.w, test.h, test.width), func(b *testing.B) {
			src := resizetest.JPEG(resizetest.Photo(test.w, test.h), 88)
			s, err := New(Config{Originals: only(src), Engine: engine, URLs: URLs{Exact: true}})
			if err != nil {
				b.Fatal(err)
			}
			door := httptest.NewServer(s.Handler())
			defer door.Close()
			ballast := make([]byte, 256<<20) // as the images in memory, which keep the collector from running all the time
			defer runtime.KeepAlive(ballast)
			t := resize.Transform{Width: test.width, Format: resize.JPEG}
			path := fmt.Sprintf("%s/img/cat.jpg?w=%d&fm=jpeg", door.URL, test.width)
			var ratios, alone []float64
			for b.Loop() {
				began := processTime()
				if _, err := engine.Resize(b.Context(), src, t); err != nil {
					b.Fatal(err)
				}
				half := processTime()
				response, err := http.Get(path)
				if err != nil {
					b.Fatal(err)
				}
				io.Copy(io.Discard, response.Body)
				if response.Body.Close(); response.StatusCode != http.StatusOK {
					b.Fatal(response.Status)
				}
				s.background.Wait()
				s.renderer.Wait(context.Background())
				ratios = append(ratios, float64(processTime()-half)/float64(half-began))
				alone = append(alone, float64(half-began)/float64(time.Millisecond))
			}
			slices.Sort(ratios)
			slices.Sort(alone)
			b.ReportMetric(alone[len(alone)/2], "engine-ms/op")
			b.ReportMetric(ratios[len(ratios)/2], "server/engine")
		})
	}
}
