package main

import (
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/imgorigin/imgorigin/cmd/imgorigin/samples"
	"github.com/imgorigin/imgorigin/cmd/imgorigin/storage"
	"github.com/imgorigin/imgorigin/cmd/imgorigin/usage"
	"github.com/imgorigin/imgorigin/resize"
)

// devImages are the originals of a process that serves a folder.
type devImages struct {
	files  fs.FS  // not embedded, which would hide its Stat: without it a named pipe is opened, and waited for
	folder string // absolute path, or samples
	first  string // key of the image that the command line names; "" if it names a folder
}

// openImages opens the folder, the folder of the image, or the samples.
func (c *devCommand) openImages(r *storage.Resources) (images devImages, err error) {
	if c.Path == "" {
		return devImages{files: samples.Files, folder: "samples"}, nil
	}
	if images.folder, err = filepath.Abs(c.Path); err != nil {
		return images, err
	}
	if info, err := os.Stat(images.folder); err == nil && info.Mode().IsRegular() {
		file, err := filepath.EvalSymlinks(images.folder) // no link leads out of the folder that is opened
		if err != nil {
			return images, err
		}
		if err := checkImage(file); err != nil {
			return images, err
		}
		images.folder, images.first = filepath.Split(file)
		images.folder = filepath.Clean(images.folder)
	}
	images.files, err = r.OpenDir(images.folder)
	return images, err
}

// checkImage returns an error for a file that is not an image by its first bytes. A damaged image passes: the playground shows what
// is wrong with it.
func checkImage(name string) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	if h, err := resize.Probe(f); h.Format == "" && errors.Is(err, resize.ErrUnsupported) {
		return usage.Errorf("%s is not an image: want an image or a folder of images", name)
	}
	return nil
}

// some returns the keys of up to n images: the one that the command line names, or those in the upper folders.
func (i devImages) some(n int) []string {
	if i.first != "" {
		return []string{i.first}
	}
	return firstImages(i.files, n)
}

// firstImages returns the keys of up to n images, those in the upper folders first. It looks at no more than a few
// thousand files.
func firstImages(images fs.FS, n int) []string {
	var keys []string
	seen := 0
	folders := []string{"."}
	for len(folders) > 0 && len(keys) < n && seen < 5000 {
		entries, _ := fs.ReadDir(images, folders[0]) // a folder that can't be read has no examples
		for _, entry := range entries {
			key := path.Join(folders[0], entry.Name())
			seen++
			switch {
			case strings.HasPrefix(entry.Name(), "."):
			case entry.IsDir():
				folders = append(folders, key)
			case isImageName(key) && isFile(images, key):
				keys = append(keys, key)
			}
		}
		folders = folders[1:]
	}
	return keys[:min(n, len(keys))]
}

// isFile reports whether a name is of a file that can be served, and not of a link that leads elsewhere.
func isFile(images fs.FS, name string) bool {
	info, err := fs.Stat(images, name)
	return err == nil && info.Mode().IsRegular()
}

// isImageName reports whether a file is, by its name, of a format that every build reads.
func isImageName(name string) bool {
	return resize.NewEngine(resize.EngineConfig{}).Decodes(resize.FormatOf(name))
}
