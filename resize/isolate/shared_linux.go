package isolate

import (
	"os"

	"golang.org/x/sys/unix"
)

// A sharedFile is memory that a worker and its owner both see: an anonymous file that the owner writes pictures to
// and the worker maps. Nothing of it touches a disk.
type sharedFile struct {
	file *os.File
	size int64
}

func newShared() (*sharedFile, error) {
	fd, err := unix.MemfdCreate("picture", unix.MFD_CLOEXEC)
	if err != nil {
		return nil, err
	}
	return &sharedFile{file: os.NewFile(uintptr(fd), "picture")}, nil
}

// keptShared is how much of the memory stays after a picture, for the next to find its pages there.
const keptShared = 16 << 20

// put writes a picture. Of a larger one before it the pages are given back first.
func (s *sharedFile) put(src []byte) error {
	if s.size > keptShared {
		if err := unix.Fallocate(int(s.file.Fd()), unix.FALLOC_FL_PUNCH_HOLE|unix.FALLOC_FL_KEEP_SIZE, 0, s.size); err != nil {
			return err
		}
		s.size = 0
	}
	_, err := s.file.WriteAt(src, 0)
	s.size = max(s.size, int64(len(src)))
	return err
}

// A mapping is the worker's view of it.
type mapping struct{ memory []byte }

// bytes returns the picture of so many bytes that the owner has put there; it is good until the next call.
func (m *mapping) bytes(size int64) ([]byte, error) {
	if size > int64(len(m.memory)) {
		if m.memory != nil {
			if err := unix.Munmap(m.memory); err != nil {
				return nil, err
			}
			m.memory = nil
		}
		memory, err := unix.Mmap(sharedDescriptor, 0, int(size), unix.PROT_READ, unix.MAP_SHARED|unix.MAP_POPULATE)
		if err != nil {
			return nil, err
		}
		m.memory = memory
	}
	return m.memory[:size:size], nil
}
