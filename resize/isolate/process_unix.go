//go:build unix

package isolate

import (
	"os"
	"os/exec"
	"syscall"
)

// detach starts a worker in a session of its own, so that an interrupt from the terminal goes to the pool's process only.
func detach(command *exec.Cmd) { command.SysProcAttr = &syscall.SysProcAttr{Setsid: true} }

// wasKilled reports whether the process was killed from outside. Crashes end with other signals.
func (w *worker) wasKilled() bool {
	status, ok := w.process.ProcessState.Sys().(syscall.WaitStatus)
	return ok && status.Signaled() && status.Signal() == syscall.SIGKILL
}

// takeOutput returns standard output, for frames. What libraries print to it goes to standard error from now on.
func takeOutput() (*os.File, error) {
	fd, err := syscall.Dup(1)
	if err != nil {
		return nil, err
	}
	syscall.CloseOnExec(fd)
	os.Stdout = os.Stderr
	return os.NewFile(uintptr(fd), "answers"), redirect(2, 1)
}
