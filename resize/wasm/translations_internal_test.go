//go:build (amd64 || arm64) && (linux || darwin || freebsd || windows)

package wasm

import (
	"bytes"
	"compress/gzip"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

// A module that was translated once is taken from the folder, and translated if the folder does not have it.
func TestKeepTranslations(t *testing.T) {
	before := translations.Load()
	defer translations.Store(before)
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	// A module of a function without a name that does nothing.
	z.Write([]byte("\x00asm\x01\x00\x00\x00" + "\x01\x04\x01\x60\x00\x00" + "\x03\x02\x01\x00" + "\x0a\x04\x01\x02\x00\x0b"))
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	translated := func() error { // as in a process of its own
		if err := KeepTranslations(folder); err != nil {
			t.Fatal(err)
		}
		_, err := translate(packed.Bytes())
		return err
	}
	if err := translated(); err != nil {
		t.Fatal(err)
	}
	files := filesIn(t, folder)
	if len(files) != 1 {
		t.Fatalf("got %q, want a file", files)
	}
	if err := translated(); err != nil {
		t.Errorf("kept: %v", err)
	}
	if err := os.WriteFile(files[0], []byte("damaged"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := translated(); err == nil {
		t.Error("damaged: got no error, so it was not read")
	}
	if err := os.Remove(files[0]); err != nil {
		t.Fatal(err)
	}
	if err := translated(); err != nil || len(filesIn(t, folder)) != 1 {
		t.Errorf("removed: %v, %q", err, filesIn(t, folder))
	}
	if err := KeepTranslations(filepath.Join(files[0], "below a file")); err == nil {
		t.Error("a folder that can't be made: got no error")
	}
}

func filesIn(t *testing.T, folder string) (files []string) {
	t.Helper()
	err := filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			files = append(files, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}
