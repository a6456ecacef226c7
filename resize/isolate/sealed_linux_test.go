package isolate_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/resize/isolate"
)

func init() {
	spells["fault"] = func() error { return errors.Join(syscall.Kill(os.Getpid(), syscall.SIGSEGV), hang()) }
	spells["abort"] = func() error { return errors.Join(syscall.Kill(os.Getpid(), syscall.SIGABRT), hang()) }
	spells["C memory"] = func() error { // that the collector knows nothing of
		for {
			if _, err := unix.Mmap(-1, 0, 64<<20, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANON|unix.MAP_POPULATE); err != nil {
				os.Exit(1)
			}
		}
	}
	for name, attempt := range attempts {
		spells["try "+name] = func() error {
			if err := attempt(); err == nil {
				return fmt.Errorf("%s: done", name)
			} else if !errors.Is(err, fs.ErrPermission) {
				return fmt.Errorf("%s: %w", name, err)
			}
			return nil
		}
	}
}

func hang() error { select {} }

// attempts are what a decoder that was taken over might do next.
var attempts = map[string]func() error{
	"reading a file":              func() error { _, err := os.ReadFile("/etc/passwd"); return err },
	"reading its owner's secrets": func() error { _, err := os.ReadFile(fmt.Sprintf("/proc/%d/environ", os.Getppid())); return err },
	"writing a file":              func() error { return os.WriteFile("/tmp/imgorigin-escaped", nil, 0o600) },
	"listing a folder":            func() error { _, err := os.ReadDir("/"); return err },
	"the network":                 func() error { _, err := net.Dial("tcp", "127.0.0.1:80"); return err },
	"a socket":                    func() error { _, err := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM, 0); return err },
	"a program":                   func() error { return unix.Exec("/bin/true", []string{"true"}, nil) },
	"a process":                   func() error { return exec.Command("/proc/self/exe").Run() },
	"killing its owner":           func() error { return unix.Kill(os.Getppid(), unix.SIGTERM) },
	"its owner's memory": func() error {
		_, err := unix.ProcessVMReadv(os.Getppid(), []unix.Iovec{{Base: new(byte), Len: 1}}, []unix.RemoteIovec{{Base: 0x1000, Len: 1}}, 0)
		return err
	},
	"another's limits":                  func() error { return unix.Prlimit(os.Getppid(), unix.RLIMIT_CPU, &unix.Rlimit{}, nil) },
	"io_uring":                          func() error { _, _, errno := unix.Syscall(unix.SYS_IO_URING_SETUP, 1, 0, 0); return errno },
	"growing the memory that is shared": func() error { return unix.Ftruncate(3, 1<<40) },
	"its environment": func() error {
		if env := os.Environ(); len(env) > 0 {
			return fmt.Errorf("it has %q", env)
		}
		return fs.ErrPermission
	},
}

// A worker can do nothing but decode.
func TestSealed(t *testing.T) {
	t.Setenv("AWS_SECRET_ACCESS_KEY", "secret")
	p := newPool(t, isolate.Config{Workers: 1})
	if got, want := p.Protections(), []string{"memory", "privileges", "files", "network", "processes"}; !slices.Equal(got, want) {
		t.Fatalf("got %v, want %v: does this machine's kernel have seccomp?", got, want)
	}
	e := p.Engine(resize.EngineConfig{})
	for name := range attempts {
		if _, err := e.Resize(t.Context(), enchant(small, "try "+name), resize.Transform{Width: 8}); err != nil {
			t.Error(err)
		}
	}
	if p.Lost() > 0 {
		t.Errorf("got %d workers lost", p.Lost())
	}
}

// own is an owner of a worker that hangs.
func own() {
	p, err := isolate.New(context.Background(), isolate.Config{Workers: 1, Command: func() *exec.Cmd {
		c := command()
		go func() {
			for c.Process == nil {
				time.Sleep(time.Millisecond)
			}
			fmt.Println(c.Process.Pid)
		}()
		return c
	}})
	if err != nil {
		panic(err)
	}
	p.Engine(resize.EngineConfig{}).Resize(context.Background(), enchant(small, "spin"), resize.Transform{Width: 8})
}

// Of an owner that is killed no worker is left, even if it is at a picture that never ends.
func TestOwnerKilled(t *testing.T) {
	owner := command()
	owner.Args = []string{owner.Path, "owner"}
	out, err := owner.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := owner.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(line))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { unix.Kill(pid, unix.SIGKILL) })
	owner.Process.Kill()
	owner.Wait()
	for !gone(pid) {
		if t.Context().Err() != nil {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// gone tells whether a process has ended, waited for or not.
func gone(pid int) bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err != nil || strings.Contains(string(stat), ") Z ")
}

// log is where a pool writes.
type log struct {
	mu sync.Mutex
	b  strings.Builder
}

func (l *log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func (l *log) logger() *slog.Logger { return slog.New(slog.NewTextHandler(l, nil)) }
