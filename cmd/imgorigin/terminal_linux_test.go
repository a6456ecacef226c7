package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/imgorigin/imgorigin/cmd/imgorigin/logs"
	"github.com/imgorigin/imgorigin/cmd/imgorigin/settings"
	"github.com/imgorigin/imgorigin/resize/resizetest"
)

// On a terminal there is a progress bar, and colours unless NO_COLOR is set; elsewhere there is neither.
func TestTerminal(t *testing.T) {
	originals := t.TempDir()
	writeFile(t, filepath.Join(originals, "cat.jpg"), resizetest.JPEG(resizetest.Photo(90, 60), 90))
	for _, test := range []struct {
		name     string
		command  string
		env      []string
		terminal bool
		want     string
		not      string
	}{
		{"doctor on a terminal", "doctor", nil, true, "\x1b[32m✓\x1b[0m", ""},
		{"doctor without colours", "doctor", []string{"NO_COLOR=1"}, true, "✓ ", "\x1b"},
		{"doctor in a pipe", "doctor", nil, false, "✓ ", "\x1b"},
		{"warm on a terminal", "warm", nil, true, "\r[====================] 1/1 · 1 done", `"skipped":0,"failed":0,"total"`},
		{"warm in a pipe", "warm", nil, false, `"done":1`, "\r"},
	} {
		t.Run(test.name, func(t *testing.T) {
			executable, err := os.Executable()
			if err != nil {
				t.Fatal(err)
			}
			command := exec.CommandContext(t.Context(), executable, test.command, "--originals", originals, "--variants", t.TempDir())
			command.Env = append(append(os.Environ(), "IMGORIGIN_TEST_AS_MAIN=1", "NO_COLOR="), test.env...)
			got, err := outputOf(t, command, test.terminal)
			if err != nil {
				t.Errorf("%v: %s", err, got)
			}
			if !strings.Contains(got, test.want) || test.not != "" && strings.Contains(got, test.not) {
				t.Errorf("got %q, want %q and no %q", got, test.want, test.not)
			}
		})
	}
}

// outputOf runs a command, on a terminal of 120 columns or in a pipe.
func outputOf(t *testing.T, command *exec.Cmd, terminal bool) (string, error) {
	if !terminal {
		out, err := command.Output()
		return string(out), err
	}
	screen, tty := openTerminal(t)
	command.Stdout = tty
	err := command.Start()
	tty.Close() // the command has a duplicate
	if err != nil {
		t.Fatal(err)
	}
	out, _ := io.ReadAll(screen) // ends with an error when the last process has closed the terminal
	return string(out), command.Wait()
}

// openTerminal returns a pseudoterminal, and the file to read from what is written to it: pty(7).
func openTerminal(t *testing.T) (screen, tty *os.File) {
	t.Helper()
	screen, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if errors.Is(err, fs.ErrNotExist) {
		t.Skip("no pseudoterminals on this machine")
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { screen.Close() })
	fd := int(screen.Fd())
	if err := unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	number, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	if err := unix.IoctlSetWinsize(fd, unix.TIOCSWINSZ, &unix.Winsize{Row: 40, Col: 120}); err != nil {
		t.Fatal(err)
	}
	tty, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	return screen, tty
}

// The log of a service has a short line for each request on a terminal, and is JSON where no one asks for another format.
func TestLogOnATerminal(t *testing.T) {
	request := func(f settings.ServiceFlags, w io.Writer) {
		logs.New(w, f.LogLevel, f.LogFormat).Info("request", "method", "GET", "path", "/img/cat.jpg", "transform", "w=480.webp", "source", "fill",
			"status", 200, "bytes", 2048, "dur", time.Millisecond)
	}
	f := settings.ServiceFlags{LogFormat: "auto"}
	f.LogLevel = "info"
	screen, tty := openTerminal(t)
	request(f, tty)
	tty.Close()
	if got, _ := io.ReadAll(screen); !strings.Contains(string(got), " GET /img/cat.jpg w=480.webp 2 KiB 1ms fill\r\n") {
		t.Errorf("on a terminal: got %q", got)
	}
	var pipe strings.Builder
	request(f, &pipe)
	f.LogFormat = "text"
	request(f, &pipe)
	if got := pipe.String(); !strings.Contains(got, `"status":200`) || !strings.Contains(got, "status=200 bytes=2048") {
		t.Errorf("in a pipe: got %q", got)
	}
}
