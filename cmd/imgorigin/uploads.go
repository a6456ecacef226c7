package main

import (
	"context"
	"log/slog"
	"net/http"

	"github.com/go-chi/chi/v5"

	"github.com/imgorigin/imgorigin/cmd/imgorigin/settings"
	"github.com/imgorigin/imgorigin/cmd/imgorigin/storage"
	"github.com/imgorigin/imgorigin/cmd/imgorigin/usage"
	"github.com/imgorigin/imgorigin/server/upload"
)

// newPresigner returns what makes forms and URLs for uploads to a location.
func newPresigner(
	ctx context.Context, r *storage.Resources, f settings.UploadPolicyFlags, originals storage.Location,
) (*upload.Presigner, error) {
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

// addUploads adds the route POST /uploads, with --uploads.
func addUploads(ctx context.Context, r *storage.Resources, f settings.ServeFlags, routes chi.Router, log *slog.Logger) error {
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
	presigner, err := newPresigner(ctx, r, f.UploadPolicyFlags, f.Originals.Location)
	if err != nil {
		return err
	}
	routes.Method(http.MethodPost, "/uploads", &upload.Handler{
		Presigner: presigner, Tokens: f.UploadTokens, UserHeader: f.UploadUserHeader, Proxies: f.Proxies(), Log: log,
	})
	return nil
}
