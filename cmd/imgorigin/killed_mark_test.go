package main

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/imgorigin/imgorigin/resize/resizetest"
)

// A server is killed while it makes variants with a mark that has just changed. Whether before, in the same process, or after it,
// in another one: no request that begins after the change is answered with the old mark.
func TestKilledAfterAMarkHasChanged(t *testing.T) {
	if testing.Short() {
		t.Skip("processes take too long under the race detector")
	}
	originals, variants := t.TempDir(), t.TempDir()
	writeFile(t, filepath.Join(originals, "a.jpg"), resizetest.JPEG(resizetest.Photo(600, 400), 85))
	args := []string{"serve", "--originals", originals, "--variants", variants, "--exact", "--default-mark", "=logo.png&mark-pad=0",
		"--revalidate", "0s", "--siblings", "0"}
	var paths []string
	for w := range 20 {
		paths = append(paths, fmt.Sprintf("/img/a.jpg?w=%d&fm=png", 100+w))
	}
	marks := []color.NRGBA{{255, 0, 0, 255}, {0, 0, 255, 255}, {0, 255, 0, 255}}
	for i, mark := range marks {
		changeMark(t, originals, mark)
		command, out := process(t, nil, append(args, "--listen", "127.0.0.1:0", "--admin-listen", "none")...)
		address := "http://" + out.await(t, `"addr":"([^"]+)"`)
		for _, path := range paths[:10] {
			checkMark(t, address+path, mark)
		}
		next := marks[(i+1)%len(marks)]
		changeMark(t, originals, next)
		answered := make(chan struct{})
		var first sync.Once
		var clients sync.WaitGroup
		for _, path := range paths {
			clients.Go(func() {
				if checkMark(t, address+path, next) {
					first.Do(func() { close(answered) })
				}
			})
		}
		<-answered
		if err := command.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		command.Wait()
		clients.Wait()
		after, stop := program(t, args...)
		for _, path := range paths {
			if !checkMark(t, after+path, next) {
				t.Errorf("%s is not answered after a restart", path)
			}
		}
		must(t, stop())
	}
}

// changeMark puts a mark of one colour in place of the one that is there.
func changeMark(t *testing.T, originals string, c color.NRGBA) {
	t.Helper()
	m := image.NewNRGBA(image.Rect(0, 0, 30, 30))
	draw.Draw(m, m.Rect, image.NewUniform(c), image.Point{}, draw.Src)
	whole := filepath.Join(t.TempDir(), "logo.png")
	writeFile(t, whole, resizetest.PNG(m))
	if err := os.Rename(whole, filepath.Join(originals, "logo.png")); err != nil {
		t.Fatal(err)
	}
}

// checkMark reports whether an image is answered, and fails the test if its mark has another colour.
func checkMark(t *testing.T, address string, want color.NRGBA) bool {
	response, err := http.Get(address)
	if err != nil {
		return false // the server is dead
	}
	defer response.Body.Close()
	var body bytes.Buffer
	if _, err := body.ReadFrom(response.Body); err != nil {
		return false
	}
	m, _, err := image.Decode(&body)
	if err != nil {
		t.Errorf("%s: %s, %v", address, response.Status, err)
		return false
	}
	corner := m.Bounds().Max.Sub(image.Pt(5, 5))
	if got := color.NRGBAModel.Convert(m.At(corner.X, corner.Y)); got != want {
		t.Errorf("%s: got a mark in %v, want %v", address, got, want)
	}
	return true
}
