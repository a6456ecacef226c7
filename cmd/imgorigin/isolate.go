package main

import (
	"context"
	"log/slog"
	"os"
	"os/exec"
	"runtime"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/resize/isolate"
	"github.com/imgorigin/imgorigin/resize/vips"
	"github.com/imgorigin/imgorigin/server"
)

// isolate puts engines that decode elsewhere in place of those of a configuration, if that is asked for.
func (f originFlags) isolate(ctx context.Context, open *opener, c *server.Config) error {
	if !f.Isolate {
		return nil
	}
	program, err := ownProgram()
	if err != nil {
		return err
	}
	pool, err := isolate.New(ctx, isolate.Config{
		Command:  func() *exec.Cmd { return exec.Command(program, "decode") },
		Workers:  c.Processors,          // no more are at work at once
		Deadline: f.FillTimeout * 4 / 5, // so that the picture is told from a machine that is slow
		Log:      c.Log,
	})
	if err != nil {
		return err
	}
	open.closes = append(open.closes, pool.Close)
	c.Metrics = append(c.Metrics, prometheus.NewCounterFunc(prometheus.CounterOpts{
		Namespace: "imgorigin", Name: "lost_decoders_total", Help: "Processes that were lost to a picture which crashed them, or outlasted its time.",
	}, func() float64 { return float64(pool.Lost()) }))
	c.Engine = pool.Engine(f.engineConfig(false))
	if c.WarmEngine != nil {
		c.WarmEngine = pool.Engine(f.engineConfig(true))
	}
	c.Log.InfoContext(ctx, "decoding apart", slog.Any("without", pool.Protections()))
	return nil
}

// ownProgram names this program, even after an update has put another file in its place.
func ownProgram() (string, error) {
	if runtime.GOOS == "linux" {
		return "/proc/self/exe", nil
	}
	return os.Executable()
}

type decodeCommand struct{}

// Run decodes what comes on standard input until that ends.
func (c *decodeCommand) Run() error {
	if err := vips.Start(); err != nil { // its modules are files
		return err
	}
	return isolate.Serve(func(c resize.EngineConfig) resize.Engine {
		c.Codecs = engineCodecs()
		return resize.NewEngine(c)
	})
}
