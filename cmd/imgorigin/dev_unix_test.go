//go:build unix

package main

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/imgorigin/imgorigin/resize/resizetest"
)

// What is in a folder and is no file of it is not an image: opening a named pipe would wait for ever, and links must lead to
// nothing outside. The log has the reason, and none of it is an example.
func TestDevOddFiles(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	parent, err := os.MkdirTemp("", "") // the name of a socket may be no longer than 100 bytes
	must(t, err)
	defer os.RemoveAll(parent)
	folder := filepath.Join(parent, "images")
	must(t, os.MkdirAll(filepath.Join(folder, "folder.jpg"), 0o700))
	photo := resizetest.JPEG(resizetest.Photo(40, 30), 80)
	writeFile(t, filepath.Join(parent, "outside.jpg"), photo)
	writeFile(t, filepath.Join(folder, "zebra.jpg"), photo)
	must(t, syscall.Mkfifo(filepath.Join(folder, "pipe.jpg"), 0o600))
	socket, err := net.Listen("unix", filepath.Join(folder, "socket.jpg"))
	must(t, err)
	defer socket.Close()
	for link, to := range map[string]string{
		"absolute.jpg": filepath.Join(parent, "outside.jpg"), "relative.jpg": "../outside.jpg", "parent": "..",
		"device.jpg": "/dev/zero", "dangling.jpg": "none", "loop.jpg": "loop.jpg", "inside.jpg": "zebra.jpg",
	} {
		must(t, os.Symlink(to, filepath.Join(folder, link)))
	}
	out, page := startDev(t, "--listen", "127.0.0.1:0", folder)
	wantSize(t, page+"img/inside.jpg?w=20", 20, 15)
	for name, reason := range map[string]string{
		"pipe.jpg": "not a regular file", "socket.jpg": "not a regular file", "folder.jpg": "not a regular file",
		"absolute.jpg": "path escapes", "relative.jpg": "path escapes", "parent/outside.jpg": "path escapes", "device.jpg": "path escapes",
		"dangling.jpg": "no such file", "loop.jpg": "too many levels of symbolic links", "zebra.jpg/x.jpg": "not a directory",
		strings.Repeat("x", 300) + ".jpg": "file name too long",
	} {
		for _, path := range []string{"img/" + name + "?w=20", "info/" + name} {
			response, body := get(t, page+path)
			if response.StatusCode != 404 || response.Header.Get("Cache-Control") == "no-store" || string(body) != "no such image\n" {
				t.Errorf("%s: got %s, %s", path, response.Status, body)
			}
		}
		out.await(t, `(?m)^(\S+ 404 GET /img/`+name+` .*`+reason+`.*)$`)
	}
	examples, _, _ := strings.Cut(out.String(), "Open http")
	if strings.Count(examples, "/img/") != 2 || !strings.Contains(examples, "/img/zebra.jpg") || !strings.Contains(examples, "/img/inside.jpg") {
		t.Errorf("got the examples %s", examples)
	}
}
