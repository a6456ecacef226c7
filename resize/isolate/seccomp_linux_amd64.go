package isolate

import "golang.org/x/sys/unix"

const auditArch uint32 = unix.AUDIT_ARCH_X86_64

// machineCalls are older system calls that arm64 does not have.
var machineCalls = []uint32{
	unix.SYS_POLL, unix.SYS_EPOLL_WAIT, unix.SYS_ARCH_PRCTL, unix.SYS_GETRLIMIT, unix.SYS_TIME,
}
