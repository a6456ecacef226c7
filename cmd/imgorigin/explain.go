package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/imgorigin/imgorigin/cmd/imgorigin/build"
	"github.com/imgorigin/imgorigin/cmd/imgorigin/settings"
	"github.com/imgorigin/imgorigin/cmd/imgorigin/usage"
	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/server"
)

type explainCommand struct {
	URL string `arg:"" help:"URL of an image, in the grammar or in that of a service that --dialect names, or its path and query."`

	settings.URLFlags     `embed:""`
	settings.DialectFlags `embed:""`

	Exact  bool   `group:"urls" help:"The service runs with --exact."`
	Accept string `default:"image/avif,image/webp,*/*" help:"Accept header of the request."`
}

func (c *explainCommand) Configure(config *server.Config) {
	settings.Configure(config, c.URLFlags, c.DialectFlags)
	config.URLs.Exact = c.Exact
}

// Run prints what the URL comes to, or the answer that refuses it.
func (c *explainCommand) Run(stdout io.Writer) error {
	target, err := url.Parse(c.URL)
	if err != nil {
		return usage.Error{Err: err}
	}
	var config server.Config
	c.Configure(&config)
	e, err := config.URLs.Explain(build.NewEngine(resize.Limits{}).Encodes, target, c.Accept, time.Now())
	lines := [][2]string{{"service", e.Service}, {"here", e.URL}}
	if err != nil {
		status, _, body := server.ErrorResponse(err, "")
		if status == http.StatusInternalServerError { // no URL is refused by it: the settings are wrong
			return usage.Error{Err: err}
		}
		lines = append(lines, [2]string{"refused", fmt.Sprintf("%d %s", status, strings.TrimSpace(string(body)))})
		if errors.Is(err, fs.ErrNotExist) { // which is said of the path: nothing looks for originals here
			lines = append(lines, [2]string{"", "→ want a path that begins with /img/, /v/, /info/ or /srcset/, or --dialect with the service of the URL"})
		}
	} else {
		lines = append(lines, answerLines(e, c.Exact)...)
	}
	for _, line := range lines {
		if line[1] != "" {
			printLine(stdout, "%-9s %s", line[0], line[1])
		}
	}
	if err != nil {
		return usage.ExitCode(1)
	}
	return nil
}

// answerLines says what a URL that is not refused is answered with.
func answerLines(e server.Explanation, exact bool) [][2]string {
	switch {
	case e.Raw:
		return [][2]string{{"original", e.Key + ", as it is stored"}}
	case e.Transform.Format == resize.Description:
		return [][2]string{{"original", e.Key}, {"answer", "a description of it, with a srcset"}, {"ignored", e.Ignored}}
	}
	return [][2]string{
		{"original", e.Key}, {"variant", e.Transform.String()}, {"size", sizeReason(e, exact)}, {"format", formatReason(e)},
		{"ignored", e.Ignored},
	}
}

// sizeReason says why a variant has the size and quality that it has.
func sizeReason(e server.Explanation, exact bool) string {
	switch {
	case e.AnySize:
		return "on the ladder: the signature leaves it open by the parameter any"
	case e.Signed && !e.Expires.IsZero():
		return "as asked for: the URL is signed, until " + e.Expires.UTC().Format(time.RFC3339)
	case e.Signed:
		return "as asked for: the URL is signed"
	case exact:
		return "as asked for: --exact"
	}
	return "on the ladder, or of a preset: the URL is not signed"
}

// formatReason says where the format of a variant comes from.
func formatReason(e server.Explanation) string {
	if e.Negotiated {
		return "negotiated by the Accept header"
	}
	return "as the URL names it"
}
