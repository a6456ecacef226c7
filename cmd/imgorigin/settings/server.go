package settings

import (
	"net/netip"
	"slices"
	"time"

	"github.com/alecthomas/units"

	"github.com/imgorigin/imgorigin/server"
)

// MemoryFlags bound the variants that are kept in memory.
type MemoryFlags struct {
	Memory units.Base2Bytes `common:"" group:"caching" default:"256MiB" help:"Memory for variants in the process: the cache, and variants that are being sent. 0 for no cache; up to 64MiB are then used for sending."`
}

// Configure implements [Configurer].
func (f MemoryFlags) Configure(c *server.Config) { c.Memory = int64(f.Memory) }

// ProcessBytes is what a process takes beside images: code, connections, buffers.
const ProcessBytes = 100 << 20

// FreshnessFlags say how long a variant may be served without asking whether it is current.
type FreshnessFlags struct {
	Revalidate Revalidation  `common:"" group:"caching" default:"1m" help:"How long an original is assumed to be unchanged after a check. Use never only if this process receives every S3 event; with several processes use never with --memory 0."`
	MaxAge     time.Duration `common:"" group:"caching" default:"24h" help:"How long browsers and CloudFront may cache an image."`
}

// Configure implements [Configurer].
func (f FreshnessFlags) Configure(c *server.Config) {
	c.Revalidate, c.MaxAge = time.Duration(f.Revalidate), f.MaxAge
}

// AdmissionFlags bound the images that are made at the same time.
type AdmissionFlags struct {
	GateMemory  units.Base2Bytes `common:"" min:"1B" group:"load" default:"512MiB" help:"Memory for images that are being made; further ones wait."`
	GateQueue   int              `min:"1" group:"load" default:"256" help:"Images that may wait for memory; further ones are answered 503."`
	GateWait    time.Duration    `min:"1ms" group:"load" default:"10s" help:"How long an image may wait for memory. An image that is likely to wait for more than half of it is answered 503 at once."`
	FillTimeout time.Duration    `min:"1ms" group:"load" default:"25s" help:"How long a request may wait for its image. It should be shorter than the time CloudFront waits."`
}

// Configure implements [Configurer].
func (f AdmissionFlags) Configure(c *server.Config) {
	c.Load.GateBytes, c.Load.GateQueue, c.Load.QueueTimeout = int64(f.GateMemory), f.GateQueue, f.GateWait
	c.Load.FillTimeout = f.FillTimeout
}

// RequestFlags are the flags of commands that answer clients which are not trusted.
type RequestFlags struct {
	Exact bool `group:"urls" help:"Give unsigned URLs exactly the size and quality they ask for. For trusted networks only."`

	HintFlags     `embed:""`
	DialectFlags  `embed:""`
	AccessFlags   `embed:""`
	FallbackFlags `embed:""`
}

// Configure implements [Configurer].
func (f RequestFlags) Configure(c *server.Config) {
	c.URLs.Exact = f.Exact
	Configure(c, f.HintFlags, f.DialectFlags, f.AccessFlags, f.FallbackFlags)
}

// AccessFlags say which clients an origin answers, and how much they may have made.
type AccessFlags struct {
	OriginSecret     []string  `common:"" group:"access" placeholder:"SECRET" help:"Refuse requests for images whose X-Origin-Secret header is none of these secrets, so that only your CloudFront distribution, which sends the header, is served. Set two secrets while you rotate them."`
	TrustedProxies   []Network `common:"" group:"access" placeholder:"NETWORK" help:"Networks of the proxies in front of the server. Their X-Forwarded-For and trace headers are trusted; with --origin-secret also CloudFront-Viewer-Address."`
	CORS             []string  `name:"cors" group:"access" placeholder:"ORIGIN" help:"Origins whose pages may read images by script, such as https://example.com, or * for all. A CDN has to keep answers by their Origin unless it is *."`
	FillsPerOriginal int       `group:"access" default:"240" help:"New variants of one original that may be made per minute; each MiB of a variant counts as one. Further requests are answered 429. 0 for no limit."`
	FillsPerNetwork  int       `group:"access" default:"0" help:"New variants that the clients of one network, a /24 or /56, may request per minute; each MiB of a variant counts as one. Further requests are answered 429. Behind proxies, set --trusted-proxies too. 0 for no limit."`
}

// Configure implements [Configurer].
func (f AccessFlags) Configure(c *server.Config) {
	c.Access.OriginSecrets, c.Access.TrustedProxies, c.Access.CORS = f.OriginSecret, f.Proxies(), f.CORS
	c.Limits.FillsPerOriginal, c.Limits.FillsPerNetwork = f.FillsPerOriginal, f.FillsPerNetwork
}

// Proxies returns the networks of --trusted-proxies.
func (f AccessFlags) Proxies() (prefixes []netip.Prefix) {
	for _, n := range f.TrustedProxies {
		prefixes = append(prefixes, netip.Prefix(n))
	}
	return prefixes
}

// FallbackFlags say what is answered in place of an image that can't be had.
type FallbackFlags struct {
	Fallback       string `group:"images" placeholder:"KEY" help:"Key of an original to serve in place of an image that is missing or cannot be decoded."`
	FallbackStatus int    `min:"200" max:"599" group:"images" default:"404" help:"Status code of responses with the --fallback image. Caches keep them for 10 s."`
}

// Configure implements [Configurer].
func (f FallbackFlags) Configure(c *server.Config) {
	c.Fallback.Key, c.Fallback.Status = f.Fallback, f.FallbackStatus
}

// PrefetchFlags say what a long-lived process makes beside what a request asks for.
type PrefetchFlags struct {
	Siblings  []int `group:"images" default:"320,640,1080" help:"Widths to make from the same decode when one size of an original is requested, if memory and processors are free; 0 for none."`
	Mezzanine int   `group:"images" default:"0" help:"Longer side, in pixels, of a reduced copy that is stored of each large, progressive or HEIC original, and from which small sizes are made; 0 for none. 2048 is a good value."`

	Drafts   DraftFormats `group:"images" default:"webp,avif" placeholder:"FORMAT,…" help:"Formats whose images are first answered with a draft, which is quick to make, and later with a smaller file, made when memory and a processor are free: jpeg, png, webp, avif; off for none. Caches may keep a draft for 10 s."`
	AVIFWait int          `min:"-1" group:"images" name:"avif-wait" default:"100000" help:"Largest AVIF, in pixels, whose draft is also an AVIF, for requests with fm=auto. The draft of a larger AVIF is a WebP, as are all drafts of AVIFs in builds without libvips, which write AVIF more slowly. -1 for AVIF drafts of any size."`
}

// Configure implements [Configurer].
func (f PrefetchFlags) Configure(c *server.Config) {
	c.Prefetch.Widths = slices.DeleteFunc(slices.Clone(f.Siblings), func(width int) bool { return width == 0 })
	c.Prefetch.MezzanineSide = f.Mezzanine
	c.Drafts = server.Drafts{Formats: f.Drafts, AVIFWait: f.AVIFWait, Delay: draftDelay}
}

// draftDelay is about the time in which a page requests its images, some of them in several sizes.
const draftDelay = 2 * time.Second
