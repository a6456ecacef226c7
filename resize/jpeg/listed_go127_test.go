//go:build go1.27

package jpeg

// Before Go 1.27 the standard library took no such factors at all.
func init() {
	weTake = append(weTake, struct{ saying, because string }{"total sampling factors too large", "a scan of one component is not interleaved"})
}
