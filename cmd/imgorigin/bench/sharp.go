package bench

import (
	_ "embed"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

//go:embed sharp.mjs
var sharpScript []byte

// ErrNoSharp is the error if node is not installed, or does not find sharp.
var ErrNoSharp = errors.New("sharp is not installed")

// StartSharp starts node, which looks for sharp in the node_modules of a folder and of the folders above it. sharp uses one
// thread per operation and no cache, and otherwise its defaults.
func StartSharp(folder string) (*Worker, error) {
	node, err := exec.LookPath("node")
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNoSharp, err)
	}
	folder, err = filepath.Abs(folder)
	if err != nil {
		return nil, err
	}
	w := new(Worker)
	if w.dir, err = os.MkdirTemp("", "imgorigin-bench-"); err != nil {
		return nil, err
	}
	script := filepath.Join(w.dir, "sharp.mjs")
	err = os.WriteFile(script, sharpScript, 0o600)
	if err == nil && w.start(node, script, folder) != nil {
		err = fmt.Errorf("%w in %s or above it: npm install sharp", ErrNoSharp, folder)
	}
	if err != nil {
		w.Close()
		return nil, err
	}
	return w, nil
}
