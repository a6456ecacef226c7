package resize

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/jpeg"
)

// decodeJPEG decodes at full size.
func decodeJPEG(src []byte, h Header, ratio float64) (*raster, error) {
	r, err := decodeImage(jpeg.Decode, src)
	if err != nil {
		return nil, err
	}
	r.icc = jpegProfile(src)
	return r, nil
}

// jpegProfile joins the parts of an ICC profile (ICC.1, annex B.4); nil if there is none, or not all of one.
func jpegProfile(src []byte) []byte {
	var parts [256][]byte
	total := 0
	for at := 2; ; {
		marker, segment, next, err := jpegSegment(src, at)
		if err != nil || marker == 0xda {
			break
		}
		at = next
		const id = "ICC_PROFILE\x00"
		if marker == 0xe2 && hasPrefix(segment, id) && len(segment) > len(id)+2 {
			parts[segment[len(id)]], total = segment[len(id)+2:], int(segment[len(id)+1])
		}
	}
	var profile []byte
	for i := 1; i <= total; i++ {
		if parts[i] == nil {
			return nil
		}
		profile = append(profile, parts[i]...)
	}
	return profile
}

// encodeJPEG writes planes of luma, or luma and chroma of half its size; chroma of any other size is brought
// to that.
func encodeJPEG(r *raster, quality int, icc []byte) ([]byte, error) {
	var m image.Image
	if y := r.planes[0]; r.space == grey {
		m = &image.Gray{Pix: y.pix, Stride: y.stride, Rect: image.Rect(0, 0, r.w, r.h)}
	} else {
		cb, cr := r.planes[1], r.planes[2]
		m = &image.YCbCr{
			Y: y.pix, Cb: cb.pix, Cr: cr.pix, YStride: y.stride, CStride: cb.stride,
			SubsampleRatio: image.YCbCrSubsampleRatio420, Rect: image.Rect(0, 0, r.w, r.h),
		}
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, m, &jpeg.Options{Quality: quality}); err != nil {
		return nil, err
	}
	return withProfile(b.Bytes(), icc), nil
}

// withProfile puts an ICC profile behind the first marker of a JPEG.
func withProfile(jpeg, icc []byte) []byte {
	if len(icc) == 0 {
		return jpeg
	}
	const most = 65_000
	out := append([]byte(nil), jpeg[:2]...)
	parts := (len(icc) + most - 1) / most
	for i := range parts {
		part := icc[i*most : min((i+1)*most, len(icc))]
		out = append(out, 0xff, 0xe2)
		out = binary.BigEndian.AppendUint16(out, uint16(2+12+2+len(part)))
		out = append(out, "ICC_PROFILE\x00"...)
		out = append(out, byte(i+1), byte(parts))
		out = append(out, part...)
	}
	return append(out, jpeg[2:]...)
}
