//go:build (amd64 || arm64) && (linux || darwin || freebsd)

package wasm

import "golang.org/x/sys/unix"

// reserve returns n bytes that are zero; none if the system has no addresses for them.
func reserve(n int) []byte {
	b, err := unix.Mmap(-1, 0, n, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANON)
	if err != nil {
		return nil
	}
	return b
}

func giveBack(b []byte) {
	if len(b) > 0 {
		_ = unix.Munmap(b)
	}
}
