package quarantine_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/server/warm/quarantine"
)

// An original that does not decode is put into a folder. From then on its decode error is known in advance, until the
// original is replaced.
func Example() {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	open := func(name string) *os.Root {
		err := os.Mkdir(filepath.Join(dir, name), 0o700)
		root, errOpen := os.OpenRoot(filepath.Join(dir, name))
		if err := errors.Join(err, errOpen); err != nil {
			panic(err)
		}
		return root
	}
	originals, aside := open("originals"), open("quarantine")
	defer originals.Close()
	defer aside.Close()
	if err := originals.WriteFile("cat.jpg", []byte("not a JPEG"), 0o600); err != nil {
		fmt.Println(err)
		return
	}

	ctx := context.Background()
	q := quarantine.NewCached(quarantine.Folder{Root: aside, Originals: originals}, nil)
	errDecode := fmt.Errorf("%w: bad marker", resize.ErrCorrupt)
	if reason, permanent := quarantine.ReasonOf(errDecode); permanent {
		err := q.Put(ctx, quarantine.Case{Original: "cat.jpg", ETag: `"1"`, Reason: reason, Error: errDecode.Error()})
		fmt.Println(reason, err)
	}
	fmt.Println(errors.Is(q.DecodeError(ctx, "cat.jpg", `"1"`), resize.ErrCorrupt))
	fmt.Println(q.DecodeError(ctx, "cat.jpg", `"2"`))
	// Output:
	// corrupt <nil>
	// true
	// <nil>
}
