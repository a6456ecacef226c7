// Package wasmtest has tests of several packages share what package wasm translates: without it, each test process spends up to
// five seconds of processor time on it.
//
//	func TestMain(m *testing.M) {
//		wasmtest.KeepTranslations()
//		os.Exit(m.Run())
//	}
package wasmtest

import (
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"time"

	"github.com/tetratelabs/wazero"

	"github.com/imgorigin/imgorigin/resize/wasm"
)

// oldest is how long a translation is kept. Then modules are translated again, so that tests of a machine do that, too, and what
// earlier versions have left goes away.
const oldest = 3 * 24 * time.Hour

// KeepTranslations keeps translated modules in the user's folder for caches. Where there is none, or it can't be written to, it
// does nothing.
func KeepTranslations() {
	caches, err := os.UserCacheDir()
	version := runtimeVersion()
	if err != nil || version == "" {
		return
	}
	folder := filepath.Join(caches, "imgorigin-test", "wasm", version+"-"+runtime.Version())
	if !isWritable(folder) {
		return
	}
	removeOld(filepath.Dir(folder), time.Now().Add(-oldest))
	_ = wasm.KeepTranslations(folder)
}

// runtimeVersion returns the version of the runtime that translates, as the folder of its sources says. Binaries of tests do not
// know the versions of modules, and a version must not execute what another has translated. It is "" of sources that are elsewhere.
func runtimeVersion() string {
	pc := reflect.ValueOf(wazero.NewRuntimeWithConfig).Pointer()
	file, _ := runtime.FuncForPC(pc).FileLine(pc)
	_, rest, _ := strings.Cut(filepath.ToSlash(file), "/wazero@")
	version, _, _ := strings.Cut(rest, "/")
	return version
}

// isWritable reports whether a folder, which is made if need be, takes files.
func isWritable(folder string) bool {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return false
	}
	f, err := os.CreateTemp(folder, "writable.*.tmp")
	if err != nil {
		return false
	}
	f.Close()
	return os.Remove(f.Name()) == nil
}

// removeOld removes files that were written before a time. Errors do not matter: another process may remove the same.
func removeOld(folder string, before time.Time) {
	_ = filepath.WalkDir(folder, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return nil
		}
		if info, err := d.Info(); err == nil && info.ModTime().Before(before) {
			os.Remove(path)
		}
		return nil
	})
}
