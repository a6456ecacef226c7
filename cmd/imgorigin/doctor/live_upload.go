package doctor

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"net/http"
	"os"
	"path/filepath"

	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/imgorigin/imgorigin/cmd/imgorigin/storage"
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

// uploadTestImage puts an image among the originals, under a new key that ends in a name, and returns the key and what removes the
// image again.
func (d *doctor) uploadTestImage(ctx context.Context, name string) (key string, remove func(context.Context) error, err error) {
	file, err := testImage()
	if err != nil {
		return "", nil, err
	}
	key = storage.UnusedKey() + name
	at := d.Originals.Location
	switch {
	case d.Originals.Web != "":
	case at.Bucket != "":
		client, err := d.S3At(ctx, at)
		if err != nil {
			return "", nil, err
		}
		object, mediaType := at.Prefix+key, "image/png"
		_, err = client.PutObject(ctx, &s3.PutObjectInput{Bucket: &at.Bucket, Key: &object, Body: bytes.NewReader(file), ContentType: &mediaType})
		return key, func(ctx context.Context) error {
			_, err := client.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: &at.Bucket, Key: &object})
			return err
		}, err
	case at.Folder != "":
		path := filepath.Join(at.Folder, filepath.FromSlash(key))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return "", nil, err
		}
		return key, func(context.Context) error {
			err := os.Remove(path)
			_ = os.Remove(filepath.Dir(path)) // which another image may still be in
			return err
		}, os.WriteFile(path, file, 0o644)
	}
	return "", nil, errNowhere
}

// checkNames checks that an original is served whose key has to be escaped in URLs. A function URL behind CloudFront is reported to
// refuse CloudFront's signature of such a path.
func (l *liveTest) checkNames(ctx context.Context) {
	const about = "names"
	key, remove, err := l.uploadTestImage(ctx, " a+b \u00fc.png")
	if err != nil {
		l.add(bad, about, err.Error(), "")
		return
	}
	a, err := l.do(ctx, http.MethodGet, l.target("/img/"+key, "fm=jpeg&w=320"))
	switch {
	case err != nil:
		l.add(bad, about, err.Error(), "")
	case a.status == http.StatusForbidden:
		l.add(bad, about, "a key with a space, a plus and a letter that is not ASCII is answered 403, though others are served",
			"does a function URL refuse CloudFront's signature? Run the service and the edge function with --escape-paths")
	case a.status != http.StatusOK:
		l.add(bad, about, fmt.Sprintf("a key with a space, a plus and a letter that is not ASCII is answered %d", a.status), "")
	default:
		l.addGood(about, "keys may have spaces, plus signs and letters that are not ASCII")
	}
	if err := remove(context.WithoutCancel(ctx)); err != nil {
		l.add(bad, about, fmt.Sprintf("%s can't be deleted: %v", key, err), "delete it by hand")
	}
}
