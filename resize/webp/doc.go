// Package webp encodes WebP with libwebp: lossy images from YCbCr planes or RGBA, lossless images, and animations. It
// decodes it, too, where that is safe. It is a codec for package resize:
//
//	engine := resize.NewEngine(resize.EngineConfig{Codecs: webp.Codecs()})
//
// It needs cgo and a C compiler. Without them, [Codecs] returns nothing, and package wasm encodes the same files in four times
// the time.
//
// An engine decodes WebP in Go by itself. [Decoders] has libwebp do so, in a third of the time. The images are the same, but
// it is C code that reads the files of strangers, in which an error can be worse than a panic: they are for processes
// that package isolate has sealed, or for files that are trusted.
//
// The libwebp is that of github.com/bep/gowebp, which compiles the C sources that it bundles, so that no library must
// be installed. Its Go functions are not called, since they take neither planes nor a compression method, and have no
// animations. The C functions are called directly, as declared in libwebp.h.
package webp
