package main

import (
	"bytes"
	"encoding/json"
	"image"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/imgorigin/imgorigin/resize/resizetest"
)

// uploadSite returns the URL of a page with the files to upload, of which S3 allows uploads, and whose server gets tickets from
// the service by its token.
func uploadSite(t *testing.T, files map[string][]byte) string {
	t.Helper()
	client, buckets := realBuckets(t, "photos")
	address, _ := program(t, "serve", "--originals", "s3://"+buckets[0], "--variants", "none", "--uploads", "--upload-tokens", "token")
	service, err := url.Parse(address)
	must(t, err)
	mux := http.NewServeMux()
	images := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(service) }}
	mux.Handle("/img/", images)
	mux.Handle("/info/", images)
	mux.Handle("/tickets", &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(service)
		r.Out.URL.Path = "/uploads"
		r.Out.Header.Set("Authorization", "Bearer token")
	}})
	mux.Handle("/clients/", http.StripPrefix("/clients/", http.FileServer(http.Dir(clientsDir))))
	mux.HandleFunc("/favicon.ico", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	for name, file := range files {
		mux.HandleFunc("/files/"+name, func(w http.ResponseWriter, _ *http.Request) { w.Write(file) })
	}
	mux.HandleFunc("/page", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Write([]byte(uploadPage))
	})
	site := httptest.NewServer(mux)
	t.Cleanup(site.Close)
	// As the template configures the bucket of originals.
	_, err = client.PutBucketCors(t.Context(), &s3.PutBucketCorsInput{Bucket: &buckets[0], CORSConfiguration: &s3types.CORSConfiguration{
		CORSRules: []s3types.CORSRule{{
			AllowedOrigins: []string{site.URL}, AllowedMethods: []string{"PUT", "POST"}, AllowedHeaders: []string{"content-type", "if-none-match"},
		}},
	}})
	must(t, err)
	return site.URL
}

// uploadPage has a function that uploads a file, as a page does.
const uploadPage = `<!doctype html><meta charset=utf-8><title>upload</title><script type="module">
	import { shrink, upload } from '/clients/upload.js';
	const fileOf = async (name, type) => new File([await (await fetch('/files/' + name)).blob()], name, { type });
	window.shrunk = async (name, type, limits) => {
		const file = await fileOf(name, type), small = await shrink(file, limits);
		return { size: small.size, type: small.type, isSame: small === file };
	};
	window.uploaded = async (name, type, { wanted: more, ...limits }) => {
		const shares = [];
		const ticket = (wanted) => more?.refusal ? { error: more.refusal } : fetch('/tickets', { method: 'POST', body: JSON.stringify({ ...wanted, ...more }) }).then((r) => r.json());
		try {
			return { key: await upload(await fileOf(name, type), { ticket, onProgress: (share) => shares.push(share), ...limits }), shares };
		} catch (e) {
			return { error: String(e) };
		}
	};
	window.isReady = true;
</script>`

// call runs an asynchronous function of the page and returns what its promise comes to.
func call[T any](b *browser, js string) (v T) {
	b.Helper()
	eval[bool](b, "(window.result = undefined, "+js+".then((v) => { window.result = JSON.stringify(v); }), true)")
	b.await("window.result !== undefined")
	if err := json.Unmarshal([]byte(eval[string](b, "window.result")), &v); err != nil {
		b.Fatal(err)
	}
	return v
}

// asStored returns an upright image as a camera stores it that notes an orientation of EXIF: 3 is upside down, 5 and 6 lie on their
// side, of which 5 is also mirrored. Any other is stored upright.
func asStored(upright image.Image, orientation int) image.Image {
	size := upright.Bounds().Size()
	stored := image.NewNRGBA(image.Rectangle{Max: size})
	if orientation == 5 || orientation == 6 {
		stored = image.NewNRGBA(image.Rect(0, 0, size.Y, size.X))
	}
	for y := range size.Y {
		for x := range size.X {
			c := upright.At(x, y)
			switch orientation {
			case 3:
				stored.Set(size.X-1-x, size.Y-1-y, c)
			case 5:
				stored.Set(y, x, c)
			case 6:
				stored.Set(y, size.X-1-x, c)
			default:
				stored.Set(x, y, c)
			}
		}
	}
	return stored
}

// A photograph is shrunk, upright, sent to S3 with a ticket, and served. What can't be shrunk is sent as it is.
func TestBrowserClientUpload(t *testing.T) {
	upright := resizetest.Photo(600, 800)
	photo := func(orientation int) []byte {
		return resizetest.WithEXIF(resizetest.JPEG(asStored(upright, orientation), 90), orientation, "")
	}
	want := resizetest.Reference(upright, upright.Bounds(), 300, 400)
	const like = 28                              // dB
	for _, orientation := range []int{3, 5, 6} { // the measure tells an image that was not turned
		stored := asStored(upright, orientation)
		if got := resizetest.PSNR(resizetest.Reference(stored, stored.Bounds(), 300, 400), want); got > like/2 {
			t.Fatalf("orientation %d: got %.1f dB from the image as it is stored, want too little", orientation, got)
		}
	}
	heic := []byte("\x00\x00\x00\x18ftypheic no picture")
	still := resizetest.Plain(500, 500, [4]uint8{255, 0, 0, 255})
	site := uploadSite(t, map[string][]byte{
		"photo.jpg": photo(6), "photo3.jpg": photo(3), "photo5.jpg": photo(5), "cat.heic": heic, "logo.png": resizetest.PNG(resizetest.Photo(500, 400)),
		"moving.png": resizetest.AnimatedPNG(still, 0),
	})
	b := newBrowser(t)
	b.open(site + "/page")
	b.await("window.isReady")
	type blob struct {
		Size   int
		Type   string
		IsSame bool
	}
	for _, test := range []struct {
		js, mediaType string
		isSame        bool
	}{
		{"shrunk('photo.jpg', 'image/jpeg', {most: 400})", "image/jpeg", false},
		{"shrunk('photo.jpg', 'image/jpeg')", "image/jpeg", true},
		{"shrunk('logo.png', 'image/png', {most: 100})", "image/webp", false},
		{"shrunk('cat.heic', 'image/heic', {most: 100})", "image/heic", true},
		{"shrunk('moving.png', 'image/png', {most: 100})", "image/png", true},
	} {
		if got := call[blob](b, test.js); got.Type != test.mediaType || got.IsSame != test.isSame || got.Size == 0 {
			t.Errorf("%s: got %+v", test.js, got)
		}
	}
	type outcome struct {
		Key, Error string
		Shares     []float64
	}
	for _, args := range []string{
		"'photo.jpg', 'image/jpeg', {most: 400}", "'photo.jpg', 'image/jpeg', {most: 400, wanted: {method: 'POST'}}",
		"'photo3.jpg', 'image/jpeg', {most: 400}", "'photo5.jpg', 'image/jpeg', {most: 400}",
	} {
		got := call[outcome](b, "uploaded("+args+")")
		if got.Error != "" || len(got.Shares) == 0 || got.Shares[len(got.Shares)-1] != 1 {
			t.Fatalf("%s: got %+v", args, got)
		}
		response, body := get(t, site+"/img/"+got.Key+"?fm=png")
		served, _, err := image.Decode(bytes.NewReader(body))
		if err != nil || served.Bounds() != image.Rect(0, 0, 300, 400) {
			t.Fatalf("%s: got %s, %v", args, response.Status, err)
		}
		if got := resizetest.PSNR(served, want); got < like {
			t.Errorf("%s: got %.1f dB to the upright photograph", args, got)
		}
	}
	if got := call[outcome](b, "uploaded('cat.heic', 'image/heic', {wanted: {refusal: 'too large'}})"); !strings.Contains(got.Error, "too large") {
		t.Errorf("a ticket that is refused: got %+v", got)
	}
	if got := call[outcome](b, "uploaded('photo.jpg', 'image/jpeg', {signal: AbortSignal.abort()})"); got.Error == "" {
		t.Errorf("an upload that is stopped: got %+v", got)
	}
}
