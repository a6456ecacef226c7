// Package atomicfile writes files that a reader sees whole or not at all: under a temporary name first, which is then
// renamed.
//
//	err := atomicfile.Write(root, ".tmp/", "2026/cat.jpg", strings.NewReader("header\n"), body)
//
// It does not call fsync: after a crash of the machine, not of the process, a file may be there with fewer bytes than
// were written. Callers that can't live with that check a length and a sum when they read.
//
// Why not github.com/google/renameio/v2 (v2.0.2)? It always calls fsync, so that every write waits for the disk; it
// does not build on Windows; and with an [os.Root] it puts the temporary file beside the final one, where a store of
// many folders finds what a killed process left behind only by a walk over everything.
package atomicfile

import (
	"crypto/rand"
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
)

// Write writes parts, one after the other, to the file called name below root, and replaces what is there. Until it
// returns nil, name is as it was.
//
// The temporary file is called temp and 26 random letters and digits, below the same root. temp may end in a slash:
// then it is a folder of temporary files. Folders that are missing are made, open to their owner only, as the file is.
// Writers of one name do not disturb each other: the last rename wins. Only a killed process leaves a temporary file.
func Write(root *os.Root, temp, name string, parts ...io.Reader) error {
	temp += rand.Text()
	if err := root.MkdirAll(path.Dir(temp), 0o700); err != nil {
		return err
	}
	err := write(root, temp, parts)
	if err == nil {
		err = rename(root, temp, name)
	}
	if err != nil {
		root.Remove(temp)
	}
	return err
}

func write(root *os.Root, name string, parts []io.Reader) error {
	f, err := root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	for _, part := range parts {
		if _, err = io.Copy(f, part); err != nil {
			break
		}
	}
	return errors.Join(err, f.Close())
}

// rename renames a file, and makes the folder that it goes into. Somebody else may remove that folder before the
// rename, again and again, so there are a hundred attempts.
func rename(root *os.Root, temp, name string) (err error) {
	for range 100 {
		if err = root.MkdirAll(path.Dir(name), 0o700); err == nil {
			err = root.Rename(temp, name)
		}
		// MkdirAll reports that a folder exists, and is not a folder, when the folder goes away while it looks.
		if !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, fs.ErrExist) {
			return err
		}
	}
	return err
}
