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

// A Folder is a [Store] in a folder: cat.jpg is kept as cat.jpg, its case as cat.jpg.quarantine.json.
type Folder struct {
	Root      *os.Root
	Originals *os.Root

	// Move deletes the original once it is copied.
	Move bool
}

var _ Store = Folder{}

// Put implements [Store].
func (f Folder) Put(ctx context.Context, c Case) error {
	err := copyFile(f.Root, f.Originals, c.Original)
	if errors.Is(err, fs.ErrNotExist) {
		err = errors.Join(ErrChanged, err)
	}
	switch {
	case isUnreadable(err):
		c.CopyError = err.Error()
	case err != nil:
		return fmt.Errorf("folder quarantine: copy %s: %w", c.Original, err)
	default:
		c.Moved = f.Move
	}
	body, err := json.MarshalIndent(c, "", "  ")
	if err != nil {
		return err
	}
	if err := writeFile(f.Root, caseName(c.Original), strings.NewReader(string(body)+"\n")); err != nil {
		return fmt.Errorf("folder quarantine: put %s: %w", c.Original, err)
	}
	if c.Moved {
		return f.Originals.Remove(c.Original)
	}
	return nil
}

// copyFile copies the file called key from one folder to another.
func copyFile(to, from *os.Root, key string) error {
	original, err := from.Open(key)
	if err != nil {
		return err
	}
	defer original.Close()
	return writeFile(to, key, original)
}

// writeFile writes a file that readers see whole or not at all.
func writeFile(root *os.Root, name string, body io.Reader) error {
	return atomicfile.Write(root, path.Join(path.Dir(name), ".temp-"), name, body)
}

// Get implements [Store].
func (f Folder) Get(ctx context.Context, original string) (Case, error) {
	return f.read(caseName(original))
}

func (f Folder) read(name string) (c Case, err error) {
	body, err := f.Root.ReadFile(name)
	if err == nil {
		err = json.Unmarshal(body, &c)
	}
	if err != nil {
		return Case{}, fmt.Errorf("folder quarantine: read %s: %w", name, err)
	}
	return c, nil
}

// List implements [Store].
func (f Folder) List(ctx context.Context, prefix string) iter.Seq2[Case, error] {
	return func(yield func(Case, error) bool) {
		err := fs.WalkDir(f.Root.FS(), ".", func(name string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !isCase(name) {
				return errors.Join(err, ctx.Err())
			}
			c, err := f.read(name)
			if errors.Is(err, fs.ErrNotExist) {
				return nil // released meanwhile
			}
			if err == nil && !listed(c, name, prefix, strings.HasPrefix(name, longNames)) {
				return nil
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

// Release implements [Store]. It deletes the case last, so that a call that was interrupted can be repeated.
func (f Folder) Release(ctx context.Context, original string) error {
	c, err := f.Get(ctx, original)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil && c.Moved {
		err = f.restore(original)
	}
	if err != nil {
		return err
	}
	for _, name := range []string{original, caseName(original)} {
		if err := f.Root.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("folder quarantine: delete %s: %w", name, err)
		}
	}
	return nil
}

// restore copies an original that was moved back to its place, unless there is a new original.
func (f Folder) restore(original string) error {
	_, err := f.Originals.Stat(original)
	if !errors.Is(err, fs.ErrNotExist) {
		return err // nil: there is a new original
	}
	if err := copyFile(f.Originals, f.Root, original); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("folder quarantine: copy back %s: %w", original, err)
	}
	return nil
}
