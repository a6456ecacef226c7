package jpeg

import "github.com/imgorigin/imgorigin/resize/jpeg/quant"

// A tuning is what an encoder is free to choose. Tests compare tunings.
type tuning struct {
	tables func(quality int) quant.Tables

	// deadZone is the least magnitude of an AC coefficient that is not taken for 0, in 1/256 of a step. A value of 1 takes
	// about five bits, which an error that is hardly larger without it is not worth.
	deadZone int32
}

// nearest is half a step: every coefficient is rounded to the nearest multiple.
const nearest = 128

var (
	// tuned is what takes the fewest bytes for the same looks.
	tuned = tuning{tables: quant.Of, deadZone: 159}

	// finest is the tuning of quality 100.
	finest = tuning{tables: quant.Of, deadZone: nearest}
)

// tuning returns the tuning for some options.
func (o EncodeOptions) tuning() tuning {
	if o.Quality >= 100 {
		return finest
	}
	return tuned
}

// setQuality makes the quantisers of a quality.
func (e *encoder) setQuality(quality int, t tuning) {
	e.steps = t.tables(quality)
	for i := range e.components {
		e.components[i].quantiser = newQuantiser(&e.steps[i], t.deadZone)
	}
}
