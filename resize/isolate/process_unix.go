//go:build unix

package isolate

import (
	"os"
	"os/exec"
	"syscall"
)

// detach gives a worker a session of its own: a ^C is for its owner, who then lets it end.
func detach(command *exec.Cmd) { command.SysProcAttr = &syscall.SysProcAttr{Setsid: true} }

// wasKilled tells whether the process was ended from outside.
func (w *worker) wasKilled() bool {
	status, ok := w.process.ProcessState.Sys().(syscall.WaitStatus)
	return ok && status.Signaled() && status.Signal() == syscall.SIGKILL
}

// takeOutput keeps standard output for frames: what a library prints goes with the complaints.
func takeOutput() (*os.File, error) {
	fd, err := syscall.Dup(1)
	if err != nil {
		return nil, err
	}
	syscall.CloseOnExec(fd)
	os.Stdout = os.Stderr
	return os.NewFile(uintptr(fd), "answers"), redirect(2, 1)
}
