package cache

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"strings"
	"syscall"
	"time"
)

// A FolderStore keeps variants in a folder:
//
//	<2 hex>/<62 hex>/<transform>     SHA-256 of the original's key, one folder for each original
//
// The key is hashed because it may be what no file can be called: longer than a name, ending in a slash, or the
// name of a folder and of a file at once. A file is one line of JSON and the body. It is written under another name,
// then renamed, so that a reader sees all of it or nothing; and since a crash can leave a renamed file without
// its bytes, its length and sum are checked at each read. There is no fsync: what a crash destroys is made again.
type FolderStore struct{ root *os.Root }

var _ Store = (*FolderStore)(nil)

// header is the first line of a file.
type header struct {
	Version      int       `json:"v"`
	Original     string    `json:"original"`
	MediaType    string    `json:"type"`
	ETag         string    `json:"etag"`
	OriginalETag string    `json:"original_etag"`
	Modified     time.Time `json:"modified"`
	Length       int       `json:"length"`
}

const headerVersion = 1

// Files being written and folders being dropped. No transform begins with a dot.
const (
	tempPrefix = ".put-"
	dropPrefix = ".drop-"
)

// OpenFolder opens, or makes, a folder of variants, and sweeps what a killed process left there half written.
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
		root.Close()
		return nil, fmt.Errorf("sweep %s: %w", dir, err)
	}
	return s, nil
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
	t := k.Transform
	if t == "" || len(t) > 240 || t[0] == '.' || strings.ContainsAny(t, "/\\\x00") {
		return "", fmt.Errorf("folder: transform %q: %w", t, ErrName)
	}
	return path.Join(folderOf(k.Original), t), nil
}

// Get implements [Store]. A damaged file is an error once; it is taken away, so that it is made again.
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

func decodeFile(k Key, raw []byte) (*Variant, error) {
	line, body, found := bytes.Cut(raw, []byte("\n"))
	var h header
	if err := json.Unmarshal(line, &h); !found || err != nil {
		return nil, errors.New("damaged: no header")
	}
	switch {
	case h.Version != headerVersion || h.Original != k.Original:
		return nil, fmt.Errorf("not the variant that its name says: version %d of %q", h.Version, h.Original)
	case h.Length != len(body) || h.Length == 0:
		return nil, fmt.Errorf("damaged: %d bytes of %d", len(body), h.Length)
	case h.ETag != ETag(body):
		return nil, errors.New("damaged: the sum is another")
	}
	return &Variant{
		Body: body, MediaType: h.MediaType, ETag: h.ETag, OriginalETag: h.OriginalETag, Modified: h.Modified,
	}, nil
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
	line, err := json.Marshal(header{
		headerVersion, k.Original, v.MediaType, v.ETag, v.OriginalETag, v.Modified, len(v.Body),
	})
	if err != nil {
		return fmt.Errorf("folder put %s: %w", k, err)
	}
	for range 10 { // a Drop may take the folder away again and again, but not for ever
		err = s.write(name, append(line, '\n'), v.Body)
		if !errors.Is(err, fs.ErrNotExist) {
			break
		}
	}
	if err != nil {
		return fmt.Errorf("folder put %s: %w", k, err)
	}
	return nil
}

// write writes a file whole, or not at all. The error matches fs.ErrNotExist when its folder went away meanwhile.
func (s *FolderStore) write(name string, parts ...[]byte) (err error) {
	if err := s.root.MkdirAll(path.Dir(name), 0o700); err != nil {
		return err
	}
	temp := path.Join(path.Dir(name), tempPrefix+rand.Text())
	f, err := s.root.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			s.root.Remove(temp)
		}
	}()
	for _, part := range parts {
		if _, err := f.Write(part); err != nil {
			return errors.Join(err, f.Close())
		}
	}
	if err := f.Close(); err != nil {
		return err
	}
	return s.root.Rename(temp, name)
}

// Drop implements [Store].
func (s *FolderStore) Drop(ctx context.Context, original string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	// Renamed first: what is put from now on goes into a new folder. A put that has the old one open may still begin
	// a file in it, and fails when it wants to rename that.
	doomed := dropPrefix + rand.Text()
	err := s.root.Rename(folderOf(original), doomed)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	for tries := 0; err == nil || errors.Is(err, syscall.ENOTEMPTY) && tries < 10; tries++ {
		if err = s.root.RemoveAll(doomed); err == nil {
			return nil
		}
	}
	return fmt.Errorf("folder drop %s: %w", original, err)
}

// sweep removes what was being written or dropped before some time, and no longer is.
func (s *FolderStore) sweep(before time.Time) error {
	return fs.WalkDir(s.root.FS(), ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case errors.Is(err, fs.ErrNotExist): // another process drops
			return nil
		case err != nil:
			return err
		case !strings.HasPrefix(d.Name(), tempPrefix) && !strings.HasPrefix(d.Name(), dropPrefix):
			return nil
		}
		info, err := d.Info()
		if err == nil && info.ModTime().Before(before) {
			s.root.RemoveAll(name) // if it can't be removed, neither is it in the way
		}
		if d.IsDir() {
			return fs.SkipDir
		}
		return nil
	})
}
