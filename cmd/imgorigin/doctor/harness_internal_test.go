package doctor

import (
	"context"
	"io"
	"io/fs"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"github.com/imgorigin/imgorigin/cache"
	"github.com/imgorigin/imgorigin/cmd/imgorigin/build"
	"github.com/imgorigin/imgorigin/cmd/imgorigin/settings"
	"github.com/imgorigin/imgorigin/cmd/imgorigin/settings/settingstest"
	"github.com/imgorigin/imgorigin/cmd/imgorigin/storage"
	"github.com/imgorigin/imgorigin/deploy"
	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/resize/wasm/wasmtest"
	"github.com/imgorigin/imgorigin/server"
)

func TestMain(m *testing.M) {
	wasmtest.KeepTranslations()
	os.Exit(m.Run())
}

// run runs the command with arguments.
func run(ctx context.Context, args []string, stdout io.Writer) error {
	return settingstest.Run(ctx, new(Command), args, stdout)
}

// edgeFunction returns the edge function for settings.
func edgeFunction(t *testing.T, args ...string) string {
	t.Helper()
	var flags struct {
		settings.URLFlags `embed:""`
		Exact             bool
	}
	_, err := settingstest.Parse(&flags, args)
	must(t, err)
	function, err := deploy.EdgeFunction(flags.EdgeConfig(build.NewEngine(resize.Limits{}), nil, flags.Exact))
	must(t, err)
	return function
}

// serve starts a service with settings, and returns its address.
func serve(t *testing.T, args ...string) (address string) {
	t.Helper()
	var flags settings.ServeFlags
	_, err := settingstest.Parse(&flags, args)
	must(t, err)
	var config server.Config
	flags.Configure(&config)
	var r storage.Resources
	t.Cleanup(func() { must(t, r.Close()) })
	config.Originals, err = r.OpenOriginals(t.Context(), flags.OriginalsFlags)
	must(t, err)
	config.Store, err = r.OpenStore(t.Context(), flags.Variants, cache.S3Config{})
	must(t, err)
	origin, err := server.New(config)
	must(t, err)
	t.Cleanup(func() { must(t, origin.Shutdown(context.Background())) })
	service := httptest.NewServer(origin.Handler())
	t.Cleanup(service.Close)
	return service.URL
}

func writeFile(t *testing.T, name string, body []byte) {
	t.Helper()
	must(t, os.WriteFile(name, body, 0o600))
}

func countFiles(t *testing.T, dir string) (n int) {
	t.Helper()
	must(t, filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			n++
		}
		return err
	}))
	return n
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
