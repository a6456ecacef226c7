package server

// Header values that are the same in many answers. Like all values of this package they are put into an [http.Header] under
// their canonical names, without a slice of their own: Header.Set would spell the name again and allocate for each. Nothing
// writes into the slices, and Header.Add copies them, as they have no capacity left.
var (
	varyAccept = []string{"Accept"}
	noSniff    = []string{"nosniff"}
	sandbox    = []string{"default-src 'none'; sandbox"}

	memoryHit  = []string{"imgorigin; hit; detail=memory"}
	storeHit   = []string{"imgorigin; hit; detail=store"}
	joinedFill = []string{"imgorigin; fwd=miss; collapsed; detail=fill"}
	storedFill = []string{"imgorigin; fwd=miss; stored; detail=fill"}
	plainFill  = []string{"imgorigin; fwd=miss; detail=fill"}
)

// own returns a header's value in memory of the exchange itself, which each i can be used for once.
func (x *exchange) own(i int, value string) []string {
	x.values[i] = value
	return x.values[i : i+1 : i+1]
}
