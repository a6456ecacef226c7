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

// DropFolder is where dropped pictures seem to be.
const DropFolder = "~dropped"

// Drops are pictures that were dropped onto the page. They are kept in memory, the last ones within a number of
// bytes, and end with the process. It is safe for concurrent use.
type Drops struct {
	budget int64

	mu    sync.Mutex
	files []*dropped // oldest first
}

type dropped struct {
	key  string
	body []byte
	at   time.Time
}

// NewDrops returns a place for dropped pictures of so many bytes in all; one may have half of them.
func NewDrops(budget int64) *Drops { return &Drops{budget: budget} }

// most returns how many bytes one picture may have; 0 if none is taken.
func (d *Drops) most() int64 {
	if d == nil {
		return 0
	}
	return d.budget / 2
}

var errNoPicture = errors.New("not a picture that is known")

// Put keeps a picture and returns its key. Names are the sender's word: what is left of one is safe, and not alone.
func (d *Drops) Put(name string, body []byte) (key string, err error) {
	if resize.Detect(body) == "" {
		return "", errNoPicture
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

var unsafe = regexp.MustCompile(`[^A-Za-z0-9._-]+`)

func safeName(name string) string {
	name = strings.Trim(unsafe.ReplaceAllString(path.Base(strings.ReplaceAll(name, `\`, "/")), "-"), ".-")
	if name == "" {
		return "picture"
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

// items returns those that a search finds, the newest first.
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

// Over returns a file system that has the dropped pictures beside those of another.
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

// A dropFile is a dropped picture as an open file, and its own description.
type dropFile struct {
	*bytes.Reader
	of *dropped
}

func (f *dropFile) Close() error               { return nil }
func (f *dropFile) Stat() (fs.FileInfo, error) { return f, nil }
func (f *dropFile) Name() string               { return path.Base(f.of.key) }
func (f *dropFile) Mode() fs.FileMode          { return 0o400 }
func (f *dropFile) ModTime() time.Time         { return f.of.at }
func (f *dropFile) IsDir() bool                { return false }
func (f *dropFile) Sys() any                   { return nil }

// serveDrop takes the body of a request, which is a picture, under ?name=.
func (p *Playground) serveDrop(w http.ResponseWriter, r *http.Request) {
	// A phone takes longer for a large picture than the server gives other requests; where that can't be set, it won't.
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(time.Minute))
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, p.config.Drops.most()))
	if _, tooLong := errors.AsType[*http.MaxBytesError](err); tooLong {
		replyError(w, http.StatusRequestEntityTooLarge, "the picture has too many bytes")
		return
	}
	if err != nil {
		replyError(w, http.StatusBadRequest, "the picture did not arrive")
		return
	}
	key, err := p.config.Drops.Put(r.URL.Query().Get("name"), body)
	if err != nil {
		replyError(w, http.StatusUnsupportedMediaType, err.Error())
		return
	}
	replyJSON(w, http.StatusCreated, Item{key, int64(len(body))})
}
