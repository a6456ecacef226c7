package playground

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/imgorigin/imgorigin/resize/resizetest"
)

// Equal images have the score 100, others less; what is not the pixels of two images is refused, and nothing is read of it.
func TestScore(t *testing.T) {
	p := newPage(t, Config{ScorePixels: 64 * 48})
	photo := resizetest.Photo(64, 48)
	var same []byte
	for y := range 48 {
		for x := range 64 {
			r, g, b, _ := photo.At(x, y).RGBA()
			same = append(same, byte(r>>8), byte(g>>8), byte(b>>8), 255)
		}
	}
	other := append([]byte(nil), same...)
	for i := range other {
		if i%4 != 3 {
			other[i] &= 0xe0
		}
	}
	score := func(a, b []byte) float64 {
		got := ask(p, http.MethodPost, "/playground/score?w=64&h=48", append(append([]byte(nil), a...), b...))
		var answer struct{ Score float64 }
		if err := json.Unmarshal(got.Body.Bytes(), &answer); err != nil || got.Code != http.StatusOK {
			t.Fatalf("got %d %s, %v", got.Code, got.Body, err)
		}
		return answer.Score
	}
	if got := score(same, same); got != 100 {
		t.Errorf("equal images: got %v", got)
	}
	if got := score(same, other); got > 90 {
		t.Errorf("an image with fewer colours: got %v", got)
	}
	for query, body := range map[string][]byte{
		"w=64&h=48": same, "w=65&h=48": same, "w=7&h=48": same, "w=-64&h=-48": same, "w=64": same,
		"w=4294967296&h=4294967296": same, "w=x&h=48": same,
	} {
		if got := ask(p, http.MethodPost, "/playground/score?"+query, body); got.Code != http.StatusBadRequest {
			t.Errorf("%s: got %d", query, got.Code)
		}
	}
	if got := ask(p, http.MethodPost, "/playground/score?w=64&h=48", same, "Sec-Fetch-Site", "cross-site"); got.Code != http.StatusForbidden {
		t.Errorf("a page of another site: got %d", got.Code)
	}
	if got := ask(newPage(t, Config{}), http.MethodPost, "/playground/score?w=64&h=48", same); got.Code == http.StatusOK {
		t.Error("without ScorePixels: got a score")
	}
}

func TestSign(t *testing.T) {
	p := newPage(t, Config{Sign: func(path, rawQuery string) string { return "of:" + path + "?" + rawQuery }})
	for body, want := range map[string]string{
		`{"path":"/img/a%20b.jpg","query":"w=5&rot=7"}`: `"/img/a%20b.jpg?w=5\u0026rot=7\u0026s=of:/img/a%20b.jpg?w=5\u0026rot=7"`,
		`{"path":"/img/a.jpg"}`:                         `"/img/a.jpg?s=of:/img/a.jpg?"`,
	} {
		if got := ask(p, http.MethodPost, "/playground/sign", []byte(body)); got.Code != http.StatusOK || !strings.Contains(got.Body.String(), want) {
			t.Errorf("%s: got %d %s", body, got.Code, got.Body)
		}
	}
	for _, body := range []string{`{"path":"/upload/a.jpg"}`, `{`, `{"path":"/img/` + strings.Repeat("x", maxURL) + `"}`} {
		if got := ask(p, http.MethodPost, "/playground/sign", []byte(body)); got.Code != http.StatusBadRequest {
			t.Errorf("%.40s: got %d", body, got.Code)
		}
	}
	if got := ask(newPage(t, Config{}), http.MethodPost, "/playground/sign", []byte(`{"path":"/img/a.jpg"}`)); got.Code == http.StatusOK {
		t.Error("without Sign: got a signature")
	}
}
