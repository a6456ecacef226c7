package main

import (
	"context"
	"log/slog"
	"os"
	"os/exec"
	"runtime"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/imgorigin/imgorigin/cmd/imgorigin/build"
	"github.com/imgorigin/imgorigin/cmd/imgorigin/settings"
	"github.com/imgorigin/imgorigin/cmd/imgorigin/storage"
	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/resize/isolate"
	"github.com/imgorigin/imgorigin/resize/vips"
	"github.com/imgorigin/imgorigin/resize/webp"
	"github.com/imgorigin/imgorigin/server"
)

// isolateDecoders implements --isolate: it replaces the engines of a configuration by engines that decode in other processes.
func isolateDecoders(ctx context.Context, r *storage.Resources, f settings.ImageFlags, c *server.Config) error {
	if !f.Isolate {
		return nil
	}
	program, err := ownProgram()
	if err != nil {
		return err
	}
	workers := c.Load.Processors // the server decodes no more images at the same time
	if len(c.Drafts.Formats) > 0 {
		workers++ // except for finals, which ask for no processor
	}
	pool, err := isolate.New(ctx, isolate.Config{
		Command: func() *exec.Cmd { return exec.Command(program, "decode") },
		Workers: workers,
		// Less than the time limit of a request, so that an image which hangs its decoder is answered 422, not 504.
		Deadline: f.FillTimeout * 4 / 5,
		Log:      c.Log,
	})
	if err != nil {
		return err
	}
	r.OnClose(pool.Close)
	c.Metrics = append(c.Metrics, prometheus.NewCounterFunc(prometheus.CounterOpts{
		Namespace: "imgorigin", Name: "lost_decoders_total",
		Help: "Decoding processes that crashed, or were ended because an image took too long.",
	}, func() float64 { return float64(pool.Lost()) }))
	engine := func(thorough bool) resize.Engine {
		config := f.EngineConfig(thorough)
		config.Codecs = isolatedCodecs(pool.Sealed())
		return pool.Engine(config)
	}
	c.Engine = engine(false)
	if c.WarmEngine != nil {
		c.WarmEngine = engine(true)
	}
	c.Log.InfoContext(ctx, "decoding in separate processes", slog.Any("without", pool.Protections()))
	return nil
}

// ownProgram returns the path of this program. On Linux that is valid even after an update has replaced its file.
func ownProgram() (string, error) {
	if runtime.GOOS == "linux" {
		return "/proc/self/exe", nil
	}
	return os.Executable()
}

type decodeCommand struct{}

// Run decodes the images that come on standard input until it ends.
func (c *decodeCommand) Run() error {
	if err := vips.Start(); err != nil { // now: its modules are files, and isolate.Serve gives up access to files
		return err
	}
	return isolate.Serve(func(c resize.EngineConfig, isSealed bool) resize.Engine {
		c.Codecs = isolatedCodecs(isSealed)
		return resize.NewEngine(c)
	})
}

// isolatedCodecs returns the codecs of decoding processes. An error of libwebp has nothing to take in those that are sealed.
func isolatedCodecs(isSealed bool) []resize.Codec {
	if isSealed {
		return append(build.Codecs(), webp.Decoders()...)
	}
	return build.Codecs()
}
