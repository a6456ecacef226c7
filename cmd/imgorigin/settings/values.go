package settings

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/server"
)

// A FormatQuality is the value of --format-quality: a quality for each lossy format, as in jpeg=80,avif=70.
type FormatQuality resize.Quality

// UnmarshalText implements [encoding.TextUnmarshaler].
func (q *FormatQuality) UnmarshalText(text []byte) error {
	for pair := range strings.SplitSeq(string(text), ",") {
		format, value, _ := strings.Cut(pair, "=")
		n, err := strconv.Atoi(value)
		quality := (*resize.Quality)(q).Of(resize.Format(format))
		if quality == nil || err != nil || n < 1 || n > 100 {
			return fmt.Errorf("%q: want jpeg, webp or avif, = and 1…100", pair)
		}
		*quality = n
	}
	return nil
}

// An AutoQuality is the value of --auto-quality as a score by SSIMULACRA 2.
type AutoQuality float64

// UnmarshalText implements [encoding.TextUnmarshaler]. The scores are those that photographs have in the middle at qualities of 40, 50,
// 65 and 80.
func (q *AutoQuality) UnmarshalText(text []byte) error {
	scores := map[string]AutoQuality{"low": 63, "eco": 69, "good": 75, "best": 82}
	score, ok := scores[string(text)]
	if !ok {
		return fmt.Errorf("%q: want low, eco, good or best", text)
	}
	*q = score
	return nil
}

// DraftFormats are the value of --drafts: formats, as in webp,avif, or off.
type DraftFormats []resize.Format

// UnmarshalText implements [encoding.TextUnmarshaler].
func (d *DraftFormats) UnmarshalText(text []byte) error {
	*d = nil
	if string(text) == "off" {
		return nil
	}
	for name := range strings.SplitSeq(string(text), ",") {
		f := resize.Format(name)
		if f == "jpg" {
			f = resize.JPEG
		}
		switch f {
		case resize.JPEG, resize.PNG, resize.WebP, resize.AVIF:
			*d = append(*d, f)
		default:
			return fmt.Errorf("%q: want jpeg, png, webp or avif, or off alone", name)
		}
	}
	return nil
}

// A WrittenFormat is an element of --formats: a format of images that some build writes.
type WrittenFormat resize.Format

// UnmarshalText implements [encoding.TextUnmarshaler]. It takes the words that URLs have for a format.
func (f *WrittenFormat) UnmarshalText(text []byte) error {
	var names []string
	for _, format := range WritableFormats() {
		if slices.Contains(format.Words(), string(text)) {
			*f = WrittenFormat(format)
			return nil
		}
		names = append(names, string(format))
	}
	return fmt.Errorf("%q: want one of %s", text, strings.Join(names, ", "))
}

// WritableFormats returns the formats of images that some build writes, in the order of [resize.Formats].
func WritableFormats() []resize.Format {
	return slices.DeleteFunc(resize.Formats(), func(f resize.Format) bool {
		return f == resize.Auto || !f.IsImage() || len(f.Words()) == 0
	})
}

// A Revalidation is the value of --revalidate: a duration, or never, which is [server.Never].
type Revalidation time.Duration

// UnmarshalText implements [encoding.TextUnmarshaler].
func (r *Revalidation) UnmarshalText(text []byte) error {
	if string(text) == "never" {
		*r = Revalidation(server.Never)
		return nil
	}
	d, err := parseDuration(string(text))
	if err == nil && d < 0 {
		err = errors.New("want a duration of 0 or more, or never")
	}
	*r = Revalidation(d)
	return err
}

// A Network is an element of --trusted-proxies: a prefix such as 10.0.0.0/16, or a single address.
type Network netip.Prefix

// UnmarshalText implements [encoding.TextUnmarshaler].
func (n *Network) UnmarshalText(text []byte) error {
	if address, err := netip.ParseAddr(string(text)); err == nil {
		*n = Network(netip.PrefixFrom(address, address.BitLen()))
		return nil
	}
	prefix, err := netip.ParsePrefix(string(text))
	if err != nil {
		return fmt.Errorf("%q: want an address such as 10.1.2.3, or a network such as 10.0.0.0/16", text)
	}
	*n = Network(prefix)
	return nil
}
