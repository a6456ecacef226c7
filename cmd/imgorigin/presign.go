package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"mime"
	"net/http"
	"path"
	"slices"
	"strings"

	"github.com/imgorigin/imgorigin/server/upload"
)

type presignCommand struct {
	Key string `arg:"" help:"Key that the original will have; as /img/ takes it."`

	Originals location `required:"" placeholder:"PLACE" help:"Where originals are: s3://bucket/prefix."`
	Type      string   `placeholder:"TYPE" help:"Media type of the picture; by default what the key's ending says."`
	Size      int64    `placeholder:"BYTES" help:"Exact size: makes a URL to PUT to, which overwrites nothing. Without it, a form to POST."`
	Curl      bool     `help:"Print a command of curl that uploads the file named as the key's end, in place of JSON."`

	ticketFlags `embed:""`
}

// Run prints a ticket. It asks nobody: what the credentials may do shows when it is used.
func (c *presignCommand) Run(ctx context.Context, stdout io.Writer) error {
	var r resources
	defer r.Close()
	presigner, err := c.presigner(ctx, &r, c.Originals)
	if err != nil {
		return err
	}
	if c.Type == "" {
		c.Type, _, _ = strings.Cut(mime.TypeByExtension(strings.ToLower(path.Ext(c.Key))), ";")
	}
	var ticket upload.Ticket
	if c.Size > 0 {
		ticket, err = presigner.Put(ctx, c.Key, c.Type, c.Size)
	} else {
		ticket, err = presigner.Post(ctx, c.Key, c.Type)
	}
	if err != nil {
		return err
	}
	if c.Curl {
		_, err = fmt.Fprintln(stdout, curlOf(ticket, path.Base(c.Key)))
		return err
	}
	encoder := json.NewEncoder(stdout)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(ticket)
}

// curlOf returns the command that uploads a file.
func curlOf(t upload.Ticket, file string) string {
	args := []string{"curl", "--fail-with-body"}
	if t.Method == http.MethodPut {
		for _, name := range slices.Sorted(maps.Keys(t.Headers)) {
			args = append(args, "-H", quote(name+": "+t.Headers[name]))
		}
		return strings.Join(append(args, "-T", quote(file), quote(t.URL)), " ")
	}
	for _, name := range slices.Sorted(maps.Keys(t.Fields)) {
		args = append(args, "--form-string", quote(name+"="+t.Fields[name]))
	}
	return strings.Join(append(args, "-F", quote("file=@"+file), quote(t.URL)), " ")
}

// quote makes a word for a shell.
func quote(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }
