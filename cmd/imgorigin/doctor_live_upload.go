package main

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"

	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// testImage returns an image as a file: a ramp of colours in 640 × 480 pixels.
func testImage() ([]byte, error) {
	m := image.NewNRGBA(image.Rect(0, 0, 640, 480))
	for y := range 480 {
		for x := range 640 {
			m.SetNRGBA(x, y, color.NRGBA{uint8(x * 255 / 640), uint8(y * 255 / 480), 128, 255})
		}
	}
	var file bytes.Buffer
	err := png.Encode(&file, m)
	return file.Bytes(), err
}

// errNowhere is the error of a smoke test that can't upload.
var errNowhere = errors.New("--originals is neither a bucket nor a folder, to which an image could be uploaded")

// uploadTestImage puts an image among the originals, and returns its key and what removes it again.
func (d *doctor) uploadTestImage(ctx context.Context) (key string, remove func(context.Context) error, err error) {
	file, err := testImage()
	if err != nil {
		return "", nil, err
	}
	key = unusedKey() + ".png"
	at := d.Originals.location
	switch {
	case d.Originals.web != "":
	case at.bucket != "":
		client, err := d.s3At(ctx, at)
		if err != nil {
			return "", nil, err
		}
		name, mediaType := at.prefix+key, "image/png"
		_, err = client.PutObject(ctx, &s3.PutObjectInput{Bucket: &at.bucket, Key: &name, Body: bytes.NewReader(file), ContentType: &mediaType})
		return key, func(ctx context.Context) error {
			_, err := client.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: &at.bucket, Key: &name})
			return err
		}, err
	case at.folder != "":
		path := filepath.Join(at.folder, filepath.FromSlash(key))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return "", nil, err
		}
		return key, func(context.Context) error {
			return errors.Join(os.Remove(path), os.Remove(filepath.Dir(path)))
		}, os.WriteFile(path, file, 0o644)
	}
	return "", nil, errNowhere
}
