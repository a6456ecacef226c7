package cache

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"path"
	"slices"
	"strings"
)

// Originals implements [Walker]. The order is that of the folders, which are named by hashes. The key is in the header of
// a file; it is not known if it is not UTF-8, or if no file is whole.
func (s *FolderStore) Originals(ctx context.Context, prefix, after string) iter.Seq2[string, error] {
	last := ""
	if after != "" {
		last = folderOf(after)
	}
	return func(yield func(string, error) bool) {
		for folder, err := range s.folders(ctx, last) {
			var original string
			if err == nil {
				original, err = s.originalOf(folder)
			}
			switch {
			case errors.Is(err, fs.ErrNotExist): // no variant in it
			case err == nil && !strings.HasPrefix(original, prefix):
			case errors.Is(err, ErrName):
				if !yield("", fmt.Errorf("folder walk: %w", err)) {
					return
				}
			case err != nil:
				yield("", fmt.Errorf("folder walk: %w", err))
				return
			case !yield(original, nil):
				return
			}
		}
	}
}

// folders yields the folders of originals that sort after one of them.
func (s *FolderStore) folders(ctx context.Context, after string) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		for i := range 256 {
			parent := fmt.Sprintf("%02x", i)
			if parent+"/~" < after {
				continue
			}
			last := ""
			if path.Dir(after) == parent {
				last = path.Base(after)
			}
			for {
				names, err := s.namesAfter(ctx, parent, last)
				if err != nil {
					yield("", err)
					return
				}
				for _, name := range names {
					if !yield(path.Join(parent, name), nil) {
						return
					}
				}
				if len(names) < walkNames {
					break
				}
				last = names[len(names)-1]
			}
		}
	}
}

// walkNames is how many names of folders a walk holds in memory: those of a store of about a million originals, in which
// a folder has as many, are read once; in a store of ten million they are read ten times.
const walkNames = 4096

// namesAfter returns the names in a folder that sort after one, the first walkNames of them, in order.
func (s *FolderStore) namesAfter(ctx context.Context, folder, after string) (names []string, err error) {
	f, err := s.root.Open(folder)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, ctx.Err()
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	for {
		entries, err := f.ReadDir(walkNames)
		for _, entry := range entries {
			if entry.IsDir() && entry.Name() > after {
				names = append(names, entry.Name())
			}
		}
		slices.Sort(names)
		names = names[:min(len(names), walkNames)]
		if errors.Is(err, io.EOF) {
			return names, ctx.Err()
		}
		if err = errors.Join(err, ctx.Err()); err != nil {
			return nil, err
		}
	}
}

// originalOf returns the key of the original whose variants are in a folder. The error matches [fs.ErrNotExist] if there
// are none, and [ErrName] if the key is not known.
func (s *FolderStore) originalOf(folder string) (original string, err error) {
	entries, err := fs.ReadDir(s.root.FS(), folder)
	if err != nil {
		return "", err
	}
	isEmpty := true
	for _, entry := range entries {
		if !entry.Type().IsRegular() {
			continue
		}
		start, err := s.readStart(path.Join(folder, entry.Name()))
		if errors.Is(err, fs.ErrNotExist) { // deleted meanwhile
			continue
		}
		if err != nil {
			return "", err
		}
		isEmpty = false
		h, _, err := cutHeader(start)
		if err == nil && folderOf(h.Original) == folder {
			return h.Original, nil
		}
	}
	if isEmpty {
		return "", fs.ErrNotExist
	}
	return "", fmt.Errorf("%s: a key that is no UTF-8, or no whole variant: %w", folder, ErrName)
}
