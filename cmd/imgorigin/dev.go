package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/imgorigin/imgorigin/cmd/imgorigin/samples"
	"github.com/imgorigin/imgorigin/server"
	"github.com/imgorigin/imgorigin/server/originals"
	"github.com/imgorigin/imgorigin/server/playground"
	"github.com/imgorigin/imgorigin/server/warm"
)

type devCommand struct {
	Folder string `arg:"" optional:"" help:"Folder of pictures; without one, samples that come with the program."`

	Listen string `group:"listening" default:"localhost:8080" placeholder:"ADDR" help:"Address to listen on."`
	Cache  string `group:"places" placeholder:"FOLDER" help:"Where finished pictures are kept: a folder, or none. Default: in your cache directory."`
	Exact  bool   `group:"urls" default:"true" negatable:"" help:"Give unsigned URLs exactly what they ask for; --no-exact snaps sizes as serve does."`

	Playground bool `group:"listening" default:"true" negatable:"" help:"Show a page at / to try pictures on; it lists all of them, and takes others by drag and drop."`

	fallbackFlags `embed:""`
	traceFlags    `embed:""`
	originFlags   `embed:""`
}

func (c *devCommand) Run(ctx context.Context, stdout io.Writer) error {
	var open opener
	defer open.Close()
	pictures, name, err := c.pictures(&open)
	if err != nil {
		return err
	}
	kept, err := c.keptIn(name)
	if err != nil {
		return err
	}
	store, err := open.store(ctx, kept, "")
	if err != nil {
		return err
	}
	config := c.config()
	drops := playground.NewDrops(dropBytes)
	config.Originals = originals.Folder{FS: drops.Over(pictures)}
	config.Store = store
	config.Exact = c.Exact
	c.fallbackFlags.complete(&config)
	config.Log = c.logger(stdout, "text")
	traces, err := c.openTraces(ctx)
	if err != nil {
		return err
	}
	open.closes = append(open.closes, traces.Close)
	traces.reportTo(config.Log)
	config.Tracer = traces.tracer()
	if err := c.isolate(ctx, &open, &config); err != nil {
		return err
	}
	boundMemory(config)

	origin, err := server.New(config)
	if err != nil {
		return err
	}
	l, err := listen(ctx, c.Listen)
	if err != nil {
		return err
	}
	handler := origin.Handler()
	what := "Pictures of " + name
	if c.Playground && !c.SignRequired {
		page := playground.Config{Name: filepath.Base(name), Drops: drops, Local: isLoopback(l.Addr())}
		if err := addPlayground(handler, page, config, warm.FSLister{FS: pictures}); err != nil {
			l.Close()
			return err
		}
		what = "Playground for the pictures of " + name
	}
	greet(stdout, what, l.Addr(), pictures)
	for _, path := range []string{"/metrics", "/debug/state"} {
		handler.Method(http.MethodGet, path, origin.Admin())
	}
	open.closes = append(open.closes, onSignalLogState(ctx, origin, config.Log))
	return serve(ctx, l, handler, origin, drain{time: 5 * time.Second})
}

// pictures opens the folder, or the samples, and returns its name.
func (c *devCommand) pictures(open *opener) (fs.FS, string, error) {
	if c.Folder == "" {
		return samples.Files, "samples", nil
	}
	folder, err := filepath.Abs(c.Folder)
	if err != nil {
		return nil, "", err
	}
	root, err := os.OpenRoot(folder)
	if err != nil {
		return nil, "", err
	}
	open.closes = append(open.closes, root.Close)
	return root.FS(), folder, nil
}

// keptIn returns where finished pictures are kept: by default a folder of their own for each folder of
// pictures and way of writing them, in the user's cache directory.
func (c *devCommand) keptIn(name string) (kept place, err error) {
	if c.Cache != "" {
		err = kept.UnmarshalText([]byte(c.Cache))
		if err == nil && kept.overlaps(place{folder: name}) {
			err = fmt.Errorf("--cache %s and the pictures in %s overlap: variants would be taken for originals", kept, name)
		}
		return kept, err
	}
	home, err := os.UserCacheDir()
	if err != nil {
		return place{}, nil //nolint:nilerr // no home, as in a container: memory will do
	}
	sum := sha256.Sum256(fmt.Append(nil, name, c.FormatQuality, c.Progressive, c.Lenient))
	return place{folder: filepath.Join(home, "imgorigin", hex.EncodeToString(sum[:8]))}, nil
}

// greet says where to look, with some pictures to begin with.
func greet(w io.Writer, what string, addr net.Addr, pictures fs.FS) {
	home := url.URL{Scheme: "http", Host: hostOf(addr), Path: "/"}
	fmt.Fprintf(w, "%s on %s\n", what, home.String())
	examples := []string{"w=480", "w=320&h=320&fit=cover&crop=smart", "w=640&q=50"}
	for i, key := range firstPictures(pictures, len(examples)) {
		example := home
		example.Path, example.RawQuery = "/img/"+key, examples[i]
		fmt.Fprintf(w, "  %s\n", example.String())
	}
}

// hostOf returns the address as one types it into a browser.
func hostOf(addr net.Addr) string {
	tcp, ok := addr.(*net.TCPAddr)
	if ok && (tcp.IP.IsLoopback() || tcp.IP.IsUnspecified()) {
		return fmt.Sprintf("localhost:%d", tcp.Port)
	}
	return addr.String()
}

// firstPictures returns the keys of up to n pictures, the nearest to the top first, going through no more than a
// few thousand files.
func firstPictures(pictures fs.FS, n int) []string {
	var keys []string
	seen := 0
	folders := []string{"."}
	for len(folders) > 0 && len(keys) < n && seen < 5000 {
		entries, _ := fs.ReadDir(pictures, folders[0]) // what can't be read has no examples
		for _, entry := range entries {
			key := path.Join(folders[0], entry.Name())
			seen++
			switch {
			case strings.HasPrefix(entry.Name(), "."):
			case entry.IsDir():
				folders = append(folders, key)
			case isPictureName(key):
				keys = append(keys, key)
			}
		}
		folders = folders[1:]
	}
	return keys[:min(n, len(keys))]
}

func isPictureName(name string) bool {
	return slices.Contains([]string{".jpg", ".jpeg", ".png", ".gif", ".webp", ".bmp"}, strings.ToLower(path.Ext(name)))
}
