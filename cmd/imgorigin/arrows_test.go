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

// arrows says which packages of the module each package may import; its tests may import more.
var arrows = map[string][]string{
	"cache/atomicfile":                      {},
	"cache":                                 {"cache/atomicfile", "cache/bucket"},
	"cache/bucket":                          {},
	"resize/jpeg":                           {},
	"resize":                                {"resize/jpeg"},
	"resize/quality":                        {},
	"resize/webp":                           {"resize"},
	"resize/vips":                           {"resize"},
	"resize/isolate":                        {"resize"},
	"server":                                {"cache", "cache/bucket", "resize", "server/clientip", "server/grammar", "server/secret"},
	"server/clientip":                       {},
	"server/grammar":                        {"resize"},
	"server/emf":                            {},
	"server/secret":                         {},
	"server/warm":                           {"cache/atomicfile", "cache/bucket", "server/warm/quarantine", "server/warm/s3event", "resize", "server/secret"},
	"server/warm/quarantine":                {"cache/atomicfile", "cache/bucket", "server/warm/s3event", "resize"},
	"server/warm/quarantine/quarantinetest": {"server/warm/quarantine"},
	"server/warm/s3event":                   {},
	"server/warm/warmtest":                  {"server/warm/s3event"},
	"server/playground":                     {"resize"},
	"server/upload":                         {"server/clientip", "server/grammar", "server/secret"},
	"deploy":                                {"server", "server/grammar", "cache", "resize"},
	"cmd/imgorigin/samples":                 {},
	"cmd/imgorigin/bench":                   {"resize", "resize/jpeg", "resize/quality"},
	"cache/cachetest":                       {"cache"},
	"resize/resizetest":                     {"resize", "resize/quality"},

	"cmd/imgorigin": {
		"server",
		"server/grammar",
		"server/warm",
		"server/warm/quarantine",
		"server/upload",
		"server/playground",
		"server/emf",
		"cache",
		"cache/bucket",
		"resize",
		"resize/webp",
		"resize/vips",
		"resize/isolate",
		"deploy",
		"cmd/imgorigin/samples",
		"cmd/imgorigin/bench",
	},
}

// foreign says which packages must not know some world at all.
var foreign = map[string][]string{
	"cache":       {"image", "github.com/go-chi/"},
	"resize":      {"net/http", "github.com/aws/"},
	"resize/jpeg": {"net/http", "github.com/", "golang.org/x/", "image/"},
}

// It reads the sources, not go list: a test whose inputs are not files of its package would be cached.
func TestArrowsGoOneWay(t *testing.T) {
	const module = "github.com/imgorigin/imgorigin/"
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
			if own, ok := strings.CutPrefix(name, module); ok && !slices.Contains(may, own) {
				t.Errorf("%s imports %s: may import %v", path, own, may)
			}
			if slices.ContainsFunc(foreign[pkg], func(bad string) bool { return strings.HasPrefix(name, bad) }) {
				t.Errorf("%s imports %s: not its world", path, name)
			}
			if name == "testing" && !strings.HasSuffix(pkg, "test") {
				t.Errorf("%s imports testing", path)
			}
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
