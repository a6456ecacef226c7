package jpeg

import "github.com/imgorigin/imgorigin/resize/jpeg/quant"

// A tuning is what an encoder is free to choose. Tests compare tunings.
type tuning struct {
	tables func(quality int) quant.Tables
}

// tuned is what takes the fewest bytes for the same looks.
var tuned = tuning{tables: quant.Of}

// setQuality makes the quantisers of a quality.
func (e *encoder) setQuality(quality int, t tuning) {
	e.steps = t.tables(quality)
	for i := range e.components {
		e.components[i].quantiser = newQuantiser(&e.steps[i])
	}
}
