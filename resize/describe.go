package resize

import (
	"encoding/json"
	"image"

	"github.com/imgorigin/imgorigin/resize/placeholder"
)

// An Info is a description of an image, which is the variant in the format [Description].
type Info struct {
	Format    Format `json:"format"`
	MediaType string `json:"mediaType"`
	Bytes     int    `json:"bytes"`

	Width       int  `json:"width"` // as stored, pixels
	Height      int  `json:"height"`
	Displayed   Size `json:"displayed"`      // with the orientation applied
	Orientation int  `json:"orientation"`    // of EXIF: 1…8; 1 is upright
	Frames      int  `json:"frames"`         // 1 unless it is an animation
	Drawn       Size `json:"drawn,omitzero"` // of SVG: the size of its largest variants
	Still       bool `json:"still"`          // whether variants show only the first frame of an animation
	Alpha       bool `json:"alpha"`          // whether a part of it, or of its first frame, is transparent

	DominantColor string `json:"dominantColor"` // #rrggbb
	ThumbHash     string `json:"thumbHash"`     // base64
	BlurHash      string `json:"blurHash"`
}

// A Size is in pixels.
type Size struct {
	Width  int `json:"width"`
	Height int `json:"height"`
}

// reduced returns the transform that makes the small image which text about an image is made from. It returns other
// transforms as they are.
func (t Transform) reduced() Transform {
	if !t.Format.isText() {
		return t
	}
	longest := max(t.Width, t.Height)
	if longest == 0 {
		t.Width, t.Height = placeholder.Side, placeholder.Side
		return t
	}
	t.Width = max(1, t.Width*placeholder.Side/longest)
	t.Height = max(1, t.Height*placeholder.Side/longest)
	return t
}

// Plan returns the plan of t for the image, as [PlanFor] does.
func (i Info) Plan(t Transform) (Plan, error) {
	if i.Format != SVG {
		return PlanFor(t, i.Displayed.Width, i.Displayed.Height, nil)
	}
	h := Header{Format: SVG, Width: i.Drawn.Width, Height: i.Drawn.Height, natural: i.Displayed}
	return PlanFor(h.inDrawing(t.Normal()), h.Width, h.Height, nil)
}

// text returns the text of a format about an image of which m is a small copy.
func (e *Portable) text(p *pyramid, m *image.NRGBA, f Format) ([]byte, error) {
	switch f {
	case BlurHash:
		hash, err := placeholder.BlurHash(m)
		return []byte(hash), err
	case ThumbHash:
		return []byte(placeholder.ThumbHash(m)), nil
	}
	hash, err := placeholder.BlurHash(m)
	if err != nil {
		return nil, err
	}
	w, h := p.header.Displayed()
	stored, displayed, drawn := Size{p.header.Width, p.header.Height}, Size{w, h}, Size{}
	if p.header.Format == SVG {
		stored, displayed, drawn = p.header.natural, p.header.natural, stored
	}
	return json.Marshal(Info{
		Format: p.header.Format, MediaType: p.header.Format.MediaType(), Bytes: p.bytes,
		Width: stored.Width, Height: stored.Height, Displayed: displayed, Drawn: drawn,
		Orientation: p.header.Orientation, Frames: p.header.Frames,
		Still: p.header.LosesFrames(e.config.Limits), Alpha: p.Stored().Alpha,
		DominantColor: placeholder.DominantColor(m), ThumbHash: placeholder.ThumbHash(m), BlurHash: hash,
	})
}
