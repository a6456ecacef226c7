package isolate

import (
	"fmt"
	"math"
	"os"
	"runtime"
	"unsafe"

	// Package syscall lacks memfd_create, seccomp and prctl.
	"golang.org/x/sys/unix"
)

// keepDescriptors keeps the files that this process has inherited from those that it starts: systemd's sockets, or a terminal. What Go
// opens is not inherited anyway.
func keepDescriptors() {
	if unix.CloseRange(3, math.MaxUint32, unix.CLOSE_RANGE_CLOEXEC) == nil { // Linux 5.11
		return
	}
	for fd := range 1024 {
		if fd >= 3 {
			unix.CloseOnExec(fd)
		}
	}
}

func redirect(from, to int) error { return unix.Dup3(from, to, 0) }

// memoryLimits are the limits that the kernel enforces on the memory of a worker. The pool sets them, from outside: a
// worker whose decoder was taken over can't raise them.
type memoryLimits struct {
	pid  int // 0 if the limits can't be set
	use  memoryUse
	most int64 // largest memory of a job so far, bytes
}

// Memory that a job may take beyond its estimate before the kernel refuses more, in bytes: garbage that is not collected
// yet, the stacks of threads, and address space that is reserved but not used.
const (
	dataSlack  = 256 << 20
	spaceSlack = 1 << 30
)

// limitMemory sets the limits of a worker that has done no job yet, and uses this memory. It reports whether the kernel
// enforces them.
func limitMemory(pid int, use memoryUse) (memoryLimits, bool) {
	if use.Data == 0 || setLimit(pid, unix.RLIMIT_DATA, use.Data+dataSlack) != nil {
		return memoryLimits{}, false
	}
	return memoryLimits{pid: pid, use: use}, true
}

// set sets limits of twice the memory that a job takes, and the slack. It never lowers a limit, because memory that was
// mapped for an earlier job stays mapped.
func (m *memoryLimits) set(memory int64) {
	if m.most = max(m.most, min(memory, 1<<40)); m.pid == 0 {
		return
	}
	more := uint64(2*m.most + dataSlack)
	_ = setLimit(m.pid, unix.RLIMIT_DATA, m.use.Data+more) // if this fails, the worker has exited
	_ = setLimit(m.pid, unix.RLIMIT_AS, m.use.Space+more+spaceSlack)
}

// setLimit sets the soft limit of a process, so that it can be raised again. The hard limit stays.
func setLimit(pid, resource int, n uint64) error {
	var now unix.Rlimit
	if err := unix.Prlimit(pid, resource, nil, &now); err != nil {
		return err
	}
	return unix.Prlimit(pid, resource, &unix.Rlimit{Cur: min(n, now.Max), Max: now.Max}, nil)
}

// seal restricts this process, irrevocably, to what decoding needs. It returns the protections that are in force, see
// [Pool.Protections].
func seal() []string {
	var protections []string
	for _, resource := range []int{unix.RLIMIT_CORE, unix.RLIMIT_FSIZE} {
		_ = unix.Prlimit(0, resource, &unix.Rlimit{}, nil) // no core dump: it would put images on the disk
	}
	_ = unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0)
	runtime.LockOSThread() // PR_SET_NO_NEW_PRIVS is of the thread, which must then be the one that installs the filter
	defer runtime.UnlockOSThread()
	if unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != nil {
		return protections
	}
	protections = append(protections, "privileges")
	if filter(allowed()) == nil {
		protections = append(protections, "files", "network", "processes")
	}
	return protections
}

// memoryNow returns what this process has mapped; zero if there is no /proc.
func memoryNow() (m memoryUse) {
	statm, err := os.ReadFile("/proc/self/statm") // proc(5): size resident shared text lib data dt, in pages
	if err != nil {
		return m
	}
	var skip uint64
	if _, err := fmt.Sscan(string(statm), &m.Space, &skip, &skip, &skip, &skip, &m.Data); err != nil {
		return memoryUse{}
	}
	page := uint64(os.Getpagesize())
	m.Space, m.Data = m.Space*page, m.Data*page
	return m
}

// filter installs a seccomp program in all threads of this process.
func filter(program []unix.SockFilter) error {
	if len(program) == 0 {
		return unix.ENOSYS
	}
	f := unix.SockFprog{Len: uint16(len(program)), Filter: &program[0]}
	r, _, errno := unix.Syscall(unix.SYS_SECCOMP,
		unix.SECCOMP_SET_MODE_FILTER, unix.SECCOMP_FILTER_FLAG_TSYNC, uintptr(unsafe.Pointer(&f)))
	if errno != 0 {
		return errno
	}
	if r != 0 {
		return fmt.Errorf("thread %d is not filtered", r)
	}
	return nil
}
