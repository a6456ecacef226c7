package main

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/alecthomas/units"
	"github.com/go-chi/chi/v5"

	"github.com/imgorigin/imgorigin/cmd/imgorigin/storage"
	"github.com/imgorigin/imgorigin/cmd/imgorigin/usage"
	"github.com/imgorigin/imgorigin/server/upload"
)

// uploadPolicyFlags say what may be uploaded.
type uploadPolicyFlags struct {
	UploadPrefix   string           `group:"uploads" default:"uploads/" help:"Prefix of the keys of uploads, below the prefix of --originals."`
	UploadTypes    []string         `group:"uploads" default:"image/jpeg,image/png,image/gif,image/webp" help:"Media types that may be uploaded."`
	UploadMinBytes units.Base2Bytes `group:"uploads" default:"1B" help:"Size of the smallest file that may be uploaded."`
	UploadMaxBytes units.Base2Bytes `min:"1B" group:"uploads" default:"25MiB" help:"Size of the largest file that may be uploaded."`
	UploadFor      time.Duration    `min:"1s" group:"uploads" default:"5m" help:"How long an upload form or upload URL is valid."`
}

// presigner returns what makes forms and URLs for uploads to a location.
func (f uploadPolicyFlags) presigner(ctx context.Context, r *storage.Resources, originals storage.Location) (*upload.Presigner, error) {
	if originals.Bucket == "" || originals.IsGoogle {
		return nil, usage.Errorf("uploads need S3: --originals is not a bucket of S3")
	}
	if originals.IsAccessPoint() {
		return nil, usage.Errorf("uploads need the name of a bucket: S3 takes no forms through an access point")
	}
	if f.UploadMinBytes > f.UploadMaxBytes {
		return nil, usage.Errorf("--upload-min-bytes %v is above --upload-max-bytes %v: no file could be uploaded", f.UploadMinBytes, f.UploadMaxBytes)
	}
	client, err := r.S3At(ctx, originals)
	if err != nil {
		return nil, err
	}
	return upload.New(client, upload.Policy{
		Bucket: originals.Bucket, Originals: originals.Prefix, Prefix: f.UploadPrefix, Types: f.UploadTypes,
		MinBytes: int64(f.UploadMinBytes), MaxBytes: int64(f.UploadMaxBytes), Lifetime: f.UploadFor,
	})
}

// uploadFlags are the flags of POST /uploads.
type uploadFlags struct {
	Uploads          bool     `common:"" group:"uploads" help:"Answer POST /uploads with a form or URL to upload an original to S3. Clients need a token, or to be authenticated by a proxy."`
	UploadTokens     []string `group:"uploads" placeholder:"TOKEN" help:"Bearer tokens that clients may send to POST /uploads."`
	UploadUserHeader string   `group:"uploads" placeholder:"NAME" help:"Header in which a trusted proxy names the user it has authenticated. The proxy must remove it from what clients send."`

	uploadPolicyFlags `embed:""`
}

// addUploads adds the route POST /uploads, with --uploads.
func (f serveFlags) addUploads(ctx context.Context, r *storage.Resources, routes chi.Router, log *slog.Logger) error {
	switch {
	case !f.Uploads:
		return nil
	case f.UploadMaxBytes > f.MaxBytes:
		return usage.Errorf("--upload-max-bytes %v is above --max-bytes %v: originals of that size can be uploaded, but not served",
			f.UploadMaxBytes, f.MaxBytes)
	}
	if err := f.CheckUploads(f.UploadPrefix); err != nil {
		return err
	}
	presigner, err := f.presigner(ctx, r, f.Originals.Location)
	if err != nil {
		return err
	}
	routes.Method(http.MethodPost, "/uploads", &upload.Handler{
		Presigner: presigner, Tokens: f.UploadTokens, UserHeader: f.UploadUserHeader, Proxies: f.trustedProxies(), Log: log,
	})
	return nil
}
