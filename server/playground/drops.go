package playground

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"path"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/imgorigin/imgorigin/resize"
)

// DropFolder begins the keys of dropped images. There is no such folder among the originals.
const DropFolder = "~dropped"

// Drops keeps the images that users have dropped onto the page. They are held in memory within a budget, from which the
// oldest are removed first, and are lost when the process ends. It is safe for concurrent use.
type Drops struct {
	budget int64 // bytes

	mu    sync.Mutex
	files []*dropped // oldest first
}

type dropped struct {
	key  string
	body []byte
	at   time.Time
}

// NewDrops returns an empty Drops with a budget in bytes. A single image may take half of it.
func NewDrops(budget int64) *Drops { return &Drops{budget: budget} }

// maxBytes returns the largest size of an image, which is 0 if d is nil and takes none.
func (d *Drops) maxBytes() int64 {
	if d == nil {
		return 0
	}
	return d.budget / 2
}

var errNotImage = errors.New("not an image in a known format")

// Put keeps an image and returns its key, which is made of a hash of the bytes and of the letters, digits, dots, dashes
// and underscores of the file's name.
func (d *Drops) Put(name string, body []byte) (key string, err error) {
	if resize.Detect(body) == "" {
		return "", errNotImage
	}
	sum := sha256.Sum256(body)
	key = DropFolder + "/" + hex.EncodeToString(sum[:4]) + "-" + safeName(name)
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.find(key) == nil {
		d.files = append(d.files, &dropped{key, body, time.Now()})
	}
	for d.bytes() > d.budget && len(d.files) > 1 {
		d.files = d.files[1:]
	}
	return key, nil
}

// unsafeRunes are those that a key of a dropped image does not keep from the name of its file.
var unsafeRunes = regexp.MustCompile(`[^A-Za-z0-9._-]+`)

// safeName returns the safe part of a file's name, at most 60 bytes. Browsers on Windows may send a path.
func safeName(name string) string {
	name = strings.Trim(unsafeRunes.ReplaceAllString(path.Base(strings.ReplaceAll(name, `\`, "/")), "-"), ".-")
	if name == "" {
		return "image"
	}
	return name[max(0, len(name)-60):]
}

func (d *Drops) bytes() (sum int64) {
	for _, f := range d.files {
		sum += int64(len(f.body))
	}
	return sum
}

func (d *Drops) find(key string) *dropped {
	for _, f := range d.files {
		if f.key == key {
			return f
		}
	}
	return nil
}

// items returns the images whose keys begin with prefix and contain word, the newest first.
func (d *Drops) items(prefix, word string) (items []Item) {
	if d == nil {
		return nil
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	for i := len(d.files) - 1; i >= 0; i-- {
		f := d.files[i]
		if strings.HasPrefix(f.key, prefix) && strings.Contains(strings.ToLower(f.key), word) {
			items = append(items, Item{f.key, int64(len(f.body))})
		}
	}
	return items
}

// Over returns a file system with the dropped images below [DropFolder] and the files of another everywhere else.
func (d *Drops) Over(under fs.FS) fs.FS { return overlay{d, under} }

type overlay struct {
	*Drops
	under fs.FS
}

func (o overlay) Open(name string) (fs.File, error) {
	if !strings.HasPrefix(name, DropFolder+"/") {
		return o.under.Open(name)
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if f := o.find(name); f != nil {
		return &dropFile{bytes.NewReader(f.body), f}, nil
	}
	return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
}

// Stat implements [fs.StatFS], so that the file systems below need not open a file to describe it.
func (o overlay) Stat(name string) (fs.FileInfo, error) {
	if !strings.HasPrefix(name, DropFolder+"/") {
		return fs.Stat(o.under, name)
	}
	f, err := o.Open(name)
	if err != nil {
		return nil, err
	}
	return f.Stat()
}

// A dropFile is a dropped image as an open file. It is its own [fs.FileInfo].
type dropFile struct {
	*bytes.Reader
	image *dropped
}

func (f *dropFile) Close() error               { return nil }
func (f *dropFile) Stat() (fs.FileInfo, error) { return f, nil }
func (f *dropFile) Name() string               { return path.Base(f.image.key) }
func (f *dropFile) Mode() fs.FileMode          { return 0o400 }
func (f *dropFile) ModTime() time.Time         { return f.image.at }
func (f *dropFile) IsDir() bool                { return false }
func (f *dropFile) Sys() any                   { return nil }

// serveDrop keeps the image in the body of a request. The query's name is that of its file.
func (p *Playground) serveDrop(w http.ResponseWriter, r *http.Request) {
	// A phone needs more time to send a large image than the server gives other requests. If the deadline can't be set,
	// the server's own holds.
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(time.Minute))
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, p.config.Drops.maxBytes()))
	if _, tooLong := errors.AsType[*http.MaxBytesError](err); tooLong {
		replyError(w, http.StatusRequestEntityTooLarge, "the image is too large")
		return
	}
	if err != nil {
		replyError(w, http.StatusBadRequest, "the image did not arrive")
		return
	}
	key, err := p.config.Drops.Put(r.URL.Query().Get("name"), body)
	if err != nil {
		replyError(w, http.StatusUnsupportedMediaType, err.Error())
		return
	}
	replyJSON(w, http.StatusCreated, Item{key, int64(len(body))})
}
