package server

import (
	"fmt"
	"html"
	"net/http"
	"strconv"
	"strings"
)

// errorPage is what people see when they open the URL of an image in a browser: the status, its text, and the message. It looks as
// the playground does.
const errorPage = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>%[1]d %[2]s</title>
<style>
:root { color-scheme: light dark; font: 15px/1.5 Inter, ui-sans-serif, system-ui, sans-serif }
body { display: grid; place-content: center; min-height: 100vh; margin: 0; background: light-dark(#f4f3f0, #101115); color: light-dark(#1b1b1f, #ececf1) }
main { max-width: 34rem; margin: 1.25rem; padding: 1.1rem 1.5rem 1.3rem; border: 1px solid light-dark(#17171a1f, #ffffff1c); border-radius: 12px;
  background: light-dark(#fff, #191b21); box-shadow: 0 6px 24px light-dark(#2b26480d, #00000052) }
p { margin: 0; color: light-dark(#5d5d68, #a2a4b0); font-size: .9rem }
h1 { margin: .1rem 0 0; font-size: 1.2rem; font-weight: 600; overflow-wrap: anywhere }
</style>
<main><p>%[1]d %[2]s</p><h1>%[3]s</h1></main>
`

// errorPagePolicy lets an error page have its style, and nothing else.
const errorPagePolicy = "default-src 'none'; style-src 'unsafe-inline'; sandbox"

// isNavigation reports whether an Accept header is that of a browser which opens a page. For images it begins otherwise.
func isNavigation(accept string) bool { return strings.HasPrefix(accept, "text/html") }

// showError turns an error's answer in text into a page.
func showError(status int, header http.Header, text []byte) []byte {
	message := html.EscapeString(strings.TrimSuffix(string(text), "\n"))
	page := fmt.Appendf(nil, errorPage, status, http.StatusText(status), message)
	header.Set("Content-Type", "text/html; charset=utf-8")
	header.Set("Content-Length", strconv.Itoa(len(page)))
	header.Set("Content-Security-Policy", errorPagePolicy)
	return page
}
