package cache

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"syscall"
	"time"

	"github.com/imgorigin/imgorigin/cache/atomicfile"
)

// A FolderStore keeps variants in a folder:
//
//	<2 hex>/<62 hex>/<transform>     SHA-256 of the original's key, one folder for each original
//	.tmp/                            files being written, and folders being dropped
//
// The key is hashed because a file system may have no such name: it can be too long, end in a slash, or be the name of
// a folder and of a file at once. A file is one line of JSON and the body. It is written below .tmp and then renamed,
// so that a reader sees all of it or nothing. There is no fsync: after a crash of the machine a file may lack bytes,
// so each read checks length and checksum, and a damaged variant is made again.
type FolderStore struct{ root *os.Root }

var (
	_ Store  = (*FolderStore)(nil)
	_ Walker = (*FolderStore)(nil)
)

// tempFolder is where all temporary files and folders lie, so that those which a killed process left are found without
// a walk over the whole store.
const tempFolder = ".tmp"

// OpenFolder opens a folder of variants, and makes it if there is none. It removes temporary files that are an hour
// old or older, which a killed process left; that takes no longer when more variants are stored. Close ends the use.
func OpenFolder(dir string) (*FolderStore, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	s := &FolderStore{root}
	if err := s.sweep(time.Now().Add(-time.Hour)); err != nil {
		return nil, errors.Join(fmt.Errorf("sweep %s: %w", dir, err), root.Close())
	}
	return s, nil
}

// sweep removes the temporary files and folders that were last modified before some time.
func (s *FolderStore) sweep(before time.Time) error {
	entries, err := fs.ReadDir(s.root.FS(), tempFolder)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	for _, entry := range entries {
		if info, err := entry.Info(); err == nil && info.ModTime().Before(before) {
			s.root.RemoveAll(path.Join(tempFolder, entry.Name())) // if it stays, it does no harm
		}
	}
	return err
}

// Close closes the folder. The variants stay.
func (s *FolderStore) Close() error { return s.root.Close() }

// folderOf returns the folder of an original's variants.
func folderOf(original string) string {
	sum := sha256.Sum256([]byte(original))
	name := hex.EncodeToString(sum[:])
	return path.Join(name[:2], name[2:])
}

// maxFileNameBytes is the longest name of a file on Linux (NAME_MAX). macOS and Windows allow as much.
const maxFileNameBytes = 255

// fileOf returns the file of a variant. The error matches [ErrName].
func fileOf(k Key) (string, error) {
	if err := k.Check(); err != nil {
		return "", fmt.Errorf("folder: %w", err)
	}
	if len(k.Transform) > maxFileNameBytes {
		return "", fmt.Errorf("folder: a transform of %d bytes: %w", len(k.Transform), ErrName)
	}
	return path.Join(folderOf(k.Original), k.Transform), nil
}

// Get implements [Store]. It removes a damaged file, so that the variant is made again; at worst, it removes a good
// file that another process has just put in its place.
func (s *FolderStore) Get(ctx context.Context, k Key) (*Variant, error) {
	opened, err := s.Open(ctx, k, 0)
	if err != nil {
		return nil, err
	}
	v, err := opened.ReadAll()
	if err != nil {
		s.removeDamaged(k, err)
		return nil, fmt.Errorf("folder get %s: %w", k, err)
	}
	return v, nil
}

// Open implements [Store].
func (s *FolderStore) Open(ctx context.Context, k Key, offset int64) (*Opened, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	name, err := fileOf(k)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", err, fs.ErrNotExist)
	}
	f, err := s.root.Open(name)
	if err != nil {
		return nil, fmt.Errorf("folder get %s: %w", k, err)
	}
	var opened *Opened
	info, err := f.Stat()
	if err == nil {
		opened, err = openFile(k, f, info.Size(), offset)
	}
	if err != nil {
		f.Close()
		s.removeDamaged(k, err)
		return nil, fmt.Errorf("folder get %s: %w", k, err)
	}
	return opened, nil
}

// removeDamaged removes the file of k if err is about what is in it.
func (s *FolderStore) removeDamaged(k Key, err error) {
	if name, errName := fileOf(k); errName == nil && errors.Is(err, ErrDamaged) {
		s.root.Remove(name)
	}
}

// Put implements [Store].
func (s *FolderStore) Put(ctx context.Context, k Key, v *Variant) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	name, err := fileOf(k)
	if err != nil {
		return err
	}
	line, err := encodeHeader(k, v)
	if err != nil {
		return fmt.Errorf("folder put %s: %w", k, err)
	}
	if err := atomicfile.Write(s.root, tempFolder+"/", name, bytes.NewReader(line), bytes.NewReader(v.Body)); err != nil {
		return fmt.Errorf("folder put %s: %w", k, err)
	}
	return nil
}

// Stat implements [Store].
func (s *FolderStore) Stat(ctx context.Context, k Key) (*Variant, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	name, err := fileOf(k)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", err, fs.ErrNotExist)
	}
	v, err := s.stat(k, name)
	if err != nil {
		return nil, fmt.Errorf("folder stat %s: %w", k, err)
	}
	return v, nil
}

// maxHeaderBytes is more than the first line of any file has: the key is at most 1,024 bytes, each of which takes six in
// JSON at worst.
const maxHeaderBytes = 8 << 10

func (s *FolderStore) stat(k Key, name string) (*Variant, error) {
	start, err := s.readStart(name)
	if err != nil {
		return nil, err
	}
	h, _, err := decodeHeader(k, start)
	if err != nil {
		return nil, err
	}
	v := h.variant()
	v.Size = int64(h.Length)
	return &v, nil
}

// readStart returns the first bytes of a file, which have its header.
func (s *FolderStore) readStart(name string) ([]byte, error) {
	f, err := s.root.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, maxHeaderBytes))
}

// Transforms implements [Store].
func (s *FolderStore) Transforms(ctx context.Context, original string) (transforms []string, err error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	entries, err := fs.ReadDir(s.root.FS(), folderOf(original))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("folder list %s: %w", original, err)
	}
	for _, entry := range entries {
		transforms = append(transforms, entry.Name())
	}
	return transforms, nil
}

// Delete implements [Store].
func (s *FolderStore) Delete(ctx context.Context, original string, transforms ...string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	var errs []error
	for _, transform := range transforms {
		name, err := fileOf(Key{original, transform})
		if err != nil {
			continue // no variant has such a name
		}
		if err := s.root.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			errs = append(errs, err)
		}
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("folder delete %s: %w", original, err)
	}
	return nil
}

// Drop implements [Store].
func (s *FolderStore) Drop(ctx context.Context, original string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if _, err := s.root.Lstat(folderOf(original)); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err := s.drop(folderOf(original)); err != nil {
		return fmt.Errorf("folder drop %s: %w", original, err)
	}
	return nil
}

// drop renames a folder before it removes it, so that variants put from now on go into a new folder. A put that has
// the old folder open already can still rename its file into it; that file is dropped too, and RemoveAll is repeated
// when it finds the folder not empty for that reason.
func (s *FolderStore) drop(folder string) error {
	doomed := path.Join(tempFolder, rand.Text())
	if err := s.root.MkdirAll(tempFolder, 0o700); err != nil {
		return err
	}
	if err := s.root.Rename(folder, doomed); err != nil {
		if errors.Is(err, fs.ErrNotExist) { // another drop took it
			return nil
		}
		return err
	}
	var err error
	for range 100 {
		if err = s.root.RemoveAll(doomed); !errors.Is(err, syscall.ENOTEMPTY) {
			return err
		}
	}
	return err
}
