package main

import (
	"errors"
	"fmt"
	"io"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/imgorigin/imgorigin/server/grammar"
)

type signCommand struct {
	URL string `arg:"" help:"URL, or path with query, of a picture."`

	SignKeys []string      `required:"" placeholder:"KEY,…" help:"Keys of signed URLs: the first signs."`
	For      time.Duration `placeholder:"DURATION" help:"How long the URL is good for; for ever when not given."`
}

func (c *signCommand) Run(stdout io.Writer) error {
	if c.SignKeys[0] == "" {
		return errors.New("--sign-keys: the first key is empty: anybody could sign")
	}
	u, err := url.Parse(c.URL)
	if err != nil {
		return err
	}
	if !strings.HasPrefix(u.Path, "/img/") && !strings.HasPrefix(u.Path, "/v/") {
		return fmt.Errorf("%s is not the URL of a picture: its path begins with /img/ or /v/", c.URL)
	}
	query := u.Query()
	if query.Has("s") {
		return errors.New("the URL is signed already: take s out of it")
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
