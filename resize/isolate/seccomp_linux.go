package isolate

import (
	"os"

	"golang.org/x/sys/unix"
)

// calls are the system calls that decoding needs, and the runtimes of Go and C once they are initialized. None of them
// opens a file or a socket, or affects another process.
var calls = []uint32{
	unix.SYS_READ, unix.SYS_WRITE, unix.SYS_READV, unix.SYS_WRITEV, unix.SYS_PREAD64, unix.SYS_CLOSE, unix.SYS_FSTAT,
	unix.SYS_LSEEK, unix.SYS_PPOLL,
	unix.SYS_EPOLL_CREATE1, unix.SYS_EPOLL_CTL, unix.SYS_EPOLL_PWAIT, unix.SYS_EVENTFD2, unix.SYS_PIPE2,
	unix.SYS_MMAP, unix.SYS_MUNMAP, unix.SYS_MPROTECT, unix.SYS_MREMAP, unix.SYS_MADVISE, unix.SYS_BRK, unix.SYS_MINCORE,
	unix.SYS_FUTEX, unix.SYS_SCHED_YIELD, unix.SYS_SCHED_GETAFFINITY, unix.SYS_MEMBARRIER, unix.SYS_RSEQ,
	unix.SYS_SET_ROBUST_LIST, unix.SYS_GET_ROBUST_LIST, unix.SYS_SET_TID_ADDRESS, unix.SYS_GETCPU,
	unix.SYS_RT_SIGACTION, unix.SYS_RT_SIGPROCMASK, unix.SYS_RT_SIGRETURN, unix.SYS_SIGALTSTACK, unix.SYS_RESTART_SYSCALL,
	unix.SYS_NANOSLEEP, unix.SYS_CLOCK_NANOSLEEP, unix.SYS_CLOCK_GETTIME, unix.SYS_CLOCK_GETRES, unix.SYS_GETTIMEOFDAY,
	unix.SYS_GETPID, unix.SYS_GETTID, unix.SYS_GETPPID, unix.SYS_GETUID, unix.SYS_GETEUID, unix.SYS_GETGID, unix.SYS_GETEGID,
	unix.SYS_GETRANDOM, unix.SYS_UNAME, unix.SYS_SYSINFO, unix.SYS_GETRUSAGE, unix.SYS_TIMES, unix.SYS_PRCTL,
	unix.SYS_EXIT, unix.SYS_EXIT_GROUP,
}

// commands are those of fcntl, the second argument, that are allowed: not F_SETOWN, which has the kernel send a signal of choice to any
// process of the same user.
var commands = []uint32{unix.F_DUPFD, unix.F_GETFD, unix.F_SETFD, unix.F_GETFL, unix.F_SETFL, unix.F_DUPFD_CLOEXEC, unix.F_GET_SEALS}

// allowed returns a program in classic BPF that permits calls; all others fail with EPERM (seccomp(2)). It is empty on
// architectures that have no list of calls.
func allowed() []unix.SockFilter {
	if auditArch == 0 {
		return nil
	}
	// Offsets in struct seccomp_data; argument is the lower half of the first argument, command the second, newLimit the third.
	const number, arch, argument, command, newLimit = 0, 4, 16, 24, 32
	load := func(at uint32) unix.SockFilter {
		return unix.SockFilter{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, K: at}
	}
	jump := func(test uint16, k uint32, yes, no uint8) unix.SockFilter {
		return unix.SockFilter{Code: unix.BPF_JMP | unix.BPF_K | test, Jt: yes, Jf: no, K: k}
	}
	end := func(action uint32) unix.SockFilter {
		return unix.SockFilter{Code: unix.BPF_RET | unix.BPF_K, K: action}
	}
	allow, refuse := end(unix.SECCOMP_RET_ALLOW), end(unix.SECCOMP_RET_ERRNO|uint32(unix.EPERM))

	program := []unix.SockFilter{
		load(arch), jump(unix.BPF_JEQ, auditArch, 1, 0), end(unix.SECCOMP_RET_KILL_PROCESS),
		load(number),
	}
	for _, call := range append(calls, machineCalls...) {
		program = append(program, jump(unix.BPF_JEQ, call, 0, 1), allow)
	}
	// The flags of clone3 are in memory, which a filter can't read. On ENOSYS C libraries use clone instead.
	program = append(program, jump(unix.BPF_JEQ, unix.SYS_CLONE3, 0, 1), end(unix.SECCOMP_RET_ERRNO|uint32(unix.ENOSYS)))
	only := func(call uint32, test uint16, k uint32) {
		program = append(program, jump(unix.BPF_JEQ, call, 0, 4), load(argument), jump(test, k, 0, 1), allow, refuse)
	}
	program = append(program, jump(unix.BPF_JEQ, unix.SYS_FCNTL, 0, uint8(2*len(commands)+2)), load(command))
	for _, c := range commands {
		program = append(program, jump(unix.BPF_JEQ, c, 0, 1), allow)
	}
	program = append(program, refuse)
	pid := uint32(os.Getpid())
	only(unix.SYS_CLONE, unix.BPF_JSET, unix.CLONE_THREAD) // threads, not processes
	only(unix.SYS_KILL, unix.BPF_JEQ, pid)
	only(unix.SYS_TGKILL, unix.BPF_JEQ, pid)
	// Limits of this process may be read, which is prlimit(0, …, NULL, …), but not set.
	program = append(program, jump(unix.BPF_JEQ, unix.SYS_PRLIMIT64, 0, 8),
		load(argument), jump(unix.BPF_JEQ, 0, 0, 5),
		load(newLimit), jump(unix.BPF_JEQ, 0, 0, 3),
		load(newLimit+4), jump(unix.BPF_JEQ, 0, 0, 1),
		allow, refuse)
	return append(program, refuse)
}
