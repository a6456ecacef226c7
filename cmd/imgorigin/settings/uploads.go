package settings

import (
	"time"

	"github.com/alecthomas/units"
)

// UploadPolicyFlags say what may be uploaded.
type UploadPolicyFlags struct {
	UploadPrefix   string           `group:"uploads" default:"uploads/" help:"Prefix of the keys of uploads, below the prefix of --originals."`
	UploadTypes    []string         `group:"uploads" default:"image/jpeg,image/png,image/gif,image/webp" help:"Media types that may be uploaded."`
	UploadMinBytes units.Base2Bytes `group:"uploads" default:"1B" help:"Size of the smallest file that may be uploaded."`
	UploadMaxBytes units.Base2Bytes `min:"1B" group:"uploads" default:"25MiB" help:"Size of the largest file that may be uploaded."`
	UploadFor      time.Duration    `min:"1s" group:"uploads" default:"5m" help:"How long an upload form or upload URL is valid."`
}

// UploadFlags are the flags of POST /uploads.
type UploadFlags struct {
	Uploads          bool     `common:"" group:"uploads" help:"Answer POST /uploads with a form or URL to upload an original to S3. Clients need a token, or to be authenticated by a proxy."`
	UploadTokens     []string `group:"uploads" placeholder:"TOKEN" help:"Bearer tokens that clients may send to POST /uploads."`
	UploadUserHeader string   `group:"uploads" placeholder:"NAME" help:"Header in which a trusted proxy names the user it has authenticated. The proxy must remove it from what clients send."`

	UploadPolicyFlags `embed:""`
}
