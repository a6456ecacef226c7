package settings

import (
	"time"

	"github.com/imgorigin/imgorigin/cmd/imgorigin/storage"
	"github.com/imgorigin/imgorigin/cmd/imgorigin/usage"
	"github.com/imgorigin/imgorigin/server"
)

// ServiceFlags are the flags of every command that works on the originals and variants of a service.
type ServiceFlags struct {
	storage.OriginalsFlags `embed:""`

	Variants storage.Location `common:"" group:"storage" required:"" placeholder:"LOCATION" help:"Where variants are stored: s3://bucket/prefix, a folder, or none."`

	FreshnessFlags          `embed:""`
	ImageFlags              `embed:""`
	WarmingFlags            `embed:""`
	storage.QuarantineFlags `embed:""`

	Distribution string `common:"" group:"events" placeholder:"ID" help:"CloudFront distribution in which deleted variants are invalidated."`
	Purge        string `group:"events" default:"paths" enum:"paths,tags" help:"How variants are invalidated: by paths, or by tags, of which CloudFront accepts 200 times as many at once. Tags need a distribution with a CacheTagConfig for x-amz-meta-cache-tag."`

	// PurgePatience is how long an event waits for CloudFront to accept its invalidation. 0 is the default of a
	// cdn.CloudFront. It is not a flag, but set by commands whose events must not wait so long.
	PurgePatience time.Duration `kong:"-"`

	// PurgeWait is how long an invalidation waits for others to share its request. 0 is the default of a cdn.CloudFront. It
	// is set by commands that invalidate one thing after the other.
	PurgeWait time.Duration `kong:"-"`

	LogFormat string `common:"" group:"observability" default:"auto" enum:"auto,json,text" help:"Format of the log: json, text, or auto, which is a short line for each request on a terminal, and json elsewhere."`
}

// Shared returns the flags themselves, whichever command's flags embed them.
func (f ServiceFlags) Shared() ServiceFlags { return f }

// Configure implements [Configurer].
func (f ServiceFlags) Configure(c *server.Config) {
	Configure(c, f.FreshnessFlags, f.ImageFlags)
	c.WarmEngine = f.Engine(true)
}

// CheckOverlaps refuses locations from which variants, or originals in quarantine, would come back as originals.
func (f ServiceFlags) CheckOverlaps() error {
	if at, ok := f.Overlaps(f.Variants); ok {
		return usage.Errorf("--originals %s and --variants %s overlap: variants would be taken for originals", at, f.Variants)
	}
	if at, ok := f.Overlaps(f.Quarantine); ok {
		return usage.Errorf("--originals %s and --quarantine %s overlap: what is in quarantine would be taken for originals",
			at, f.Quarantine)
	}
	return nil
}
