// Package colour converts colours of images to sRGB.
//
// An image file can describe its colours in four ways, and without any of them they are sRGB:
//
//	ICC profile of a matrix or grey    ParseProfile ─► Profile    curves, then a matrix: screens and cameras
//	ICC profile of four inks           ParseInks ────► Inks       a table to L*a*b*: printing
//	code points of ITU-T H.273         CodePoints ───► Profile    P3, BT.2020; PQ and HLG of high dynamic range
//	gamma and primaries of PNG         FromGamma ────► Profile    where there is none of the above
//
// Colours of other ICC profiles can't be converted. [Space] returns what kind of colours a profile is for, so that it
// can at least be embedded in an image of the same kind. Profiles come from the files of clients: bytes that break
// the format are not a profile, and nothing is read beyond their end.
package colour
