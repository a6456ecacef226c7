package server

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"io/fs"
	"syscall"
)

// FSOriginals reads originals from a file system: a folder, by [os.Root.FS], which nothing leads out of, or one
// that is embedded in the binary.
type FSOriginals struct{ FS fs.FS }

func (o FSOriginals) Open(ctx context.Context, key string) (*Original, error) {
	f, info, err := o.open(key)
	if err != nil {
		return nil, err
	}
	return &Original{Info: info, Body: f}, nil
}

func (o FSOriginals) Stat(ctx context.Context, key string) (Info, error) {
	f, info, err := o.open(key)
	if err != nil {
		return Info{}, err
	}
	return info, f.Close()
}

func (o FSOriginals) open(key string) (fs.File, Info, error) {
	if !fs.ValidPath(key) { // a//b and the like, which S3 allows
		return nil, Info{}, fmt.Errorf("original %q: %w", key, fs.ErrNotExist)
	}
	f, err := o.FS.Open(key)
	if errors.Is(err, syscall.ENAMETOOLONG) || errors.Is(err, syscall.ENOTDIR) {
		err = fs.ErrNotExist
	}
	if err != nil {
		return nil, Info{}, fmt.Errorf("original %q: %w", key, err)
	}
	info, err := describe(f)
	if err != nil {
		f.Close()
		return nil, Info{}, fmt.Errorf("original %q: %w", key, err)
	}
	return f, info, nil
}

// describe tells one state of a file from another by its time and size. A file without a time is embedded, and
// small; its bytes tell.
func describe(f fs.File) (Info, error) {
	stat, err := f.Stat()
	if err != nil {
		return Info{}, err
	}
	if !stat.Mode().IsRegular() {
		return Info{}, fs.ErrNotExist
	}
	if !stat.ModTime().IsZero() {
		return Info{ETag: fmt.Sprintf(`"%x-%x"`, stat.ModTime().UnixNano(), stat.Size()), Size: stat.Size()}, nil
	}
	sum := fnv.New64a()
	if _, err := io.Copy(sum, f); err != nil {
		return Info{}, err
	}
	if back, ok := f.(io.Seeker); !ok {
		return Info{}, errors.ErrUnsupported
	} else if _, err := back.Seek(0, io.SeekStart); err != nil {
		return Info{}, err
	}
	return Info{ETag: fmt.Sprintf(`"%x"`, sum.Sum64()), Size: stat.Size()}, nil
}
