package main

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/imgorigin/imgorigin/cmd/imgorigin/usage"
	"github.com/imgorigin/imgorigin/resize/resizetest"
)

// What can't be printed is an error of every command, whether or not the command looks at it.
func TestLostOutput(t *testing.T) {
	originals, variants := t.TempDir(), t.TempDir()
	writeFile(t, filepath.Join(originals, "cat.jpg"), resizetest.JPEG(resizetest.Photo(40, 30), 80))
	log := filepath.Join(originals, "log")
	writeFile(t, log, []byte("/img/cat.jpg?w=20\n"))
	at := []string{"--originals", originals, "--variants", variants}
	env := func(name string) string {
		return map[string]string{"AWS_REGION": "us-east-1", "AWS_ACCESS_KEY_ID": "id", "AWS_SECRET_ACCESS_KEY": "secret"}[name]
	}
	for _, args := range [][]string{
		{"--help"}, {"serve", "--help-all"}, {"help"}, {"help", "serve"}, {"--version"}, {"version"}, {"man"}, {"completion", "bash"}, {"formats"},
		{"explain", "/img/cat.jpg?w=100"}, {"explain", "/img/cat.jpg?w=nan"},
		{"sign", "--sign-keys", "k", "/img/cat.jpg?w=100"},
		{"edge"}, {"plan", log}, {"plan", "--json", log}, append([]string{"doctor"}, at...), append([]string{"doctor", "--json"}, at...),
		append([]string{"warm"}, at...), append([]string{"warm"}, append(at, "cat.jpg")...), append([]string{"sweep"}, at...),
		append([]string{"drop"}, append(at, "cat.jpg")...),
	} {
		if err := run(t.Context(), args, env, new(output)); err != nil {
			if _, ok := errors.AsType[usage.ExitCode](err); !ok {
				t.Errorf("%q: %v", args, err)
				continue
			}
		}
		err := run(t.Context(), args, env, fullDisk{})
		if !errors.Is(err, syscall.ENOSPC) || strings.Count(err.Error(), "no space left") != 1 {
			t.Errorf("%q: got %v, want that the disk is full, once", args, err)
		}
		if _, ok := errors.AsType[usage.Error](err); ok {
			t.Errorf("%q: got the hint at --help", args)
		}
	}
}

// A fullDisk takes nothing.
type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) {
	return 0, &os.PathError{Op: "write", Path: "/dev/stdout", Err: syscall.ENOSPC}
}

func TestLostOutputOfProcess(t *testing.T) {
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skip("needs /dev/full")
	}
	defer full.Close()
	for _, args := range [][]string{{"explain", "/img/cat.jpg?w=100"}, {"explain", "/img/cat.jpg?w=nan"}, {"--help"}, {"version"}} {
		command, stderr := exec.CommandContext(t.Context(), os.Args[0], args...), new(output)
		command.Env = append(os.Environ(), "IMGORIGIN_TEST_AS_MAIN=1")
		command.Stdout, command.Stderr = full, stderr
		err := command.Run()
		if exit, ok := errors.AsType[*exec.ExitError](err); !ok || exit.ExitCode() != 1 ||
			stderr.String() != "imgorigin: write /dev/stdout: no space left on device\n" {
			t.Errorf("%q: got %v, %s", args, err, stderr)
		}
	}
}
