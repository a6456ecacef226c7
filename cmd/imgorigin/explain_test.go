package main

import (
	"bytes"
	"errors"
	"testing"

	"github.com/imgorigin/imgorigin/cmd/imgorigin/usage"
)

func TestExplain(t *testing.T) {
	for _, test := range []struct {
		args []string
		want string
	}{
		{[]string{"/img/cat.jpg?w=400&utm=1", "--accept", "*/*"}, `original  cat.jpg
variant   w=480.auto
size      on the ladder, or of a preset: the URL is not signed
format    negotiated by the Accept header
ignored   utm
`},
		{[]string{"https://img.example.com/unsafe/300x300/filters:format(jpeg)/a%20b.jpg", "--dialect", "thumbor", "--exact"}, `service   thumbor
here      /img/a%20b.jpg?fm=jpeg&w=300&h=300&fit=cover
original  a b.jpg
variant   w=300,h=300,fit=cover.jpeg
size      as asked for: --exact
format    as the URL names it
`},
		{[]string{"/m3k5QADfcKPDj-SDI2AIogZbC3FlAXszuwhtWXYqavc/rs:fit:300:300/plain/http://img.example.com/pretty/image.jpg", "--accept", "",
			"--dialect", "imgproxy", "--dialect-sources", "http://img.example.com/=", "--dialect-keys",
			"imgproxy=943b421c9eb07c830af81030552c86009268de4e532ba2ee2eab8247c6da0881:520f986b998545b4785e0defbc4f3c1203f22de2374a3d53cb7a7fe9fea309c5"},
			`service   imgproxy
original  pretty/image.jpg
variant   w=300,h=300.auto
size      as asked for: the URL is signed
format    negotiated by the Accept header
`},
		{[]string{"/info/a%20b.jpg?preset=x&utm=1", "--preset", "x=w=64"}, `original  a b.jpg
answer    a description of it, with a srcset
ignored   utm
`},
		{[]string{"/srcset/my~20cat.jpg?w=320,640&alt=A+cat", "--escape-paths"}, `original  my cat.jpg
answer    a description of it, with a srcset
`},
	} {
		if got := runOutput(t, append([]string{"explain"}, test.args...)...); got != test.want {
			t.Errorf("%q: got\n%swant\n%s", test.args, got, test.want)
		}
	}
	for _, test := range [][]string{
		{"refused   400 thumbor URL: \"equalize()\" has no counterpart here\n", "/unsafe/filters:equalize()/a.jpg", "--dialect", "thumbor"},
		{"refused   404 no such image\n          → want a path that begins with /img/, /v/, /info/ or /srcset/, or --dialect with the service of the URL\n", "/unsafe/a.jpg"},
		{"refused   400 w: got \"x\", takes up to 32 whole numbers 1…8192, ascending, with commas\n", "/srcset/a.jpg?w=x"},
		{"refused   403 the signature in s does not match this URL\n", "/info/a.jpg?s=x", "--sign-keys", "k"},
	} {
		var out bytes.Buffer
		err := run(t.Context(), append([]string{"explain"}, test[1:]...), func(string) string { return "" }, &out)
		if !errors.Is(err, usage.ExitCode(1)) || !bytes.HasSuffix(out.Bytes(), []byte(test[0])) {
			t.Errorf("%q: got %v, %s", test[1:], err, &out)
		}
	}
}
