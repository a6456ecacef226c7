package jpeg

import "github.com/imgorigin/imgorigin/resize/jpeg/quant"

// A tuning is what an encoder is free to choose. Tests compare tunings.
type tuning struct {
	tables func(quality int) quant.Tables

	// deadZone is the least magnitude of an AC coefficient that is not taken for 0, in 1/256 of a step. A value of 1 takes
	// about five bits, which an error that is hardly larger without it is not worth.
	deadZone int32

	// isChosen is whether coefficients outside the dead zone are kept only where they are worth their bits, see choose.
	isChosen bool

	// hasArches is whether luma beside white and black goes beyond them, see addArches.
	hasArches bool
}

// nearest is half a step: every coefficient is rounded to the nearest multiple.
const nearest = 128

var (
	// fast takes the fewest bytes that can be had in the time of an encoder that just rounds.
	fast = tuning{tables: quant.Of, deadZone: 159, hasArches: true}

	// thorough takes the fewest bytes. What its dead zone is narrower by would not be worth its bits.
	thorough = tuning{tables: quant.Of, deadZone: 138, isChosen: true, hasArches: true}

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
func (e *encoder) setQuality(quality int, t tuning) {
	e.steps = t.tables(quality)
	for i := range e.components {
		e.components[i].quantiser = newQuantiser(&e.steps[i], t.deadZone)
		e.components[i].isChosen = t.isChosen
		e.components[i].hasArches = t.hasArches && i == 0
	}
}

// prices returns the prices of a band of a component, nil if all of its values are kept.
func (c *encoderComponent) prices(b band) *prices {
	switch {
	case !c.isChosen:
		return nil
	case c.huffman == 1:
		return chromaPrices
	case b.ss > 1:
		return highPrices
	}
	return lumaPrices
}
