package main

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// arrows lists, for each package of the module, the packages of the module that it may import. Its tests may import
// more. A line that begins with a space continues the one before.
var arrows = parseArrows(`
cache: cache/atomicfile cache/bucket cache/lru
cache/atomicfile:
cache/bucket:
cache/cachetest: cache
cache/lru:
cmd/imgorigin: cache cache/bucket cmd/imgorigin/bench cmd/imgorigin/build cmd/imgorigin/cloud cmd/imgorigin/doctor cmd/imgorigin/functionurl cmd/imgorigin/logs cmd/imgorigin/plan cmd/imgorigin/samples cmd/imgorigin/settings cmd/imgorigin/storage cmd/imgorigin/terminal cmd/imgorigin/usage deploy resize resize/isolate
    resize/heap resize/vips resize/webp server server/dialect server/emf server/grammar server/originals server/otlp
    server/loopback server/passthrough server/playground server/secret server/upload server/warm server/warm/backfill server/warm/cdn server/warm/intake server/warm/quarantine server/warm/s3event
    server/warm/sweep
cmd/imgorigin/bench: cmd/imgorigin/build cmd/imgorigin/usage resize resize/jpeg resize/quality
cmd/imgorigin/build: resize resize/vips resize/wasm resize/webp
cmd/imgorigin/cloud: cache/bucket server/warm/intake
cmd/imgorigin/cloud/cloudtest:
cmd/imgorigin/doctor: cache cache/bucket cmd/imgorigin/build cmd/imgorigin/cloud cmd/imgorigin/settings cmd/imgorigin/storage cmd/imgorigin/terminal
    cmd/imgorigin/usage deploy resize server server/grammar server/originals server/warm/cdn server/warm/quarantine
cmd/imgorigin/functionurl:
cmd/imgorigin/logs: cmd/imgorigin/terminal
cmd/imgorigin/plan: cmd/imgorigin/cloud cmd/imgorigin/plan/accesslog cmd/imgorigin/plan/cost cmd/imgorigin/settings cmd/imgorigin/storage
    cmd/imgorigin/terminal cmd/imgorigin/usage resize server/dialect server/grammar
cmd/imgorigin/plan/accesslog:
cmd/imgorigin/plan/cost:
cmd/imgorigin/samples:
cmd/imgorigin/settings: cmd/imgorigin/build cmd/imgorigin/storage cmd/imgorigin/terminal cmd/imgorigin/usage deploy resize server server/dialect server/grammar server/passthrough
cmd/imgorigin/settings/settingstest: cmd/imgorigin/settings
cmd/imgorigin/storage: cache cmd/imgorigin/cloud cmd/imgorigin/usage server/dialect server/originals server/warm/backfill
    server/warm/quarantine
cmd/imgorigin/terminal:
cmd/imgorigin/usage:
deploy: resize server server/grammar
resize: resize/bmp resize/colour resize/decode resize/drawing resize/effects resize/frames resize/gif resize/heap resize/hexcolor
    resize/jpeg resize/jpeg/quant resize/mount resize/placeholder resize/plane resize/png resize/probe resize/qualityscale resize/raster
    resize/smartcrop resize/strip resize/tiff resize/trim
resize/bmp:
resize/colour:
resize/decode: resize/bmp resize/gif resize/jpeg resize/plane resize/png resize/probe resize/raster resize/tiff
resize/drawing: resize/gif resize/plane
resize/effects: resize/hexcolor
resize/frames: resize/decode resize/gif resize/png resize/probe resize/raster
resize/gif: resize/probe
resize/heap:
resize/hexcolor:
resize/isolate: resize resize/heap
resize/jpeg: resize/jpeg/quant
resize/jpeg/quant:
resize/mount: resize/hexcolor
resize/placeholder:
resize/plane:
resize/png: resize/png/inflate
resize/png/inflate:
resize/probe: resize/bmp resize/colour resize/jpeg/quant
resize/quality:
resize/qualityscale: resize/jpeg/quant resize/plane
resize/raster: resize/colour resize/plane
resize/resizetest: resize resize/quality
resize/smartcrop:
resize/strip:
resize/tiff:
resize/trim: resize/hexcolor resize/plane resize/raster
resize/vips: resize resize/probe
resize/wasm: resize resize/heap resize/probe resize/webp/frame
resize/wasm/wasmtest: resize/wasm
resize/webp: resize resize/probe resize/webp/frame
resize/webp/frame: resize resize/probe
server: cache cache/bucket cache/lru resize server/admission server/clientip server/dialect server/grammar server/originals
    server/render server/secret
server/admission: cache/lru
server/clientip:
server/dialect: resize resize/hexcolor server/grammar
server/emf:
server/grammar: resize resize/hexcolor
server/loopback:
server/originals: cache/bucket server/admission server/traversal
server/otlp:
server/passthrough: server/traversal
server/playground: resize resize/quality server/loopback
server/render: cache/lru resize server/admission server/originals
server/secret:
server/traversal:
server/upload: resize server/clientip server/grammar server/secret
server/warm: cache/bucket cache/lru resize server/admission server/warm/quarantine server/warm/s3event
server/warm/backfill: cache/atomicfile cache/bucket server/warm server/warm/quarantine server/warm/s3event
server/warm/awsapi:
server/warm/cdn: cache server/warm/awsapi
server/warm/intake: server/secret server/warm/s3event
server/warm/intake/intaketest:
server/warm/quarantine: cache/atomicfile cache/bucket cache/lru resize server/warm/awsapi server/warm/s3event
server/warm/quarantine/quarantinetest: server/warm/quarantine server/warm/s3event
server/warm/simulation:
server/warm/s3event:
server/warm/sweep: cache server/warm server/warm/backfill
server/warm/warmtest: resize server/warm/s3event
`)

func parseArrows(text string) map[string][]string {
	arrows := make(map[string][]string)
	var pkg string
	for line := range strings.Lines(text) {
		imports := line
		if !strings.HasPrefix(line, " ") {
			pkg, imports, _ = strings.Cut(strings.TrimSpace(line), ":")
		}
		arrows[pkg] = append(arrows[pkg], strings.Fields(imports)...)
	}
	return arrows
}

// foreign lists, for each package, the packages outside the module that it must not import, by prefix.
var foreign = map[string][]string{
	"cache":         {"image", "github.com/go-chi/"},
	"resize":        {"net/http", "github.com/aws/"},
	"resize/colour": {"net/http", "github.com/", "golang.org/x/", "image"},
	"resize/jpeg":   {"net/http", "github.com/", "golang.org/x/", "image/"},
	"resize/plane":  {"net/http", "github.com/", "golang.org/x/", "image"},
}

// The test reads the sources instead of running go list: the result of a test that depends on the output of another
// program would be cached.
func TestArrowsGoOneWay(t *testing.T) {
	root := filepath.Join("..", "..")
	files := 0
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		files++
		rel, err := filepath.Rel(root, filepath.Dir(path))
		if err != nil {
			return err
		}
		pkg := filepath.ToSlash(rel)
		f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		may, known := arrows[pkg]
		if !known {
			t.Errorf("%s: package %s is not in the layout", path, pkg)
		}
		for _, spec := range f.Imports {
			name, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			checkImport(t, path, pkg, name, may)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if files < 30 {
		t.Errorf("got %d files: is this the root of the module?", files)
	}
}

// checkImport checks an import of a file of a package that may import packages of the module.
func checkImport(t *testing.T, file, pkg, name string, may []string) {
	t.Helper()
	const module = "github.com/imgorigin/imgorigin/"
	if own, ok := strings.CutPrefix(name, module); ok {
		if !slices.Contains(may, own) {
			t.Errorf("%s imports %s: may import %v", file, own, may)
		}
		return
	}
	if slices.ContainsFunc(foreign[pkg], func(prefix string) bool { return strings.HasPrefix(name, prefix) }) {
		t.Errorf("%s imports %s, which is foreign to %s", file, name, pkg)
	}
	if name == "testing" && !strings.HasSuffix(pkg, "test") {
		t.Errorf("%s imports testing", file)
	}
}
