package playground

import (
	"fmt"
	"image"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/imgorigin/imgorigin/resize/quality"
)

const leastSide = 8 // of an image that SSIMULACRA 2 is defined for

// serveScore answers with how near an image is to another of the same size, by SSIMULACRA 2. The body has the pixels of both as a
// browser has decoded them: RGBA, 8 bits, the better one first. So it is what users see that is compared, whatever the format,
// and nothing is decoded here. One pair is compared at a time; the work grows with the pixels, which Config.ScorePixels bounds.
func (p *Playground) serveScore(w http.ResponseWriter, r *http.Request) {
	width, errW := strconv.Atoi(r.URL.Query().Get("w"))
	height, errH := strconv.Atoi(r.URL.Query().Get("h"))
	most := p.config.ScorePixels
	if errW != nil || errH != nil || min(width, height) < leastSide || width > most || height > most || width*height > most {
		replyError(w, http.StatusBadRequest, fmt.Sprintf("want w and h of at least %d, and at most %d pixels", leastSide, most))
		return
	}
	select {
	case p.scoring <- struct{}{}:
		defer func() { <-p.scoring }()
	case <-r.Context().Done():
		return
	}
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(time.Minute)) // else the server's own holds
	length := 4 * width * height
	body := make([]byte, 2*length)
	if _, err := io.ReadFull(r.Body, body); err != nil {
		replyError(w, http.StatusBadRequest, "want the RGBA of two images")
		return
	}
	picture := func(pix []byte) quality.Picture {
		return quality.Colour(&image.NRGBA{Pix: pix, Stride: 4 * width, Rect: image.Rect(0, 0, width, height)})
	}
	score := quality.SSIMULACRA2(picture(body[:length]), picture(body[length:]))
	replyJSON(w, http.StatusOK, map[string]float64{"score": score})
}
