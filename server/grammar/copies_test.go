package grammar

import (
	"net/url"
	"reflect"
	"strings"
	"testing"
	"time"
	"unsafe"

	"github.com/imgorigin/imgorigin/resize"
)

// No string of a request is a part of its URL, which would be kept in memory with it.
func TestRequestsCopyTheirURL(t *testing.T) {
	g := Grammar{
		Ladder: DefaultLadder(), Encodes: func(resize.Format) bool { return true }, SignKeys: []string{"k"}, Exact: true, Marks: "marks/",
	}
	queries := []string{
		"w=480&other&fm=webp", "bg=ff0000&monochrome=00ff00&duotone=000080,ffd700&border=3,0000ff&mark=marks/a.png&dl=name.jpg&fm=jpeg&other",
		"raw=true&dl=name.jpg&s=" + Sign("k", ImagePath+"cat.jpg", "raw=true&dl=name.jpg"),
	}
	for _, query := range queries {
		line := "GET /img/cat.jpg?" + query + " HTTP/1.1"
		key, rest, _ := strings.Cut(strings.TrimPrefix(line, "GET "+ImagePath), "?")
		raw, _, _ := strings.Cut(rest, " ")
		req, err := g.Parse(key, raw, "", time.Now())
		checkCopies(t, line, req, err)
		req, err = g.ParseTranslated(Translation{Key: key, Query: raw}, "", time.Now())
		if !strings.Contains(query, "raw") {
			checkCopies(t, line, req, err)
		}
	}
	for _, path := range []string{"cat.jpg/w=480.webp", "cat.jpg/bg=ff0000,monochrome=00ff00,duotone=000080-ffd700.jpeg"} {
		line := "GET /v/" + path + "?other HTTP/1.1"
		req, err := g.ParseVariant(line[len("GET /v/"):][:len(path)], line[len("GET /v/?")+len(path):][:len("other")], time.Now())
		checkCopies(t, line, req, err)
	}
	line := "GET /info/cat.jpg?w=320&other HTTP/1.1"
	target, err := url.ParseRequestURI(strings.Fields(line)[1])
	if err != nil {
		t.Fatal(err)
	}
	info, err := g.ParseInfo("/info/", target.Path, target.RawQuery, time.Now())
	checkCopies(t, line, info.Request, err)
}

func checkCopies(t *testing.T, line string, req Request, err error) {
	t.Helper()
	if err != nil {
		t.Fatalf("%s: %v", line, err)
	}
	start := uintptr(unsafe.Pointer(unsafe.StringData(line)))
	strs := 0
	var walk func(name string, v reflect.Value)
	walk = func(name string, v reflect.Value) {
		switch v.Kind() {
		case reflect.Struct:
			for i := range v.NumField() {
				walk(name+"."+v.Type().Field(i).Name, v.Field(i))
			}
		case reflect.String:
			strs++
			if at := uintptr(unsafe.Pointer(unsafe.StringData(v.String()))); v.Len() > 0 && at >= start && at < start+uintptr(len(line)) {
				t.Errorf("%s: %s %q is a part of it", line, name, v)
			}
		}
	}
	walk("Request", reflect.ValueOf(req))
	if strs < 10 || req.Key != "cat.jpg" {
		t.Errorf("%s: got %d strings of %+v", line, strs, req)
	}
}
