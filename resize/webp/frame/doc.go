// Package frame has what encoders of WebP share, whether libwebp is compiled by a C compiler (package webp) or to WebAssembly
// (package wasm): the settings of libwebp, the planes that it encodes, and the file around the frames that it has encoded.
//
//	image ─► Planes ─► libwebp ─┬──────────────────────► WithProfile ─► a still image
//	                            └─► parts of frames ─► Film ─────────► an animation
package frame
