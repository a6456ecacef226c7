// Package wasm decodes HEIC and AVIF, encodes AVIF and WebP and draws SVG, with codecs that were compiled to WebAssembly: libheif
// with libde265, libavif with libaom, and libwebp, of C, and resvg, of Rust. It needs neither cgo nor a library of the system. It
// is a codec for package resize:
//
//	engine := resize.NewEngine(resize.EngineConfig{Codecs: wasm.Codecs()})
//
//	src ─► probe.ReadHEIFPicture ─► module, in a memory of its own ─► copied, turned and shrunk ─► resize
//	       size, turns, colours     no files, no clock, no network
//
//	image ─► module: colours ─► AV1 ─┬─► AVIF with its profile, joined here
//	       ─► module: alpha   ─► AV1 ─┘
//	       ─► module: WebP ─► with its profile, or joined with other frames, by package webp/frame
//
// WebAssembly is a sandbox. A module reaches nothing but its memory and the functions that it is given, of which none
// does anything. Each image has a new memory, up to a bound that its header gives, so that what a hostile image does
// ends with it: an error of the image. The module ends at the deadline of the job, because its loops look whether they
// are to end.
//
// A module is translated to the instructions of the processor when the first image for it comes, which takes about a second of
// processor time; the encoder takes two. From then on, decoding takes two to four times what libvips takes for it, and
// encoding AVIF seven times: that codec says that it is slow, so that only requests for AVIF by name wait for it. Encoding
// WebP takes four times what package webp takes for it, and its files are the same, byte for byte, except for soft alpha. On
// systems where a process can't execute what it has written, there are none of these codecs.
//
// The module of libavif encodes opaque images of sRGB only: it takes alpha premultiplied, and no profile. So colours and alpha
// are encoded as images of their own, and the file around them is written here. A file depends on nothing but its image.
//
// A module that can't be translated, or whose memory the system refuses, is [resize.ErrUnavailable], not an error of the
// image.
//
// The modules are those of github.com/gen2brain/avif, heic and webp, from which modules/update copies them, and that of npm's
// @resvg/resvg-wasm. The Go code of the former is not used: it loads libraries of the system where it finds some, has no
// bounds for memory and time, returns neither profiles nor the range and the alpha of planes, and animates nothing.
package wasm
