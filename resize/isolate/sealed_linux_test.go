package isolate_test

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/resize/isolate"
)

func init() {
	tricks["fault"] = func() error { return errors.Join(syscall.Kill(os.Getpid(), syscall.SIGSEGV), hang()) }
	tricks["abort"] = func() error { return errors.Join(syscall.Kill(os.Getpid(), syscall.SIGABRT), hang()) }
	tricks["C memory"] = func() error { // that the garbage collector does not manage
		for {
			const prot, flags = unix.PROT_READ | unix.PROT_WRITE, unix.MAP_PRIVATE | unix.MAP_ANON | unix.MAP_POPULATE
			if _, err := unix.Mmap(-1, 0, 64<<20, prot, flags); err != nil {
				os.Exit(1)
			}
		}
	}
	for name, attempt := range attempts {
		tricks["try "+name] = func() error {
			if err := attempt(); err == nil {
				return fmt.Errorf("%s: permitted", name)
			} else if !errors.Is(err, fs.ErrPermission) {
				return fmt.Errorf("%s: %w", name, err)
			}
			return nil
		}
	}
}

func hang() error { select {} }

// attempts are what an exploited decoder might try. They return fs.ErrPermission if it is prevented.
var attempts = map[string]func() error{
	"reading a file": func() error { _, err := os.ReadFile("/etc/passwd"); return err },
	"reading its parent's secrets": func() error {
		_, err := os.ReadFile(fmt.Sprintf("/proc/%d/environ", os.Getppid()))
		return err
	},
	"writing a file":           func() error { return os.WriteFile("/tmp/imgorigin-escaped", nil, 0o600) },
	"listing a folder":         func() error { _, err := os.ReadDir("/"); return err },
	"the network":              func() error { _, err := net.Dial("tcp", "127.0.0.1:80"); return err },
	"a socket":                 func() error { _, err := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM, 0); return err },
	"a program":                func() error { return unix.Exec("/bin/true", []string{"true"}, nil) },
	"a process":                func() error { return exec.Command("/proc/self/exe").Run() },
	"killing its parent":       func() error { return unix.Kill(os.Getppid(), unix.SIGTERM) },
	"having its parent killed": func() error { _, err := unix.FcntlInt(0, unix.F_SETOWN, os.Getppid()); return err },
	"choosing the signal for that": func() error {
		_, err := unix.FcntlInt(0, unix.F_SETSIG, int(unix.SIGKILL))
		return err
	},
	"reading what its parent has inherited": func() error {
		_, err := unix.Read(inherited, make([]byte, 1))
		if errors.Is(err, unix.EBADF) {
			return fs.ErrPermission
		}
		return err
	},
	"reading its parent's memory": func() error {
		local, remote := []unix.Iovec{{Base: new(byte), Len: 1}}, []unix.RemoteIovec{{Base: 0x1000, Len: 1}}
		_, err := unix.ProcessVMReadv(os.Getppid(), local, remote, 0)
		return err
	},
	"changing its parent's limits": func() error { return unix.Prlimit(os.Getppid(), unix.RLIMIT_CPU, &unix.Rlimit{}, nil) },
	"raising its own limits": func() error {
		return unix.Prlimit(0, unix.RLIMIT_DATA, &unix.Rlimit{Cur: unix.RLIM_INFINITY, Max: unix.RLIM_INFINITY}, nil)
	},
	"lowering its own limits": func() error { return unix.Prlimit(0, unix.RLIMIT_CPU, &unix.Rlimit{}, nil) },
	"setting its own limits": func() error {
		limit := unix.Rlimit{Cur: unix.RLIM_INFINITY, Max: unix.RLIM_INFINITY}
		_, _, errno := unix.RawSyscall(unix.SYS_SETRLIMIT, unix.RLIMIT_AS, uintptr(unsafe.Pointer(&limit)), 0)
		if errno == 0 {
			return nil
		}
		return errno
	},
	"io_uring": func() error {
		_, _, errno := unix.Syscall(unix.SYS_IO_URING_SETUP, 1, 0, 0)
		return errno
	},
	"growing the shared memory": func() error { return unix.Ftruncate(3, 1<<40) },
	"decoding in C without a seal": func() error {
		if isSealed {
			return fs.ErrPermission
		}
		return nil
	},
	"reading its environment": func() error {
		if env := os.Environ(); len(env) > 0 {
			return fmt.Errorf("got %q", env)
		}
		return fs.ErrPermission
	},
}

// inherited is a file that was left open for this process by the one that started it.
const inherited = 200

// A worker is prevented from everything that decoding does not need.
func TestSealed(t *testing.T) {
	t.Setenv("AWS_SECRET_ACCESS_KEY", "secret")
	secret, err := os.Open("/proc/self/environ")
	if err != nil {
		t.Fatal(err)
	}
	defer secret.Close()
	if err := unix.Dup3(int(secret.Fd()), inherited, 0); err != nil {
		t.Fatal(err)
	}
	defer unix.Close(inherited)
	p := newPool(t, isolate.Config{Workers: 1})
	want := []string{"memory", "privileges", "files", "network", "processes"}
	if got := p.Protections(); !slices.Equal(got, want) {
		t.Fatalf("got %v, want %v: does this machine's kernel have seccomp?", got, want)
	}
	e := p.Engine(resize.EngineConfig{})
	for name := range attempts {
		if _, err := e.Resize(t.Context(), withTrick(small, "try "+name), resize.Transform{Width: 8}); err != nil {
			t.Error(err)
		}
	}
	if p.Lost() > 0 {
		t.Errorf("got %d workers lost", p.Lost())
	}
}

// If the process that owns a pool is killed, its workers exit, even during a job that never ends.
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
	for !hasEnded(pid) {
		if t.Context().Err() != nil {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// hasEnded reports whether a process has ended; it may be a zombie.
func hasEnded(pid int) bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err != nil || strings.Contains(string(stat), ") Z ")
}
