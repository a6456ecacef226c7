//go:build !unix

package isolate

import (
	"os"
	"os/exec"
)

func detach(*exec.Cmd) {}

func (w *worker) wasKilled() bool { return false }

func takeOutput() (*os.File, error) { return os.Stdout, nil }
