// Package webp writes WebP, by libwebp: lossy from planes of luma and chroma or from RGBA, lossless at quality
// 100, and animations. It needs a C compiler; built without one, it has nothing to offer, and says so.
//
// libwebp is the one that github.com/bep/gowebp bundles, because that is kept up to date by Hugo and builds
// wherever there is a C compiler. Its Go functions take neither planes nor an effort, and know no animations; so
// they are not called. The C functions are, by declarations of our own in libwebp.h, whose layouts libwebp checks
// by its version of the interface.
package webp
