package main

import (
	"net/netip"
	"slices"
	"time"

	"github.com/alecthomas/units"

	"github.com/imgorigin/imgorigin/server"
)

// memoryFlags bound the variants that are kept in memory.
type memoryFlags struct {
	Memory units.Base2Bytes `group:"keeping" default:"256MiB" help:"Finished pictures kept in memory; 0 for none."`
}

func (f memoryFlags) configure(c *server.Config) { c.Memory = int64(f.Memory) }

// freshnessFlags say how long a variant may be served without asking whether it is current.
type freshnessFlags struct {
	Revalidate revalidation  `group:"keeping" default:"1m" help:"How long an original is taken to be unchanged; never where this process hears of every change: several would each need all events, or --memory 0."`
	MaxAge     time.Duration `group:"keeping" default:"24h" help:"How long browsers and CloudFront may keep a picture."`
}

func (f freshnessFlags) configure(c *server.Config) {
	c.Revalidate, c.MaxAge = time.Duration(f.Revalidate), f.MaxAge
}

// admissionFlags bound the images that are made at the same time.
type admissionFlags struct {
	GateMemory  units.Base2Bytes `group:"load" default:"512MiB" help:"Memory for pictures in the making; more of them wait."`
	GateQueue   int              `group:"load" default:"256" help:"Pictures that may wait for memory; more are answered 503."`
	GateWait    time.Duration    `group:"load" default:"10s" help:"How long a picture may wait for memory; one that would likely wait more than half of that is answered 503 at once."`
	FillTimeout time.Duration    `group:"load" default:"25s" help:"How long making a picture may take; less than CloudFront waits."`
}

func (f admissionFlags) configure(c *server.Config) {
	c.Load.GateBytes, c.Load.GateQueue, c.Load.QueueTimeout = int64(f.GateMemory), f.GateQueue, f.GateWait
	c.Load.FillTimeout = f.FillTimeout
}

// requestFlags are the flags of commands that answer clients who are not trusted.
type requestFlags struct {
	Exact bool `group:"urls" help:"Give unsigned URLs exactly what they ask for. For trusted networks only."`

	accessFlags   `embed:""`
	fallbackFlags `embed:""`
}

func (f requestFlags) configure(c *server.Config) {
	c.URLs.Exact = f.Exact
	configure(c, f.accessFlags, f.fallbackFlags)
}

// accessFlags say which clients an origin answers, and how much they may have made.
type accessFlags struct {
	OriginSecret     []string  `group:"doors" placeholder:"SECRET,…" help:"Answer pictures only to who sends one of these in X-Origin-Secret: one's own distribution. Two let them be changed."`
	TrustedProxies   []network `group:"doors" placeholder:"NET,…" help:"Networks of the proxies in front, whose X-Forwarded-For and traces count; with an origin secret, CloudFront-Viewer-Address too."`
	FillsPerOriginal int       `group:"doors" default:"240" help:"Different pictures a minute that may be made of one original; more are answered 429. 0 is no limit."`
	FillsPerNetwork  int       `group:"doors" default:"0" help:"Different new pictures a minute that one network of clients, a /24 or /56, may ask for; more are answered 429. Behind proxies it wants --trusted-proxies. 0 is no limit."`
}

func (f accessFlags) configure(c *server.Config) {
	c.Access.OriginSecrets, c.Access.TrustedProxies = f.OriginSecret, f.trustedProxies()
	c.Limits.FillsPerOriginal, c.Limits.FillsPerNetwork = f.FillsPerOriginal, f.FillsPerNetwork
}

func (f accessFlags) trustedProxies() (prefixes []netip.Prefix) {
	for _, n := range f.TrustedProxies {
		prefixes = append(prefixes, netip.Prefix(n))
	}
	return prefixes
}

// fallbackFlags say what is answered in place of an image that can't be had.
type fallbackFlags struct {
	Fallback       string `group:"pictures" placeholder:"KEY" help:"Original that is shown where there is no picture, or none that decodes."`
	FallbackStatus int    `group:"pictures" default:"404" help:"Status that it is shown with; caches keep it for 10 s."`
}

func (f fallbackFlags) configure(c *server.Config) {
	c.Fallback.Key, c.Fallback.Status = f.Fallback, f.FallbackStatus
}

// prefetchFlags say what a long-lived process makes beside what a request asks for.
type prefetchFlags struct {
	Siblings  []int `group:"pictures" default:"320,640,1080" help:"Widths that are made from the decode of the first size asked for, when there is room; 0 for none."`
	Mezzanine int   `group:"pictures" default:"0" help:"Side of a picture that is kept of large, progressive and HEIC originals, to make small sizes from; 0 for none, 2048 is good."`
	AVIFWait  int   `group:"pictures" name:"avif-wait" default:"100000" help:"Pixels up to which a negotiated AVIF is waited for; a larger one is answered as WebP until it is made. -1 waits for all."`
}

func (f prefetchFlags) configure(c *server.Config) {
	c.Prefetch.Widths = slices.DeleteFunc(slices.Clone(f.Siblings), func(width int) bool { return width == 0 })
	c.Prefetch.MezzanineSide, c.AVIFWait = f.Mezzanine, f.AVIFWait
}
