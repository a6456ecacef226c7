package backfill

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/imgorigin/imgorigin/cache/bucket"
)

// An Object is an original as it is listed.
type Object struct {
	Key      string
	Size     int64 // bytes
	Modified time.Time
}

// A Lister lists originals, in an order that is always the same. That of the listers in this package is the order of the
// bytes of the keys.
type Lister interface {
	// List yields the originals whose keys begin with prefix and that come after the key after, in order. It ends with
	// the first error. An object without a key is counted, but no position to continue from.
	List(ctx context.Context, prefix, after string) iter.Seq2[Object, error]
}

// An S3Lister lists the originals of a bucket: the object <Prefix>cat.jpg is the original cat.jpg.
type S3Lister struct {
	Client *s3.Client
	Bucket string
	Prefix string // "" or ending in a slash
}

var _ Lister = S3Lister{}

// List implements [Lister].
func (l S3Lister) List(ctx context.Context, prefix, after string) iter.Seq2[Object, error] {
	in := &s3.ListObjectsV2Input{Bucket: &l.Bucket, Prefix: aws.String(l.Prefix + prefix)}
	if after != "" {
		in.StartAfter = aws.String(l.Prefix + after)
	}
	return func(yield func(Object, error) bool) {
		pages := s3.NewListObjectsV2Paginator(l.Client, in)
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			if err != nil {
				yield(Object{}, bucket.Explain("list", l.Bucket, *in.Prefix, err))
				return
			}
			for _, o := range page.Contents {
				key := strings.TrimPrefix(*o.Key, l.Prefix)
				original := Object{key, aws.ToInt64(o.Size), aws.ToTime(o.LastModified)}
				folder := strings.HasSuffix(key, "/") && original.Size == 0 // made by a console
				if key != "" && !folder && !yield(original, nil) {
					return
				}
			}
		}
	}
}

// An FSLister lists the originals of a file system. Folders that can't be read, such as the lost+found of a volume, are errors
// at the end of the list, after all other originals.
type FSLister struct{ FS fs.FS }

var _ Lister = FSLister{}

// List implements [Lister].
func (l FSLister) List(ctx context.Context, prefix, after string) iter.Seq2[Object, error] {
	return func(yield func(Object, error) bool) {
		w := &fsWalk{fs: l.FS, prefix: prefix, after: after, yield: yield}
		if !w.walk(ctx, ".") {
			return
		}
		if err := cmp.Or(ctx.Err(), w.err()); err != nil {
			yield(Object{}, fmt.Errorf("list originals: %w", err))
		}
	}
}

// An fsWalk is a list while it is made.
type fsWalk struct {
	fs            fs.FS
	prefix, after string
	yield         func(Object, error) bool

	failed   int // folders that can't be read
	firstErr error
}

// err returns an error if folders can't be read.
func (l *fsWalk) err() error {
	if l.failed > 1 {
		return fmt.Errorf("%d folders can't be read, the first: %w", l.failed, l.firstErr)
	}
	return l.firstErr
}

// walk yields the files in a folder and below. It sorts the names of folders with their slash, so that a-b.jpg comes
// before a/b.jpg, as in a bucket. It returns false when the consumer wants no more.
func (l *fsWalk) walk(ctx context.Context, folder string) bool {
	entries, err := fs.ReadDir(l.fs, folder)
	wasRemoved := folder != "." && errors.Is(err, fs.ErrNotExist) // since it was listed
	if err != nil && !wasRemoved {
		l.failed++
		l.firstErr = cmp.Or(l.firstErr, err)
	}
	slices.SortFunc(entries, func(a, b fs.DirEntry) int { return strings.Compare(sortName(a), sortName(b)) })
	for _, e := range entries {
		if ctx.Err() != nil {
			return true
		}
		key := path.Join(folder, e.Name())
		switch {
		case e.IsDir() && outside(key+"/", l.prefix, l.after):
		case e.IsDir():
			if !l.walk(ctx, key) {
				return false
			}
		case e.Type().IsRegular() && strings.HasPrefix(key, l.prefix) && key > l.after:
			info, err := e.Info() // fails for a file that was removed since
			if err == nil && !l.yield(Object{key, info.Size(), info.ModTime()}, nil) {
				return false
			}
		}
	}
	return true
}

// sortName returns the name that an entry of a folder is sorted by.
func sortName(e fs.DirEntry) string {
	if e.IsDir() {
		return e.Name() + "/"
	}
	return e.Name()
}

// outside reports whether nothing below a folder can be in the list.
func outside(folder, prefix, after string) bool {
	unlike := !strings.HasPrefix(folder, prefix) && !strings.HasPrefix(prefix, folder)
	return unlike || folder < after && !strings.HasPrefix(after, folder)
}
