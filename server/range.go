package server

import (
	"net/http"
	"strings"
)

// simplifyRange has [http.ServeContent] answer a header Range as RFC 9110 wants.
//
//   - Several ranges are answered with the whole image. Each would be read from the store by a request of its own, and one
//     header has room for thousands.
//   - So are ranges of another unit than bytes. ServeContent takes them for invalid ones.
//   - The last 0 bytes are no range that can be sent. ServeContent answers 206, with an invalid Content-Range.
func simplifyRange(h http.Header) {
	unit, ranges, _ := strings.Cut(h.Get("Range"), "=")
	suffix, isSuffix := strings.CutPrefix(strings.TrimSpace(ranges), "-")
	switch {
	case unit == "":
	case strings.Contains(ranges, ","), !strings.EqualFold(unit, "bytes"):
		h.Del("Range")
	case isSuffix && suffix != "" && strings.Trim(suffix, "0") == "":
		h.Set("Range", beyondAll)
	case unit != "bytes":
		h.Set("Range", "bytes="+ranges)
	}
}

// beyondAll is a range that begins after the end of any body.
const beyondAll = "bytes=9223372036854775807-"
