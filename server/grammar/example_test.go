package grammar_test

import (
	"fmt"
	"time"

	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/server/grammar"
)

func Example() {
	ladder, err := grammar.DefaultLadder().Normal()
	if err != nil {
		panic(err)
	}
	g := grammar.Grammar{
		Ladder:   ladder,
		Encodes:  func(f resize.Format) bool { return f == resize.WebP || f == resize.JPEG },
		SignKeys: []string{"secret"},
	}
	now := time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)

	unsigned, err := g.Parse("2026/cat.jpg", "w=400&h=300&fit=crop", "image/webp,*/*", now)
	fmt.Println(unsigned.Key, unsigned.Transform, err)

	query := "w=400&h=300&fit=crop&fm=jpg"
	signed, err := g.Parse("2026/cat.jpg", query+"&s="+grammar.Sign("secret", "/img/2026/cat.jpg", query), "", now)
	fmt.Println(signed.Key, signed.Transform, err)

	_, err = g.Parse("2026/cat.jpg", "w=large", "", now)
	fmt.Println(err)
	// Output:
	// 2026/cat.jpg w=480,h=360,fit=cover.webp <nil>
	// 2026/cat.jpg w=400,h=300,fit=cover.jpeg <nil>
	// w: got "large", takes a whole number 1…8192
}
