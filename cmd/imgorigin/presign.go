package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"mime"
	"net/http"
	"path"
	"slices"
	"strings"

	"github.com/imgorigin/imgorigin/cmd/imgorigin/settings"
	"github.com/imgorigin/imgorigin/cmd/imgorigin/storage"
	"github.com/imgorigin/imgorigin/cmd/imgorigin/usage"
	"github.com/imgorigin/imgorigin/server/upload"
)

type presignCommand struct {
	Key string `arg:"" help:"Key that the original will have, as in /img/<key>."`

	Originals storage.Location `required:"" placeholder:"LOCATION" help:"Where originals are stored: s3://bucket/prefix."`
	Type      string           `placeholder:"TYPE" help:"Media type of the image. Default: the one of the extension in the key."`
	Size      int64            `placeholder:"BYTES" help:"Exact size: prints a URL for a PUT, which never overwrites an object. Without it, a form for a POST."`
	Curl      bool             `help:"Print a curl command that uploads a file named as the last part of the key, instead of JSON."`

	settings.UploadPolicyFlags `embed:""`
}

// Run prints a form or URL. It makes no request to S3, so that credentials without the permission to upload are noticed
// only when it is used.
func (c *presignCommand) Run(ctx context.Context, stdout io.Writer) error {
	var r storage.Resources
	defer r.Close()
	presigner, err := newPresigner(ctx, &r, c.UploadPolicyFlags, c.Originals)
	if err != nil {
		return err
	}
	if c.Type == "" {
		c.Type, _, _ = strings.Cut(mime.TypeByExtension(strings.ToLower(path.Ext(c.Key))), ";")
	}
	if c.Type == "" {
		return usage.Errorf("%s: no media type is known for its extension: want --type, such as %s", c.Key, c.UploadTypes[0])
	}
	var ticket upload.Ticket
	if c.Size > 0 {
		ticket, err = presigner.Put(ctx, c.Key, c.Type, c.Size)
	} else {
		ticket, err = presigner.Post(ctx, c.Key, c.Type)
	}
	switch {
	case errors.Is(err, upload.ErrKey), errors.Is(err, upload.ErrType), errors.Is(err, upload.ErrSize):
		return usage.Error{Err: err}
	case err != nil:
		return err
	}
	if c.Curl {
		_, err = fmt.Fprintln(stdout, curlCommand(ticket, path.Base(c.Key)))
		return err
	}
	encoder := json.NewEncoder(stdout)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(ticket)
}

// curlCommand returns the command that uploads a file.
func curlCommand(t upload.Ticket, file string) string {
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

// quote quotes an argument for a shell.
func quote(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }
