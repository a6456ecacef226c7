package originals

import (
	"io/fs"
	"os"
	"sync"
	"time"
)

// A Dir is a folder as a file system, which no path and no symbolic link leads out of. Its own path may lead through links.
// When one of them is swapped, such as that to the current release, the Dir is the other folder within a second.
type Dir struct {
	path string

	mu     sync.RWMutex
	root   *os.Root
	looked time.Time // when root was last compared with path
}

var _ fs.StatFS = (*Dir)(nil)

// OpenDir opens a folder. Close ends the use.
func OpenDir(path string) (*Dir, error) {
	root, err := os.OpenRoot(path)
	if err != nil {
		return nil, err
	}
	return &Dir{path: path, root: root, looked: time.Now()}, nil
}

// Close closes the folder. Files that are open stay open.
func (d *Dir) Close() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.root.Close()
}

// Open implements [fs.FS].
func (d *Dir) Open(name string) (fs.File, error) {
	d.follow()
	d.mu.RLock()
	defer d.mu.RUnlock()
	return d.root.FS().Open(name)
}

// Stat implements [fs.StatFS].
func (d *Dir) Stat(name string) (fs.FileInfo, error) {
	d.follow()
	d.mu.RLock()
	defer d.mu.RUnlock()
	return fs.Stat(d.root.FS(), name)
}

// followAfter is how long a folder is taken for that of its path without a look.
const followAfter = time.Second

// follow opens the folder of the path if it is another one by now. While there is none, the Dir stays what it was.
func (d *Dir) follow() {
	d.mu.RLock()
	isDue := time.Since(d.looked) >= followAfter
	d.mu.RUnlock()
	if !isDue {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.looked = time.Now()
	there, err := os.Stat(d.path)
	if err != nil {
		return
	}
	if here, err := d.root.Stat("."); err == nil && os.SameFile(here, there) {
		return
	}
	if root, err := os.OpenRoot(d.path); err == nil {
		d.root.Close()
		d.root = root
	}
}
