package wasmtest

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"
	"time"
)

func TestRuntimeVersion(t *testing.T) {
	if got := runtimeVersion(); !regexp.MustCompile(`^v\d+\.\d+\.\d+`).MatchString(got) {
		t.Errorf("got %q, want a version", got)
	}
}

func TestRemoveOld(t *testing.T) {
	folder, now := t.TempDir(), time.Now()
	old, recent := filepath.Join(folder, "v1", "old"), filepath.Join(folder, "recent")
	if err := os.Mkdir(filepath.Dir(old), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{old, recent} {
		if err := os.WriteFile(file, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chtimes(old, now, now.Add(-oldest-time.Minute)); err != nil {
		t.Fatal(err)
	}
	removeOld(folder, now.Add(-oldest))
	if _, err := os.Stat(old); !os.IsNotExist(err) {
		t.Errorf("the old file: %v", err)
	}
	if _, err := os.Stat(recent); err != nil {
		t.Error(err)
	}
}
