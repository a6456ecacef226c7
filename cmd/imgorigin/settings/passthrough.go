package settings

import (
	"path/filepath"
	"strings"

	"github.com/imgorigin/imgorigin/server/passthrough"
)

// PassthroughFlags configure the answers to paths that are not for images.
type PassthroughFlags struct {
	Passthrough Site `group:"access" placeholder:"LOCATION" help:"Folder, or web server such as http://localhost:3000, that answers the paths that are not those of images. With a playground, / is the playground."`
}

// A Site is a folder, or the URL of a web server. The zero Site is none.
type Site struct {
	Folder string // absolute
	Server string
}

// UnmarshalText implements [encoding.TextUnmarshaler].
func (s *Site) UnmarshalText(text []byte) (err error) {
	*s = Site{}
	if !strings.Contains(string(text), "://") {
		s.Folder, err = filepath.Abs(string(text))
		return err
	}
	s.Server = string(text)
	_, err = passthrough.ParseTarget(s.Server)
	return err
}
