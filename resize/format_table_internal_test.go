package resize

import "testing"

// TestQualityOfFormats checks that a format has a scale of qualities, a field of Quality and a quality in normal forms, or
// none of the three. It checks that no format is without the memory that it takes.
func TestQualityOfFormats(t *testing.T) {
	for _, row := range formatTable {
		hasScale, hasField := row.scale != nil, new(Quality).Of(row.format) != nil
		if hasScale != hasField {
			t.Errorf("%s: has a scale of qualities: %v, has a field: %v", row.format, hasScale, hasField)
		}
		keeps := Transform{Format: row.format, Quality: 50}.Normal().Quality != 0
		isRequested := len(row.words) > 0 && row.format != Auto // Auto keeps it for the format that it becomes
		if isRequested && keeps != hasField {
			t.Errorf("%s: keeps its quality: %v, has a field: %v", row.format, keeps, hasField)
		}
		if isFile := len(row.files) > 0; isFile != (row.probe != nil) {
			t.Errorf("%s: is a file: %v, has a probe: %v", row.format, isFile, row.probe != nil)
		}
		if isFile := len(row.files) > 0; isFile != (row.decoding != nil) {
			t.Errorf("%s: is a file: %v, has the memory of its decoder: %v", row.format, isFile, row.decoding != nil)
		}
		isVariant := row.format != Auto && (len(row.words) > 0 || row.text != "" || row.writes)
		if isVariant != (row.encoding != nil) {
			t.Errorf("%s: is a variant: %v, has the memory of its encoder: %v", row.format, isVariant, row.encoding != nil)
		}
	}
}
