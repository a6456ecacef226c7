// Package decode reads still images, and the first frames of animations, as planes.
//
// They are returned as they are stored: neither rotated nor converted, in as many planes as the file has, with its ICC profile. Only
// [JPEG] may return a part, or a reduced image, where nothing is lost that its caller needs.
//
// Errors match ErrUnsupported or ErrCorrupt of resize/probe, or are those of the packages of the formats.
package decode
