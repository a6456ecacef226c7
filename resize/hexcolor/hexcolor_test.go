package hexcolor_test

import (
	"testing"

	"github.com/imgorigin/imgorigin/resize/hexcolor"
)

func TestParse(t *testing.T) {
	for text, want := range map[string]string{
		"f00": "ff0000", "FF0000": "ff0000", "ff0000ff": "ff0000", "ff000080": "ff000080", "transparent": "ffffff00",
		"Red": "ff0000", "tan": "d2b48c", "lightgoldenrodyellow": "fafad2", "rebeccapurple": "663399", "grey": "808080",
		"": "", "reddish": "", "ff00": "", "#f00": "", "gggggg": "",
	} {
		if got, ok := hexcolor.Parse(text); ok != (want != "") || ok && got != want {
			t.Errorf("%q: got %q, %t, want %q", text, got, ok, want)
		}
	}
}
