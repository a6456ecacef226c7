//go:build go1.27

package jpeg

// Before Go 1.27, image/jpeg takes no such sampling factors at all.
func init() {
	onlyWeTake = append(onlyWeTake, difference{
		"total sampling factors too large", "they are limited in an interleaved scan; in one of a single component they aren't",
	})
}
