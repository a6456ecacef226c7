package server

import (
	"slices"
	"strings"
	"testing"

	"github.com/imgorigin/imgorigin/server/grammar"
)

// An image is as wide as the browser shows it, caches are told what that depends on, and other URLs stay as they are.
func TestClientHints(t *testing.T) {
	originals := newOriginals()
	originals.put("cat.jpg", photo(2000, 1000, 1))
	o := start(t, Config{Originals: originals, Memory: 1 << 22, URLs: URLs{ClientHints: true}})
	for _, test := range []struct {
		path, header, value string
		width               int
		vary                string // the first header
	}{
		{"/img/cat.jpg?w=auto", "Sec-CH-Width", "300", 320, "Sec-CH-DPR"},
		{"/img/cat.jpg?w=auto", "Sec-CH-Width", "600", 640, "Sec-CH-DPR"},
		{"/img/cat.jpg?w=auto", "Sec-CH-Width", "300", 320, "Sec-CH-DPR"},
		{"/img/cat.jpg?w=auto&fm=jpeg", "Save-Data", "on", 1080, "Sec-CH-DPR"},
		{"/img/cat.jpg?w=160&dpr=auto", "Sec-CH-DPR", "2", 320, "Sec-CH-DPR"},
		{"/img/cat.jpg?w=160", "Sec-CH-DPR", "2", 160, ""},
		{"/img/cat.jpg?w=160&auto=format", "Sec-CH-DPR", "2", 160, ""},
	} {
		got := o.get(test.path, test.header, test.value)
		got.want(t, 200, test.width, test.width/2)
		vary := strings.Join(got.Header.Values("Vary"), ", ")
		isNegotiated := !strings.Contains(test.path, "fm=")
		if strings.Contains(vary, "Sec-CH") != (test.vary != "") || slices.Contains(got.Header.Values("Vary"), "Accept") != isNegotiated {
			t.Errorf("%s: got Vary %s", test.path, vary)
		}
		if asks := got.Header.Get("Accept-CH") == grammar.AcceptHints; asks != (test.vary != "") {
			t.Errorf("%s: got Accept-CH %q", test.path, got.Header.Get("Accept-CH"))
		}
	}
	o = start(t, Config{Originals: originals})
	if got := o.get("/img/cat.jpg?w=auto", "Sec-CH-Width", "300"); got.StatusCode != 400 || got.Header.Get("Accept-CH") != "" {
		t.Errorf("without the setting: got %d, %v", got.StatusCode, got.Header)
	}
}
