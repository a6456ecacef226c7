package bench

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"os"
	"os/exec"
	"path/filepath"

	"golang.org/x/image/bmp"
	"golang.org/x/image/tiff"

	"github.com/imgorigin/imgorigin/resize"
)

// GenerateFormats returns one generated image, see [Generate], in each format that e writes, in BMP and TIFF, and, if the
// program vips is installed, in HEIC and JPEG XL. They are named by their format.
func GenerateFormats(ctx context.Context, e resize.Engine, size image.Point) ([]Original, error) {
	photo, err := generate("photo", size.X, size.Y, false)
	if err != nil {
		return nil, err
	}
	originals := []Original{photo}
	originals[0].Name = FormatNames(resize.JPEG)
	m, _, err := image.Decode(bytes.NewReader(photo.Body))
	if err != nil {
		return nil, err
	}
	for _, f := range []resize.Format{
		resize.PNG, resize.GIF, resize.WebP, resize.AVIF, resize.HEIC, resize.JXL, resize.TIFF, resize.BMP,
	} {
		body, err := writeFormat(ctx, e, f, photo.Body, m)
		if err != nil {
			return nil, fmt.Errorf("write the image as %s: %w", f, err)
		}
		if body == nil {
			continue
		}
		o, err := NewOriginal(FormatNames(f), body)
		if err != nil {
			return nil, err
		}
		originals = append(originals, o)
	}
	return originals, nil
}

// writeFormat returns an image, which is also the JPEG photo, in another format. It returns nil if nothing here writes it.
func writeFormat(ctx context.Context, e resize.Engine, f resize.Format, photo []byte, m image.Image) ([]byte, error) {
	var b bytes.Buffer
	switch {
	case f == resize.BMP:
		err := bmp.Encode(&b, m)
		return b.Bytes(), err
	case f == resize.TIFF:
		err := tiff.Encode(&b, m, &tiff.Options{Compression: tiff.Deflate, Predictor: true})
		return b.Bytes(), err
	case e.Encodes(f):
		variants, err := e.Resize(ctx, photo, resize.Transform{Format: f, Quality: 90})
		if err != nil {
			return nil, err
		}
		return variants[0], nil
	case f == resize.HEIC, f == resize.JXL:
		return writeByVips(ctx, f, photo)
	}
	return nil, nil
}

// writeByVips returns an image in a format that the program vips writes. It returns nil if that is not installed.
func writeByVips(ctx context.Context, f resize.Format, photo []byte) ([]byte, error) {
	vips, err := exec.LookPath("vips")
	if err != nil {
		return nil, nil
	}
	dir, err := os.MkdirTemp("", "imgorigin-bench-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	in, out := filepath.Join(dir, "photo.jpg"), filepath.Join(dir, "photo."+string(f))
	if err := os.WriteFile(in, photo, 0o600); err != nil {
		return nil, err
	}
	if message, err := exec.CommandContext(ctx, vips, "copy", in, out+"[Q=90]").CombinedOutput(); err != nil {
		return nil, fmt.Errorf("vips: %w: %s", err, bytes.TrimSpace(message))
	}
	return os.ReadFile(out)
}
