package main

import (
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// unsetByCI are variables of tests that .ci/run does not set, and why.
var unsetByCI = map[string]string{
	"IMGORIGIN_TEST_AS_MAIN":       "a test sets it for a process that it starts",
	"IMGORIGIN_TEST_CLIENT":        "a benchmark sets it for a process that it starts",
	"IMGORIGIN_TEST_FULL_DISK":     "a test sets it for a process that it starts",
	"IMGORIGIN_TEST_PUTS":          "a test sets it for a process that it starts",
	"IMGORIGIN_TEST_TEMPLATE":      "a test sets it for a process that it starts",
	"IMGORIGIN_TEST_NGINX_MODULES": "it is the folder of modules on other systems than Debian",
	"IMGORIGIN_TEST_SHOTS":         "it keeps screenshots for people to look at",
	"IMGORIGIN_TEST_SEED":          "it replays a random test that has failed",
	"IMGORIGIN_TEST_SSIMULACRA2":   "the reference program has to be built by hand",
	"IMGORIGIN_SCALE_PHOTOS":       "it searches for a constant, which is repeated when the encoder changes",
	"IMGORIGIN_SEARCH_PHOTOS":      "it searches for a constant, which is repeated when the encoder changes",
}

// A test that is skipped without a variable proves nothing, unless a step of .ci/run sets the variable.
func TestEachSkippedTestIsRun(t *testing.T) {
	var steps strings.Builder
	scripts, err := filepath.Glob("../../.ci/*")
	must(t, err)
	for _, script := range scripts {
		text, err := os.ReadFile(script)
		must(t, err)
		for line := range strings.Lines(string(text)) {
			if !strings.HasPrefix(strings.TrimSpace(line), "#") {
				steps.WriteString(line)
			}
		}
	}
	files := make(map[string]string) // of variables
	variable := regexp.MustCompile(`"(IMGORIGIN_(?:TEST_\w+|\w+_PHOTOS))=?"`)
	must(t, filepath.WalkDir("../..", func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, "_test.go") || filepath.Base(path) == "skips_test.go" {
			return err
		}
		text, err := os.ReadFile(path)
		for _, found := range variable.FindAllSubmatch(text, -1) {
			files[string(found[1])] = path
		}
		return err
	}))
	if len(files) < 15 {
		t.Errorf("got the variables %q, want at least 15", slices.Sorted(maps.Keys(files)))
	}
	for name, path := range files {
		isSet := regexp.MustCompile(`\b` + name + `=[^\s]`).MatchString(steps.String())
		if _, known := unsetByCI[name]; isSet == known {
			t.Errorf("%s of %s: set by .ci: %v, listed as not set: %v", name, path, isSet, known)
		}
	}
	for name := range unsetByCI {
		if files[name] == "" {
			t.Errorf("no test looks at %s", name)
		}
	}
}
