package dialect

import (
	"strings"

	"github.com/imgorigin/imgorigin/server/grammar"
)

// next translates the URLs of the image component of Next.js,
// https://nextjs.org/docs/app/api-reference/components/image:
//
//	/_next/image?url=%2Fphotos%2Fcat.jpg&w=640&q=75
//
// They have no signatures.
func next(l location, _ Keys) (grammar.Translation, error) {
	p := newParameters("next", l)
	source := ""
	for name, value := range pairs(l.query) {
		switch name {
		case "url":
			source = value
		case "w":
			p.side("w", value, "w="+value)
		case "q":
			p.set("q", value)
		case "dpl": // of which deployment the page is
		default:
			p.ignore(name)
		}
	}
	switch {
	case source == "":
		p.fail(l.query, "has no url")
	case p.values["w"] == "":
		p.fail(l.query, "has no w")
	}
	path, _, _ := strings.Cut(source, "?")
	if !schemes.MatchString(source) {
		source = p.unescape(path)
	}
	return p.image(source, false)
}
