package jpeg

import (
	"slices"

	"github.com/imgorigin/imgorigin/resize/jpeg/quant"
)

// A tuning is what an encoder is free to choose. Tests compare tunings.
type tuning struct {
	tables func(quality int) quant.Tables

	// deadZone is the least magnitude of an AC coefficient that is not taken for 0, in 1/256 of a step. A value of 1 takes
	// about five bits, which an error that is hardly larger without it is not worth.
	deadZone int32

	// isChosen is whether coefficients outside the dead zone are kept only where they are worth their bits, see choose.
	isChosen bool

	// sharesSteps is whether chroma of an icon has the steps of luma, see iconPixels.
	sharesSteps bool

	// hasArches is whether luma goes beyond white beside what is darker, see addArches.
	hasArches bool
}

// iconPixels are the most pixels of an icon, of which a quantisation table of chroma would be a tenth of the file. With the steps of
// luma, most of which are finer, chroma takes more bytes, but fewer than the table, and has a smaller error.
const iconPixels = 1 << 12

// nearest is half a step: every coefficient is rounded to the nearest multiple.
const nearest = 128

var (
	// fast takes the fewest bytes that can be had in the time of an encoder that just rounds.
	fast = tuning{tables: quant.Of, deadZone: 159, sharesSteps: true, hasArches: true}

	// thorough takes the fewest bytes. What its dead zone is narrower by would not be worth its bits.
	thorough = tuning{tables: quant.Of, deadZone: 138, isChosen: true, sharesSteps: true, hasArches: true}

	// finest is the tuning of quality 100.
	finest = tuning{tables: quant.Of, deadZone: nearest}
)

// tuning returns the tuning for some options.
func (o EncodeOptions) tuning() tuning {
	switch {
	case o.Quality >= 100:
		return finest
	case o.Thorough:
		return thorough
	}
	return fast
}

// setQuality makes the quantisers of a quality.
func (e *encoder) setQuality(o EncodeOptions, t tuning) {
	e.steps = t.tables(o.Quality)
	if t.sharesSteps && e.width*e.height <= iconPixels {
		e.steps[1], e.steps[2] = e.steps[0], e.steps[0]
	}
	for i := range e.components {
		h, v := 1, 1
		if i > 0 && o.SharpenChroma && o.Quality < 100 {
			h, v = e.components[0].h, e.components[0].v
		}
		c := &e.components[i]
		c.quantiser = newQuantiser(divisors(&e.steps[i], h, v), t.deadZone)
		c.isChosen = t.isChosen
		// With steps of 1, what is whiter than white would take more bits than a baseline file has room for.
		c.hasArches = t.hasArches && i == 0 && slices.Min(e.steps[0][:]) > 1
	}
}

// divisors returns what the coefficients of a spectrum are divided by, row by row, where luma has h × v samples for one of the
// component. They are eight times the steps, as a spectrum holds eight times the coefficients, or less by what sharpens them.
func divisors(steps *quant.Table, h, v int) (all [64]int32) {
	for place, step := range steps {
		d := 8 * int64(step)
		if step > 1 { // else a coefficient may become more than the ten bits that a baseline file has room for
			d = d << 20 / (sharpening(h, place%8) * sharpening(v, place/8))
		}
		all[place] = int32(d+1) &^ 1
	}
	return all
}

// sharpening returns the factor of a frequency, in 1/1024, where luma has some times the samples of chroma. Decoders interpolate
// chroma of half size linearly, which blurs it. The factors are what the filter −a, 1+2a, −a with a of 0.08 does to a block that
// goes on as in a mirror: 1 + 2a (1 − cos(π frequency/8)).
func sharpening(times, frequency int) int64 {
	if times == 1 {
		return 1 << 10
	}
	return [8]int64{1024, 1036, 1072, 1125, 1188, 1251, 1304, 1339}[frequency]
}

// prices returns the prices of a band of a component, nil if all of its values are kept.
func (c *encoderComponent) prices(b band) *prices {
	switch {
	case !c.isChosen:
		return nil
	case c.huffman == 1:
		return chromaPrices
	case b.ss > 2:
		return highPrices
	}
	return lumaPrices
}
