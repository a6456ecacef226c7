package main

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"github.com/alecthomas/units"
	"github.com/go-chi/chi/v5"

	"github.com/imgorigin/imgorigin/server/upload"
)

// ticketFlags say what may be uploaded.
type ticketFlags struct {
	UploadPrefix   string           `group:"uploads" default:"uploads/" help:"Prefix of the keys of uploads, below that of --originals."`
	UploadTypes    []string         `group:"uploads" default:"image/jpeg,image/png,image/gif,image/webp" help:"Media types that may be uploaded."`
	UploadMinBytes units.Base2Bytes `group:"uploads" default:"1B" help:"Smallest upload."`
	UploadMaxBytes units.Base2Bytes `group:"uploads" default:"25MiB" help:"Largest upload."`
	UploadFor      time.Duration    `group:"uploads" default:"5m" help:"How long an upload that was given out can be done."`
}

func (f ticketFlags) presigner(ctx context.Context, r *resources, originals location) (*upload.Presigner, error) {
	if originals.bucket == "" {
		return nil, errors.New("uploads go to S3: --originals is not a bucket")
	}
	client, err := r.s3(ctx)
	if err != nil {
		return nil, err
	}
	return upload.New(client, upload.Policy{
		Bucket: originals.bucket, Originals: originals.prefix, Prefix: f.UploadPrefix, Types: f.UploadTypes,
		MinBytes: int64(f.UploadMinBytes), MaxBytes: int64(f.UploadMaxBytes), Lifetime: f.UploadFor,
	})
}

// uploadFlags are the settings of POST /uploads.
type uploadFlags struct {
	Uploads          bool     `group:"uploads" help:"Give out uploads to S3 at POST /uploads, to who has a token or is let in by a proxy."`
	UploadTokens     []string `group:"uploads" placeholder:"TOKEN,…" help:"Tokens, each of which may be sent as a bearer to be given an upload."`
	UploadUserHeader string   `group:"uploads" placeholder:"NAME" help:"Header in which one of --trusted-proxies says whom it has let in; it must drop it from what clients send."`

	ticketFlags `embed:""`
}

// addUploads adds the route that gives out uploads, with --uploads.
func (f serveFlags) addUploads(ctx context.Context, r *resources, routes chi.Router, log *slog.Logger) error {
	switch {
	case !f.Uploads:
		return nil
	case len(f.UploadTokens) == 0 && f.UploadUserHeader == "":
		return errors.New("--uploads is an open door: want --upload-tokens, or --upload-user-header with --trusted-proxies")
	case f.UploadUserHeader != "" && len(f.TrustedProxies) == 0:
		return errors.New("--upload-user-header counts from nobody without --trusted-proxies")
	}
	presigner, err := f.presigner(ctx, r, f.Originals)
	if err != nil {
		return err
	}
	routes.Method(http.MethodPost, "/uploads", &upload.Handler{
		Presigner: presigner, Tokens: f.UploadTokens, UserHeader: f.UploadUserHeader, Proxies: f.trustedProxies(), Log: log,
	})
	return nil
}
