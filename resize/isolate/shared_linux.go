package isolate

import (
	"os"

	"golang.org/x/sys/unix"
)

// A sharedFile is memory that a pool shares with a worker: an anonymous file, which the pool writes images to and the
// worker maps. It is never on a disk.
type sharedFile struct {
	file *os.File
	size int64 // bytes that may hold pages
}

func newShared() (*sharedFile, error) {
	fd, err := unix.MemfdCreate("image", unix.MFD_CLOEXEC)
	if err != nil {
		return nil, err
	}
	return &sharedFile{file: os.NewFile(uintptr(fd), "image")}, nil
}

// keptShared is how large an image may be, in bytes, for its pages to be kept for the next image.
const keptShared = 16 << 20

// put writes an image. If an earlier image was larger than keptShared, it first frees all pages.
func (s *sharedFile) put(src []byte) error {
	if s.size > keptShared {
		const free = unix.FALLOC_FL_PUNCH_HOLE | unix.FALLOC_FL_KEEP_SIZE
		if err := unix.Fallocate(int(s.file.Fd()), free, 0, s.size); err != nil {
			return err
		}
		s.size = 0
	}
	_, err := s.file.WriteAt(src, 0)
	s.size = max(s.size, int64(len(src)))
	return err
}

// A mapping is a worker's mapping of a sharedFile.
type mapping struct{ memory []byte }

// bytes returns an image of size bytes that the pool has put there. It is valid until the next call.
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
