//go:build !linux

package isolate

import (
	"errors"
	"os"
)

// On other systems than Linux a worker is a process without restrictions, and images come through the pipe.

type memoryLimits struct{}

func limitMemory(int, memoryUse) (memoryLimits, bool) { return memoryLimits{}, false }

func (*memoryLimits) set(int64) {}

func seal() []string { return []string{} }

func memoryNow() memoryUse { return memoryUse{} }

func keepDescriptors() {}

func redirect(int, int) error { return nil }

type sharedFile struct{ file *os.File }

func newShared() (*sharedFile, error) { return nil, errors.ErrUnsupported }

func (*sharedFile) put([]byte) error { return errors.ErrUnsupported }

type mapping struct{}

func (*mapping) bytes(int64) ([]byte, error) { return nil, errors.ErrUnsupported }
