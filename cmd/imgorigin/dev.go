package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/go-chi/chi/v5"

	"github.com/imgorigin/imgorigin/cache"
	"github.com/imgorigin/imgorigin/cmd/imgorigin/logs"
	"github.com/imgorigin/imgorigin/cmd/imgorigin/settings"
	"github.com/imgorigin/imgorigin/cmd/imgorigin/storage"
	"github.com/imgorigin/imgorigin/cmd/imgorigin/usage"
	"github.com/imgorigin/imgorigin/server"
	"github.com/imgorigin/imgorigin/server/grammar"
	"github.com/imgorigin/imgorigin/server/originals"
	"github.com/imgorigin/imgorigin/server/playground"
	"github.com/imgorigin/imgorigin/server/warm/backfill"
)

type devCommand struct {
	Path string `arg:"" optional:"" help:"Folder of images, or an image in it to begin with. Without it, the samples that come with the program."`

	Listen string `common:"" group:"listening" placeholder:"ADDR" help:"Address to listen on. Default: localhost:8080, or the next free port."`
	Open   bool   `common:"" group:"listening" help:"Open the playground in a browser."`
	Cache  string `common:"" group:"storage" placeholder:"FOLDER" help:"Where variants are stored: a folder, or none. Default: a folder in your cache directory."`
	Exact  bool   `group:"urls" default:"true" negatable:"" help:"Give unsigned URLs exactly the size and quality they ask for; --no-exact snaps them as serve does."`

	Playground bool `common:"" group:"listening" default:"true" negatable:"" help:"Show a page at / to try images on. It lists all images of the folder, and takes others by drag and drop."`

	settings.HintFlags        `embed:""`
	settings.DialectFlags     `embed:""`
	settings.PassthroughFlags `embed:""`
	settings.FallbackFlags    `embed:""`
	settings.TraceFlags       `embed:""`
	settings.ImageFlags       `embed:""`
}

func (c *devCommand) Configure(config *server.Config) {
	settings.Configure(config, c.ImageFlags, c.HintFlags, c.DialectFlags, c.FallbackFlags)
	config.URLs.Exact = c.Exact && !c.OnlyPresets // which is the default, and excludes presets
}

// devGrace is how long requests in flight, and images that are being made, have when the process is interrupted. Images
// that are not finished by then are lost, which is no error: the next process makes them again.
const devGrace = time.Second

// Run is the life of the process, as that of serve: build, listen, run until ctx ends, and stop.
func (c *devCommand) Run(ctx context.Context, stdout io.Writer) error {
	var r storage.Resources
	defer r.Close()
	if c.Open && !c.hasPlayground() {
		return usage.Errorf("--open and --no-playground exclude each other: there is nothing to open")
	}
	p, err := c.build(ctx, &r, stdout)
	if err != nil {
		return err
	}
	if err := p.listen(ctx, stdout); err != nil {
		return err
	}
	err = p.http.run(ctx)
	if stopped := p.http.stop(ctx, 0, devGrace); !errors.Is(stopped, context.DeadlineExceeded) {
		err = errors.Join(err, stopped)
	}
	return err
}

// hasPlayground reports whether the playground is served. It requests images by unsigned URLs.
func (c *devCommand) hasPlayground() bool { return c.Playground && !c.SignRequired && !c.OnlyPresets }

// A devProcess is the parts of a process that serves a folder.
type devProcess struct {
	*storage.Resources
	command *devCommand
	images  devImages
	uploads *playground.Drops
	config  server.Config
	handler chi.Router
	origin  *server.Server
	http    *httpServer
}

// build opens the folder and the cache, and makes the server.
func (c *devCommand) build(ctx context.Context, r *storage.Resources, stdout io.Writer) (*devProcess, error) {
	p := &devProcess{Resources: r, command: c, uploads: playground.NewDrops(dropBytes)}
	var err error
	if p.images, err = c.openImages(r); err != nil {
		return nil, err
	}
	traces, err := openTraces(ctx, r, c.TraceFlags)
	if err != nil {
		return nil, err
	}
	settings.Configure(&p.config, c, traces)
	p.config.Log = logs.ForPeople(stdout, c.LogLevel)
	p.config.Originals = originals.Folder{FS: p.uploads.Over(p.images.files)}
	if p.config.Store, err = c.openCache(ctx, r, p.images.folder, stdout); err != nil {
		return nil, err
	}
	traces.LogErrors(p.config.Log)
	if err := isolateDecoders(ctx, r, c.ImageFlags, &p.config); err != nil {
		return nil, err
	}
	setMemoryLimit(r, p.config)
	if p.origin, err = server.New(p.config); err != nil {
		return nil, usage.Error{Err: err}
	}
	r.OnClose(logStateOnSignal(ctx, p.origin, p.config.Log))
	p.handler = p.origin.Handler()
	if err := addPassthrough(r, c.Passthrough, p.handler, p.origin, c.Dialect, p.config.Log); err != nil {
		return nil, err
	}
	for _, path := range []string{"/metrics", "/debug/state"} {
		p.handler.Method(http.MethodGet, path, p.origin.Admin())
	}
	return p, nil
}

// listen opens the address, adds the playground, which depends on the address, and prints where to look.
func (p *devProcess) listen(ctx context.Context, stdout io.Writer) (err error) {
	if p.http, err = p.openAddress(ctx, stdout); err != nil {
		return err
	}
	addr := p.http.addr()
	hasPlayground := p.command.hasPlayground()
	if hasPlayground {
		page := playground.Config{
			Name: filepath.Base(p.images.folder), Drops: p.uploads, Local: isLoopback(addr), ScorePixels: scorePixels,
		}
		if keys := p.config.URLs.SignKeys; len(keys) > 0 && page.Local {
			page.Sign = func(path, rawQuery string) string { return grammar.Sign(keys[0], path, rawQuery) }
		}
		if err := addPlayground(p.handler, page, p.config, backfill.FSLister{FS: p.images.files}); err != nil {
			return err
		}
	}
	page := p.greet(stdout, hasPlayground, addr)
	if p.command.Open {
		openBrowser(ctx, page, p.config.Log)
	}
	return nil
}

// openCache opens the store of variants. When the folder that is the default can't be used, as in a container without a
// home, it says so and returns none: memory will do.
func (c *devCommand) openCache(ctx context.Context, r *storage.Resources, images string, stdout io.Writer) (cache.Store, error) {
	if c.Cache != "" {
		var at storage.Location
		if err := at.UnmarshalText([]byte(c.Cache)); err != nil {
			return nil, err
		}
		if at.Overlaps(storage.Location{Folder: images}) {
			return nil, usage.Errorf("--cache %s and the images in %s overlap: variants would be taken for originals", at, images)
		}
		return r.OpenStore(ctx, at, cache.S3Config{})
	}
	home, err := os.UserCacheDir()
	if err == nil {
		var store cache.Store
		if store, err = r.OpenStore(ctx, c.defaultCache(home, images), cache.S3Config{}); err == nil {
			return store, nil
		}
	}
	fmt.Fprintf(stdout, "No cache on disk: %v. Variants are kept in memory only.\n", err)
	return nil, nil
}

// defaultCache returns a folder below the user's cache directory, which depends on the folder of images and on the settings
// that the bytes of variants depend on.
func (c *devCommand) defaultCache(home, images string) storage.Location {
	sum := sha256.Sum256(fmt.Append(nil, images, c.FormatQuality, c.QualityScale, c.AutoQuality, c.Progressive, c.Lenient))
	return storage.Location{Folder: filepath.Join(home, "imgorigin", hex.EncodeToString(sum[:8]))}
}
