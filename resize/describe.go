package resize

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"image"
	"image/color"

	blurhash "github.com/bbrks/go-blurhash" // the reference in Go that blurha.sh names
	"github.com/disintegration/imaging"
	"go.n16f.net/thumbhash" // of the ports to Go the one that is kept up
)

// An Info is what there is to say about a picture.
type Info struct {
	Format    Format `json:"format"`
	MediaType string `json:"mediaType"`
	Bytes     int    `json:"bytes"`

	Width       int  `json:"width"` // as stored, pixels
	Height      int  `json:"height"`
	Displayed   Size `json:"displayed"`   // orientation applied
	Orientation int  `json:"orientation"` // of EXIF: 1…8; 1 is upright
	Frames      int  `json:"frames"`      // 1 unless it moves
	Alpha       bool `json:"alpha"`       // some of it, of the first frame, can be seen through

	DominantColor string `json:"dominantColor"` // #rrggbb
	ThumbHash     string `json:"thumbHash"`     // base64
	BlurHash      string `json:"blurHash"`
}

// A Size is in pixels.
type Size struct {
	Width  int `json:"width"`
	Height int `json:"height"`
}

// lookedAt is the longer side of the small picture that text about a picture is made from: the most that ThumbHash
// is defined for, and enough for colours.
const lookedAt = 100

// looked returns the transform to that small picture, of one to text.
func (t Transform) looked() Transform {
	if !t.Format.isText() {
		return t
	}
	most := max(t.Width, t.Height)
	if most == 0 {
		t.Width, t.Height = lookedAt, lookedAt
		return t
	}
	t.Width, t.Height = max(1, t.Width*lookedAt/most), max(1, t.Height*lookedAt/most)
	return t
}

// text writes about a picture of which m is a small copy.
func (p *pyramid) text(m *image.NRGBA, f Format) ([]byte, error) {
	switch f {
	case BlurHash:
		hash, err := blurHash(m)
		return []byte(hash), err
	case ThumbHash:
		return []byte(thumbHash(m)), nil
	}
	hash, err := blurHash(m)
	if err != nil {
		return nil, err
	}
	w, h := p.header.Displayed()
	return json.Marshal(Info{
		Format: p.header.Format, MediaType: p.header.Format.MediaType(), Bytes: p.bytes,
		Width: p.header.Width, Height: p.header.Height, Displayed: Size{w, h},
		Orientation: p.header.Orientation, Frames: p.header.Frames, Alpha: p.levels[0].alpha,
		DominantColor: dominantColor(m), ThumbHash: thumbHash(m), BlurHash: hash,
	})
}

// blurHash has four components along the longer side and three along the other, as its authors advise. What can be
// seen through is on white: the hash knows no alpha.
func blurHash(m *image.NRGBA) (string, error) {
	const side = 32 // its time grows with the pixels, and it has room for the lowest frequencies only
	small := imaging.Fit(m, side, side, imaging.Box)
	opaque := imaging.New(small.Rect.Dx(), small.Rect.Dy(), color.White)
	x, y := 4, 3
	if small.Rect.Dy() > small.Rect.Dx() {
		x, y = y, x
	}
	return blurhash.Encode(x, y, imaging.Overlay(opaque, small, image.Point{}, 1))
}

func thumbHash(m *image.NRGBA) string {
	// The library multiplies by alpha what an RGBA has multiplied already: what is not comes out right.
	plain := &image.RGBA{Pix: m.Pix, Stride: m.Stride, Rect: m.Rect}
	return base64.StdEncoding.EncodeToString(thumbhash.EncodeImage(plain))
}

// dominantColor returns the mean of the most common colours that are near each other, as #rrggbb; white where
// nothing is to be seen.
func dominantColor(m *image.NRGBA) string {
	const cells = 16 // for each channel
	var sums [cells][cells][cells][4]int
	for i := 0; i < len(m.Pix); i += 4 {
		r, g, b, a := int(m.Pix[i]), int(m.Pix[i+1]), int(m.Pix[i+2]), int(m.Pix[i+3])
		cell := &sums[r*cells/256][g*cells/256][b*cells/256]
		cell[0], cell[1], cell[2], cell[3] = cell[0]+r*a, cell[1]+g*a, cell[2]+b*a, cell[3]+a
	}
	// Two cells along each channel: a colour that lies on a border is not torn apart.
	best := [4]int{255, 255, 255, 1}
	weight := 0
	for r := range cells - 1 {
		for g := range cells - 1 {
			for b := range cells - 1 {
				var sum [4]int
				for i := range 8 {
					for c, n := range sums[r+i&1][g+i>>1&1][b+i>>2&1] {
						sum[c] += n
					}
				}
				if sum[3] > weight {
					best, weight = sum, sum[3]
				}
			}
		}
	}
	mean := func(c int) int { return (best[c] + best[3]/2) / best[3] }
	return fmt.Sprintf("#%02x%02x%02x", mean(0), mean(1), mean(2))
}
