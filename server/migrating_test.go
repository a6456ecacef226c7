package server

import (
	"bytes"
	"flag"
	"fmt"
	"image"
	"image/color"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/resize/resizetest"
	"github.com/imgorigin/imgorigin/server/grammar"
)

var updateMigrating = flag.Bool("update", false, "write the tables of MIGRATING.md")

// A dialectRow is what a parameter of another service is here.
type dialectRow struct{ name, query, without, relation, note string }

func dialectRows(t *testing.T, file string) (rows []dialectRow) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		f := strings.Split(strings.TrimRight(line, "\n"), "\t")
		if strings.HasPrefix(line, "#") {
			continue
		}
		if len(f) != 5 {
			t.Fatalf("%s: got %d columns in %q, want 5", file, len(f), line)
		}
		rows = append(rows, dialectRow{f[0], f[1], f[2], f[3], f[4]})
	}
	return rows
}

// The tables of MIGRATING.md are what a server does with each parameter of imgix and each option of imgproxy.
func TestMigratingTellsWhatTheServerDoes(t *testing.T) {
	ask := dialectServer(t)
	page, err := os.ReadFile("MIGRATING.md")
	if err != nil {
		t.Fatal(err)
	}
	text := string(page)
	for _, service := range []string{"imgix", "imgproxy"} {
		rows := dialectRows(t, "testdata/"+service+".txt")
		for _, row := range rows {
			if got := row.check(ask); got != "" {
				t.Errorf("%s, %s: %s", service, row.name, got)
			}
		}
		ignored := 0
		for _, row := range rows {
			if row.relation == "ignored" {
				ignored++
			}
		}
		if n := len(rows) - ignored; service == "imgix" && n < 60 {
			t.Errorf("%d parameters of imgix are honoured, want at least 60", n)
		}
		text = withTable(t, text, service, dialectTable(service, rows))
	}
	switch {
	case text == string(page):
	case *updateMigrating:
		if err := os.WriteFile("MIGRATING.md", []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	default:
		t.Errorf("MIGRATING.md has other tables: run go test ./server -run Migrating -update")
	}
}

// check returns what is wrong with a row, "" if the server does what it says.
func (row dialectRow) check(ask func(query string) *httptest.ResponseRecorder) string {
	if row.query == "" {
		return ""
	}
	got, without := ask(row.query), ask(row.without)
	ignored := got.Header().Get(IgnoredHeader)
	if got.Code != http.StatusOK || without.Code != http.StatusOK {
		return fmt.Sprintf("%s: got status %d, %s", row.query, got.Code, got.Body)
	}
	hasEffect := !bytes.Equal(got.Body.Bytes(), without.Body.Bytes())
	switch row.relation {
	case "ignored":
		if ignored != row.name {
			return fmt.Sprintf("%s: got %q in %s", row.query, ignored, IgnoredHeader)
		}
	case "always":
		if ignored != "" {
			return fmt.Sprintf("%s: %s is ignored", row.query, ignored)
		}
	case "same", "alias", "differs":
		if ignored != "" || !hasEffect {
			return fmt.Sprintf("%s: got %q in %s, want an effect", row.query, ignored, IgnoredHeader)
		}
	default:
		return "unknown relation " + row.relation
	}
	return ""
}

// dialectServer returns a function that asks a server for an image with a white edge, whose colours and edges every effect
// changes.
func dialectServer(t *testing.T) func(query string) *httptest.ResponseRecorder {
	t.Helper()
	m := image.NewNRGBA(image.Rect(0, 0, 120, 90))
	for y := range 90 {
		for x := range 120 {
			c := color.NRGBA{uint8(60 + x), uint8(200 - 2*y), uint8(40 + (x+y)%7*20), 255}
			if !image.Pt(x, y).In(image.Rect(10, 10, 110, 80)) {
				c = color.NRGBA{255, 255, 255, 255}
			}
			m.SetNRGBA(x, y, c)
		}
	}
	originals := newOriginals()
	originals.put("cat.png", resizetest.PNG(m))
	logo := image.NewNRGBA(image.Rect(0, 0, 30, 20))
	for i := range logo.Pix {
		logo.Pix[i] = 255 - uint8(i%4/3)*20
	}
	originals.put("marks/logo.png", resizetest.PNG(logo))
	s, err := New(Config{
		Originals: originals, Engine: resize.NewEngine(resize.EngineConfig{}),
		URLs: URLs{Exact: true, Marks: "marks/", Presets: []grammar.Preset{{Name: "avatar", Query: "w=32"}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	handler := s.Handler()
	return func(query string) *httptest.ResponseRecorder {
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, httptest.NewRequest("GET", "/img/cat.png?"+query, nil))
		return w
	}
}

// dialectTable prints rows: those that have an effect in a table, the others in a list.
func dialectTable(service string, rows []dialectRow) string {
	var b strings.Builder
	var ignored []string
	fmt.Fprintf(&b, "| %s | here, for example | | |\n|---|---|---|---|\n", service)
	for _, row := range rows {
		query := ""
		if row.query != "" {
			query = "`" + row.query + "`"
		}
		if row.relation == "ignored" {
			ignored = append(ignored, "`"+row.name+"`")
			continue
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", strings.NewReplacer(", ", "`, `", "; ", "`; `").Replace(row.name), query, row.relation, row.note)
	}
	if len(ignored) > 0 {
		fmt.Fprintf(&b, "\nThe other %d of %d are ignored with a notice: %s.\n", len(ignored), len(rows), strings.Join(ignored, ", "))
	}
	return b.String()
}

// withTable returns the page with another table between the marks of a service.
func withTable(t *testing.T, page, service, table string) string {
	t.Helper()
	begin, end := "<!-- "+service+": written by a test -->\n", "<!-- end of "+service+" -->"
	before, rest, hasBegin := strings.Cut(page, begin)
	_, after, hasEnd := strings.Cut(rest, end)
	if !hasBegin || !hasEnd {
		t.Fatalf("MIGRATING.md has no marks %q and %q", begin, end)
	}
	return before + begin + "\n" + table + "\n" + end + after
}

// A file name goes to browsers in a header that can't be broken out of.
func TestDownloads(t *testing.T) {
	ask := dialectServer(t)
	tests := []struct{ name, want string }{
		{"cat.png", "attachment; filename=cat.png"},
		{"my+cat.png", `attachment; filename="my cat.png"`},
		{"a%22;b.png", `attachment; filename="a\";b.png"`},
		{"%C3%BC.png", "attachment; filename*=utf-8''%C3%BC.png"},
	}
	for _, test := range tests {
		if w := ask("w=20&dl=" + test.name); w.Code != 200 || w.Header().Get("Content-Disposition") != test.want {
			t.Errorf("%s: got %d, %q, want %q", test.name, w.Code, w.Header().Get("Content-Disposition"), test.want)
		}
	}
	for _, name := range []string{"a/b.png", "a%5Cb.png", "..", "a%0D%0Ab", "%FF", "%E2%80%AEgpj.exe", strings.Repeat("a", 201)} {
		if w := ask("dl=" + name); w.Code != 400 {
			t.Errorf("%s: got %d, want 400", name, w.Code)
		}
	}
	if got := ask("w=20").Header().Get("Content-Disposition"); got != "" {
		t.Errorf("without dl: got %q", got)
	}
}
