package cache

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
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
//	.tmp/                            what is being written or dropped
//
// The key is hashed because it may be what no file can be called: longer than a name, ending in a slash, or the
// name of a folder and of a file at once. A file is one line of JSON and the body. It is written below .tmp, then
// renamed, so that a reader sees all of it or nothing; and since a crash can leave a renamed file without its
// bytes, its length and sum are checked at each read. There is no fsync: what a crash destroys is made again.
type FolderStore struct{ root *os.Root }

var _ Store = (*FolderStore)(nil)

// tempFolder is one for all, so that what a killed process left is found without a walk over everything.
const tempFolder = ".tmp"

// OpenFolder opens, or makes, a folder of variants. What a process that was killed an hour ago or more left
// there half done goes away; that takes as long as there was work under way, however much is stored.
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

// sweep removes what was being written or dropped before some time, and no longer is.
func (s *FolderStore) sweep(before time.Time) error {
	left, err := fs.ReadDir(s.root.FS(), tempFolder)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	for _, entry := range left {
		if info, err := entry.Info(); err == nil && info.ModTime().Before(before) {
			s.root.RemoveAll(path.Join(tempFolder, entry.Name())) // if it can't be removed, neither is it in the way
		}
	}
	return err
}

// Close ends the use of the folder.
func (s *FolderStore) Close() error { return s.root.Close() }

// folderOf returns the folder of an original's variants.
func folderOf(original string) string {
	sum := sha256.Sum256([]byte(original))
	name := hex.EncodeToString(sum[:])
	return path.Join(name[:2], name[2:])
}

// fileOf returns the file of a variant.
func fileOf(k Key) (string, error) {
	if err := k.check(); err != nil {
		return "", fmt.Errorf("folder: %w", err)
	}
	if len(k.Transform) > 255 {
		return "", fmt.Errorf("folder: a transform of %d bytes: %w", len(k.Transform), ErrName)
	}
	return path.Join(folderOf(k.Original), k.Transform), nil
}

// Get implements [Store]. A damaged file is an error once: it is taken away, so that it is made again. So is, at
// worst, a good one that was just put in its place.
func (s *FolderStore) Get(ctx context.Context, k Key) (*Variant, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	name, err := fileOf(k)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", err, fs.ErrNotExist)
	}
	raw, err := s.root.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("folder get %s: %w", k, err)
	}
	v, err := decodeFile(k, raw)
	if err != nil {
		s.root.Remove(name)
		return nil, fmt.Errorf("folder get %s: %w", k, err)
	}
	return v, nil
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

// drop renames a folder before it removes it: what is put from now on goes into a new one. A put that has the old
// one open already can still land in it, and is dropped with the rest.
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
