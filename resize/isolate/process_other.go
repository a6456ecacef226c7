//go:build !unix

package isolate

import (
	"os"
	"os/exec"
)

// Other systems have neither sessions nor signals that tell a crash from a kill.

func detach(*exec.Cmd) {}

func (w *worker) wasKilled() bool { return false }

func takeOutput() (*os.File, error) { return os.Stdout, nil }
