package originals

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"io/fs"
	"slices"
	"syscall"
)

// Folder reads originals from a file system: a folder, by [os.Root.FS], which no link leads out of, or files that are
// embedded in the binary. A key is the slash-separated path of a regular file.
type Folder struct{ FS fs.FS }

// Open implements [Source].
func (o Folder) Open(ctx context.Context, key string) (*Original, error) {
	f, info, err := o.open(key)
	if err != nil {
		return nil, err
	}
	return &Original{Info: info, Body: f}, nil
}

// Stat implements [Source].
func (o Folder) Stat(ctx context.Context, key string) (Info, error) {
	f, info, err := o.open(key)
	if err != nil {
		return Info{}, err
	}
	return info, f.Close()
}

func (o Folder) open(key string) (fs.File, Info, error) {
	if !fs.ValidPath(key) { // such as a//b, which S3 allows
		return nil, Info{}, fmt.Errorf("original %q: %w", key, fs.ErrNotExist)
	}
	// Opening a named pipe waits for somebody who writes to it, perhaps for ever, so only regular files are opened.
	stat, err := fs.Stat(o.FS, key)
	if err == nil && !stat.Mode().IsRegular() {
		err = errNotRegular
	}
	var f fs.File
	if err == nil {
		f, err = o.FS.Open(key)
	}
	if isNoFile(err) {
		err = fmt.Errorf("%w: %w", fs.ErrNotExist, err)
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

// describe returns the ETag and size of a file. Its time of modification and size make the ETag. An embedded file has
// no time, and is small: a hash of its bytes does.
func describe(f fs.File) (Info, error) {
	stat, err := f.Stat()
	if err != nil {
		return Info{}, err
	}
	if !stat.Mode().IsRegular() {
		return Info{}, errNotRegular
	}
	if !stat.ModTime().IsZero() {
		return Info{ETag: fmt.Sprintf(`"%x-%x"`, stat.ModTime().UnixNano(), stat.Size()), Size: stat.Size()}, nil
	}
	sum := fnv.New64a()
	if _, err := io.Copy(sum, f); err != nil {
		return Info{}, err
	}
	if seeker, ok := f.(io.Seeker); !ok {
		return Info{}, errors.ErrUnsupported
	} else if _, err := seeker.Seek(0, io.SeekStart); err != nil {
		return Info{}, err
	}
	return Info{ETag: fmt.Sprintf(`"%x"`, sum.Sum64()), Size: stat.Size()}, nil
}

// errNotRegular is the error of a folder, a named pipe, a socket or a device.
var errNotRegular = fmt.Errorf("%w: it is not a regular file", fs.ErrNotExist)

// isNoFile reports whether an error means that no original can have a name: it is too long, has characters that the file system
// does not take, leads through a file, through a loop of links, or out of the folder.
func isNoFile(err error) bool {
	never := []error{syscall.ENAMETOOLONG, syscall.EINVAL, syscall.EILSEQ, syscall.ENOTDIR, syscall.ELOOP}
	return isEscape(err) || slices.ContainsFunc(never, func(errno error) bool { return errors.Is(err, errno) })
}

// isEscape reports whether an error is that of an [os.Root] for a link which leads out of it. Package os does not export it.
func isEscape(err error) bool {
	failed, ok := errors.AsType[*fs.PathError](err)
	return ok && failed.Err.Error() == "path escapes from parent"
}
