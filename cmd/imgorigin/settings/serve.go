package settings

import (
	"time"

	"github.com/imgorigin/imgorigin/server"
)

// ServeFlags are the flags of serve, and of the doctor that checks them.
type ServeFlags struct {
	ServiceFlags `embed:""`

	Listen      string `common:"" group:"listening" default:":8080" placeholder:"ADDR" help:"Address to listen on."`
	AdminListen string `common:"" group:"listening" default:"localhost:8081" placeholder:"ADDR" help:"Address for /metrics, /debug/state and /debug/pprof/, which must not be public; none to disable it."`

	RequestFlags     `embed:""`
	PassthroughFlags `embed:""`
	PrefetchFlags    `embed:""`
	TraceFlags       `embed:""`
	EMFFlags         `embed:""`

	Playground bool `common:"" group:"listening" help:"Show a page at / to try images on. It shows the keys of all originals to everybody: do not use it on the open internet."`

	Queue        string `common:"" group:"events" placeholder:"URL" help:"SQS queue of S3 events, consumed by this process."`
	RemovalsFlag `embed:""`
	HookFlags    `embed:""`
	PurgeFlags   `embed:""`

	UploadFlags `embed:""`

	DrainDelay time.Duration `group:"listening" default:"0s" help:"How long to go on answering after SIGTERM, while /readyz reports that the process stops, so that load balancers notice."`
	DrainTime  time.Duration `group:"listening" default:"30s" help:"How long to wait after that for requests in flight."`
}

// Queues returns the queues that the process consumes.
func (f ServeFlags) Queues() Queues { return Queues{Events: f.Queue, Removals: f.RemovalsQueue} }

// Configure implements [Configurer].
func (f ServeFlags) Configure(c *server.Config) {
	Configure(c, f.ServiceFlags, f.RequestFlags, f.PrefetchFlags)
}

// HookFlags say who may report events by webhook.
type HookFlags struct {
	HookToken  string   `group:"events" placeholder:"TOKEN" help:"Accept S3 events at POST /hooks/s3 with this bearer token."`
	HookTopics []string `group:"events" placeholder:"ARN" help:"Accept S3 events at POST /hooks/s3 from these SNS topics."`
}

// PurgeFlags are the tokens of clients that may purge images.
type PurgeFlags struct {
	PurgeTokens []string `group:"events" placeholder:"TOKEN" help:"Bearer tokens with which PURGE or DELETE of the URL of an image deletes all variants of its original, here, in --variants and in --distribution."`
}
