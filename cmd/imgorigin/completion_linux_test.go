package main

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// interactive has each shell start on a terminal without the settings of its user, load the script, and print the words of
// each line that it runs.
var interactive = map[string]struct{ args, setup string }{
	"bash": {"--norc -i", `eval "$SCRIPT"; imgorigin() { echo "ran<$*>"; }; echo ready`},
	"zsh":  {"-f -i", `eval "$SCRIPT"; imgorigin() { echo "ran<$*>"; }; echo ready`},
	"fish": {"-N -i", `eval "$SCRIPT"; function imgorigin; echo "ran<$argv>"; end; echo ready`},
}

// The Tab key completes in the shells that are installed.
func TestCompletionOnTerminal(t *testing.T) {
	t.Parallel() // beside tests that mostly wait
	folder := t.TempDir()
	program := filepath.Join(folder, "imgorigin")
	executable, err := os.Executable()
	must(t, err)
	must(t, os.WriteFile(program, []byte("#!/bin/sh\nIMGORIGIN_TEST_AS_MAIN=1 exec '"+executable+"' \"$@\"\n"), 0o700))
	must(t, os.MkdirAll(filepath.Join(folder, "photos"), 0o700))
	for shell, s := range interactive {
		t.Run(shell, func(t *testing.T) {
			path, err := exec.LookPath(shell)
			if err != nil {
				t.Skip(shell, "is not installed")
			}
			script := strings.ReplaceAll(runOutput(t, "completion", shell), "'"+executable+"'", "'"+program+"'")
			command := exec.CommandContext(t.Context(), path, strings.Fields(s.args)...)
			command.Dir = folder
			command.Env = append(os.Environ(), "HOME="+folder, "XDG_CONFIG_HOME="+folder, "TERM=xterm", "SCRIPT="+script)
			keyboard, screen := onTerminal(t, command)
			keyboard.WriteString(s.setup + "\n")
			screen.await(t, `(ready\r)`)
			for line, want := range map[string]string{
				"ser":                  "serve",
				"serve --fallback-sta": "serve --fallback-status",
				"serve --svg ref":      "serve --svg refuse",
				"serve --svg=ref":      "serve --svg=refuse",
				"help lam":             "help lambda",
				"dev pho":              "dev photos/?", // zsh takes the slash back
				"dev --cache=pho":      "dev --cache=photos/?",
			} {
				keyboard.WriteString("imgorigin " + line + "\t\n")
				screen.await(t, `(ran<`+want+`>)`)
			}
		})
	}
}

// onTerminal starts a command on a terminal of its own until the test ends, and returns what types there, and what is shown.
func onTerminal(t *testing.T, command *exec.Cmd) (keyboard *os.File, screen *output) {
	t.Helper()
	keyboard, tty := openTerminal(t)
	command.Stdin, command.Stdout, command.Stderr = tty, tty, tty
	command.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	must(t, command.Start())
	tty.Close() // the command has a duplicate
	screen = new(output)
	go io.Copy(screen, keyboard)
	t.Cleanup(func() { command.Process.Kill(); command.Wait() })
	return keyboard, screen
}
