package main

import (
	"errors"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/imgorigin/imgorigin/server/grammar"
)

type signCommand struct {
	URL string `arg:"" help:"URL of an image, or its path and query."`

	SignKeys []string      `required:"" placeholder:"KEY" help:"Keys of signatures. The first one signs."`
	For      time.Duration `placeholder:"DURATION" help:"How long the URL is valid. Default: without end."`
}

// Run prints the URL with its signature.
func (c *signCommand) Run(stdout io.Writer) error {
	if c.SignKeys[0] == "" {
		return errors.New("--sign-keys: the first key is empty: anybody could sign")
	}
	u, err := url.Parse(c.URL)
	if err != nil {
		return err
	}
	isSigned := func(prefix string) bool { return strings.HasPrefix(u.Path, prefix) }
	if !slices.ContainsFunc([]string{"/img/", "/v/", "/info/", "/srcset/"}, isSigned) {
		return fmt.Errorf("%s is not the URL of an image: want a path that begins with /img/, /v/, /info/ or /srcset/", c.URL)
	}
	query := u.Query()
	if query.Has("s") {
		return errors.New("the URL is already signed: remove its parameter s")
	}
	if c.For != 0 {
		if c.For < 0 {
			return errors.New("--for: want a duration above 0")
		}
		query.Set("expires", strconv.FormatInt(time.Now().Add(c.For).Unix(), 10))
		u.RawQuery = query.Encode()
	}
	u.RawQuery = strings.TrimPrefix(u.RawQuery+"&s="+grammar.Sign(c.SignKeys[0], u.Path, u.RawQuery), "&")
	_, err = fmt.Fprintln(stdout, u.String())
	return err
}
