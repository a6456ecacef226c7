package quarantine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path"
	"strings"

	"github.com/imgorigin/imgorigin/cache/atomicfile"
)

// A Folder sets originals aside in a folder: cat.jpg as cat.jpg, its case as cat.jpg.quarantine.json.
type Folder struct {
	Root      *os.Root
	Originals *os.Root
	Move      bool // delete the original once it is copied
}

var _ Store = Folder{}

// Put implements [Store].
func (q Folder) Put(ctx context.Context, c Case) error {
	err := copyFile(q.Root, q.Originals, c.Original)
	if errors.Is(err, fs.ErrNotExist) {
		err = errors.Join(ErrChanged, err)
	}
	if err != nil {
		return fmt.Errorf("folder quarantine: copy %s: %w", c.Original, err)
	}
	c.Moved = q.Move
	body, err := json.MarshalIndent(c, "", "  ")
	if err != nil {
		return err
	}
	if err := writeFile(q.Root, caseName(c.Original), strings.NewReader(string(body)+"\n")); err != nil {
		return fmt.Errorf("folder quarantine: put %s: %w", c.Original, err)
	}
	if q.Move {
		return q.Originals.Remove(c.Original)
	}
	return nil
}

// copyFile copies the file of a key from one folder to another.
func copyFile(to, from *os.Root, key string) error {
	f, err := from.Open(key)
	if err != nil {
		return err
	}
	defer f.Close()
	return writeFile(to, key, f)
}

// writeFile writes a file whole, or not at all.
func writeFile(root *os.Root, name string, body io.Reader) error {
	return atomicfile.Write(root, path.Join(path.Dir(name), ".temp-"), name, body)
}

// Get implements [Store].
func (q Folder) Get(ctx context.Context, original string) (Case, error) {
	return q.read(caseName(original))
}

func (q Folder) read(name string) (c Case, err error) {
	body, err := q.Root.ReadFile(name)
	if err == nil {
		err = json.Unmarshal(body, &c)
	}
	if err != nil {
		return Case{}, fmt.Errorf("folder quarantine: read %s: %w", name, err)
	}
	return c, nil
}

// List implements [Store].
func (q Folder) List(ctx context.Context, prefix string) iter.Seq2[Case, error] {
	return func(yield func(Case, error) bool) {
		err := fs.WalkDir(q.Root.FS(), ".", func(name string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !isCase(name) {
				return errors.Join(err, ctx.Err())
			}
			c, err := q.read(name)
			if errors.Is(err, fs.ErrNotExist) || err == nil && !listed(c, name, prefix, strings.HasPrefix(name, longNames)) {
				return nil // released meanwhile, or not asked for
			}
			if err == nil && !yield(c, nil) {
				return fs.SkipAll
			}
			return err
		})
		if err != nil {
			yield(Case{}, fmt.Errorf("folder quarantine: list: %w", err))
		}
	}
}

// Release implements [Store]. The case goes last: until then all of it can be done again.
func (q Folder) Release(ctx context.Context, original string) error {
	c, err := q.Get(ctx, original)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil && c.Moved {
		err = q.restore(original)
	}
	if err != nil {
		return err
	}
	for _, name := range []string{original, caseName(original)} {
		if err := q.Root.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("folder quarantine: delete %s: %w", name, err)
		}
	}
	return nil
}

func (q Folder) restore(original string) error {
	_, err := q.Originals.Stat(original)
	if !errors.Is(err, fs.ErrNotExist) {
		return err // nil: there is a new one
	}
	if err := copyFile(q.Originals, q.Root, original); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("folder quarantine: copy back %s: %w", original, err)
	}
	return nil
}
