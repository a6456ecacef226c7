package isolate

import (
	"fmt"
	"os"
	"runtime"
	"unsafe"

	// For calls that package syscall has not: memfd_create, seccomp, and prctl.
	"golang.org/x/sys/unix"
)

func redirect(from, to int) error { return unix.Dup3(from, to, 0) }

// memoryLimits are what the kernel holds the memory of this process to.
type memoryLimits struct {
	data, space uint64 // in use before the first picture, bytes
	most        int64  // that a picture took so far
}

// What decoding takes beyond the picture's own estimate, before the kernel refuses more: garbage that is not
// collected yet, the stacks of threads, and address space that is not used.
const (
	dataSlack  = 256 << 20
	spaceSlack = 1 << 30
)

// set bounds the memory before a picture that takes so much: by twice that and some slack. A limit never comes down
// again, because what was mapped for an earlier picture stays mapped.
func (m *memoryLimits) set(picture int64) {
	if m.most = max(m.most, min(picture, 1<<40)); m.data == 0 {
		return
	}
	more := uint64(2*m.most + dataSlack)
	_ = setLimit(unix.RLIMIT_DATA, m.data+more) // it has worked before the first picture, or is not claimed
	_ = setLimit(unix.RLIMIT_AS, m.space+more+spaceSlack)
}

// setLimit sets what is in force; how far it may go up again stays.
func setLimit(resource int, n uint64) error {
	var now unix.Rlimit
	if err := unix.Prlimit(0, resource, nil, &now); err != nil {
		return err
	}
	return unix.Prlimit(0, resource, &unix.Rlimit{Cur: min(n, now.Max), Max: now.Max}, nil)
}

// seal takes from this process, for ever, what decoding does not need. It tells what it could take.
func seal() (memoryLimits, []string) {
	var done []string
	limits := memoryNow()
	if limits.data > 0 && setLimit(unix.RLIMIT_DATA, limits.data+dataSlack) == nil {
		done = append(done, "memory")
	}
	for _, resource := range []int{unix.RLIMIT_CORE, unix.RLIMIT_FSIZE} {
		_ = unix.Prlimit(0, resource, &unix.Rlimit{}, nil) // pictures of strangers on the disk
	}
	_ = unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0)
	runtime.LockOSThread() // the next two belong together
	defer runtime.UnlockOSThread()
	if unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != nil {
		return limits, done
	}
	done = append(done, "privileges")
	if filter(allowed()) == nil {
		done = append(done, "files", "network", "processes")
	}
	return limits, done
}

// memoryNow reads what this process has mapped; zero where there is no /proc.
func memoryNow() (m memoryLimits) {
	statm, err := os.ReadFile("/proc/self/statm") // proc(5): size resident shared text lib data dt, in pages
	if err != nil {
		return m
	}
	var skip uint64
	if _, err := fmt.Sscan(string(statm), &m.space, &skip, &skip, &skip, &skip, &m.data); err != nil {
		return memoryLimits{}
	}
	page := uint64(os.Getpagesize())
	m.space, m.data = m.space*page, m.data*page
	return m
}

// filter makes the kernel refuse what program does, in all threads.
func filter(program []unix.SockFilter) error {
	if len(program) == 0 {
		return unix.ENOSYS
	}
	f := unix.SockFprog{Len: uint16(len(program)), Filter: &program[0]}
	r, _, errno := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, unix.SECCOMP_FILTER_FLAG_TSYNC, uintptr(unsafe.Pointer(&f)))
	if errno != 0 {
		return errno
	}
	if r != 0 {
		return fmt.Errorf("thread %d is not filtered", r)
	}
	return nil
}
