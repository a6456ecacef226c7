package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"

	"github.com/imgorigin/imgorigin/cmd/imgorigin/samples"
	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/server"
	"github.com/imgorigin/imgorigin/server/originals"
	"github.com/imgorigin/imgorigin/server/playground"
	"github.com/imgorigin/imgorigin/server/warm/backfill"
)

type devCommand struct {
	Folder string `arg:"" optional:"" help:"Folder of images; without one, the samples that come with the program."`

	Listen string `group:"listening" default:"localhost:8080" placeholder:"ADDR" help:"Address to listen on."`
	Cache  string `group:"storage" placeholder:"FOLDER" help:"Where variants are stored: a folder, or none. Default: a folder in your cache directory."`
	Exact  bool   `group:"urls" default:"true" negatable:"" help:"Give unsigned URLs exactly the size and quality they ask for; --no-exact snaps them as serve does."`

	Playground bool `group:"listening" default:"true" negatable:"" help:"Show a page at / to try images on. It lists all images of the folder, and takes others by drag and drop."`

	fallbackFlags `embed:""`
	traceFlags    `embed:""`
	imageFlags    `embed:""`
}

func (c *devCommand) configure(config *server.Config) {
	configure(config, c.imageFlags, c.fallbackFlags)
	config.URLs.Exact = c.Exact
}

// devGrace is how long requests in flight have when the process is interrupted.
const devGrace = 5 * time.Second

// Run is the life of the process, as that of serve: build, listen, run until ctx ends, and stop.
func (c *devCommand) Run(ctx context.Context, stdout io.Writer) error {
	var r resources
	defer r.Close()
	p, err := c.build(ctx, &r, stdout)
	if err != nil {
		return err
	}
	if err := p.listen(ctx, stdout); err != nil {
		return err
	}
	err = p.http.run(ctx)
	return errors.Join(err, p.http.stop(ctx, 0, devGrace))
}

// A devProcess is the parts of a process that serves a folder.
type devProcess struct {
	*resources
	command *devCommand
	images  fs.FS
	name    string // of the folder
	uploads *playground.Drops
	config  server.Config
	handler chi.Router
	origin  *server.Server
	http    *httpServer
}

// build opens the folder and the cache, and makes the server.
func (c *devCommand) build(ctx context.Context, r *resources, stdout io.Writer) (*devProcess, error) {
	p := &devProcess{resources: r, command: c, uploads: playground.NewDrops(dropBytes)}
	var err error
	if p.images, p.name, err = c.openImages(r); err != nil {
		return nil, err
	}
	kept, err := c.cacheLocation(p.name)
	if err != nil {
		return nil, err
	}
	traces, err := c.openTraces(ctx, r)
	if err != nil {
		return nil, err
	}
	configure(&p.config, c, traces)
	p.config.Log = c.logger(stdout, "text")
	p.config.Originals = originals.Folder{FS: p.uploads.Over(p.images)}
	if p.config.Store, err = r.store(ctx, kept, "", ""); err != nil {
		return nil, err
	}
	traces.LogErrors(p.config.Log)
	if err := c.isolate(ctx, r, &p.config); err != nil {
		return nil, err
	}
	setMemoryLimit(r, p.config)
	if p.origin, err = server.New(p.config); err != nil {
		return nil, err
	}
	r.onClose(logStateOnSignal(ctx, p.origin, p.config.Log))
	p.handler = p.origin.Handler()
	for _, path := range []string{"/metrics", "/debug/state"} {
		p.handler.Method(http.MethodGet, path, p.origin.Admin())
	}
	return p, nil
}

// listen opens the address, adds the playground, which depends on the address, and prints where to look.
func (p *devProcess) listen(ctx context.Context, stdout io.Writer) (err error) {
	if p.http, err = listenHTTP(ctx, p.resources, p.command.Listen, playground.LocalOnly(p.handler), p.origin); err != nil {
		return err
	}
	addr := p.http.listener.Addr()
	what := "Images of " + p.name
	if p.command.Playground && !p.command.SignRequired {
		page := playground.Config{Name: filepath.Base(p.name), Drops: p.uploads, Local: isLoopback(addr)}
		if err := addPlayground(p.handler, page, p.config, backfill.FSLister{FS: p.images}); err != nil {
			return err
		}
		what = "Playground for the images of " + p.name
	}
	greet(stdout, what, addr, p.images)
	return nil
}

// openImages opens the folder, or the samples, and returns its name.
func (c *devCommand) openImages(r *resources) (fs.FS, string, error) {
	if c.Folder == "" {
		return samples.Files, "samples", nil
	}
	folder, err := filepath.Abs(c.Folder)
	if err != nil {
		return nil, "", err
	}
	dir, err := r.dir(folder)
	if err != nil {
		return nil, "", err
	}
	return dir, folder, nil
}

// cacheLocation returns where variants are kept. By default that is below the user's cache directory, in a folder that
// depends on the folder of originals and on the settings that the bytes of variants depend on.
func (c *devCommand) cacheLocation(name string) (kept location, err error) {
	if c.Cache != "" {
		err = kept.UnmarshalText([]byte(c.Cache))
		if err == nil && kept.overlaps(location{folder: name}) {
			err = usagef("--cache %s and the images in %s overlap: variants would be taken for originals", kept, name)
		}
		return kept, err
	}
	home, err := os.UserCacheDir()
	if err != nil {
		return location{}, nil //nolint:nilerr // no home, as in a container: memory will do
	}
	sum := sha256.Sum256(fmt.Append(nil, name, c.FormatQuality, c.Progressive, c.Lenient))
	return location{folder: filepath.Join(home, "imgorigin", hex.EncodeToString(sum[:8]))}, nil
}

// greet prints the address to open, and URLs of some of the images.
func greet(w io.Writer, what string, addr net.Addr, images fs.FS) {
	home := url.URL{Scheme: "http", Host: hostOf(addr), Path: "/"}
	fmt.Fprintf(w, "%s on %s\n", what, home.String())
	examples := []string{"w=480", "w=320&h=320&fit=cover&crop=smart", "w=640&q=50"}
	for i, key := range firstImages(images, len(examples)) {
		example := home
		example.Path, example.RawQuery = "/img/"+key, examples[i]
		fmt.Fprintf(w, "  %s\n", example.String())
	}
}

// hostOf returns the address as a user types it into a browser.
func hostOf(addr net.Addr) string {
	tcp, ok := addr.(*net.TCPAddr)
	if ok && (tcp.IP.IsLoopback() || tcp.IP.IsUnspecified()) {
		return fmt.Sprintf("localhost:%d", tcp.Port)
	}
	return addr.String()
}

// firstImages returns the keys of up to n images, those in the upper folders first. It looks at no more than a few
// thousand files.
func firstImages(images fs.FS, n int) []string {
	var keys []string
	seen := 0
	folders := []string{"."}
	for len(folders) > 0 && len(keys) < n && seen < 5000 {
		entries, _ := fs.ReadDir(images, folders[0]) // a folder that can't be read has no examples
		for _, entry := range entries {
			key := path.Join(folders[0], entry.Name())
			seen++
			switch {
			case strings.HasPrefix(entry.Name(), "."):
			case entry.IsDir():
				folders = append(folders, key)
			case isImageName(key):
				keys = append(keys, key)
			}
		}
		folders = folders[1:]
	}
	return keys[:min(n, len(keys))]
}

// isImageName reports whether a file is, by its name, of a format that every build reads.
func isImageName(name string) bool {
	return resize.NewEngine(resize.EngineConfig{}).Decodes(resize.FormatOf(name))
}
