package doctor

import (
	"context"
	"fmt"
	"time"

	"github.com/KimMachineGun/automemlimit/memlimit"

	"github.com/imgorigin/imgorigin/cache"
	"github.com/imgorigin/imgorigin/cmd/imgorigin/build"
	"github.com/imgorigin/imgorigin/cmd/imgorigin/settings"
	"github.com/imgorigin/imgorigin/cmd/imgorigin/storage"
	"github.com/imgorigin/imgorigin/cmd/imgorigin/terminal"
	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/server"
	"github.com/imgorigin/imgorigin/server/originals"
)

// checkSettings checks that the settings fit together, and that they leave nothing open to everybody.
func (d *doctor) checkSettings(context.Context) {
	const about = "settings"
	before := len(d.findings)
	d.checkConfig(about)
	if d.Exact && !d.SignRequired && len(d.OriginSecret) == 0 {
		d.add(fair, about,
			"--exact without a secret or signed URLs: every client that reaches the service can have any size made, and kept",
			"--sign-required in place of --exact, or --origin-secret")
	}
	if d.FillTimeout >= 30*time.Second {
		d.add(fair, about,
			fmt.Sprintf("--fill-timeout %v: CloudFront waits 30 s unless it is configured to wait longer", d.FillTimeout),
			"a shorter one, or a longer origin response timeout")
	}
	if len(d.findings) == before {
		d.addGood(about, "fit together")
	}
}

// checkConfig reports what a service would refuse to start with.
func (d *doctor) checkConfig(about string) {
	var config server.Config
	d.Configure(&config)
	config.Originals = originals.Folder{}
	broken := settings.CheckRules("doctor", d.flags)
	for _, err := range broken {
		d.add(bad, about, err.Error(), "")
	}
	if _, err := server.New(config); err != nil && len(broken) == 0 {
		d.add(bad, about, err.Error(), "")
	}
	for _, other := range []storage.Location{d.Variants, d.Quarantine} {
		if at, ok := d.Overlaps(other); ok {
			d.add(bad, about, fmt.Sprintf("%s lies in %s: what is put there would be taken for originals", other, at), "keep them apart")
		}
	}
	if err := d.OriginalsFlags.Check(); err != nil {
		d.add(bad, about, err.Error(), "")
	}
	if err := d.Queues().Check(); err != nil {
		d.add(bad, about, err.Error(), "")
	}
	if _, err := d.Transforms(d.URLFlags, config.Engine); err != nil {
		d.add(bad, about, err.Error(), "")
	}
}

// checkStaleness reports how long the old image of an original that was replaced or deleted may be served.
func (d *doctor) checkStaleness(context.Context) {
	const about = "staleness"
	bound := server.SecondSettlement(time.Duration(d.Revalidate), d.FillTimeout)
	revalidate := time.Duration(d.Revalidate).String()
	if d.Revalidate < 0 {
		revalidate = "never"
	}
	found := fmt.Sprintf("nobody gets an old image later than %v after S3 delivered the event of its change", bound)
	switch {
	case d.Distribution == "":
	case d.Purge == "tags":
		found += ", and the purge by tag, about 25s"
	default:
		found += ", and the purge by path, some minutes"
	}
	found += fmt.Sprintf(" (--revalidate %v, twice --fill-timeout %v, 5s for the store); "+
		"while a bucket, the queue or CloudFront is out, the time begins when it is back", revalidate, d.FillTimeout)
	if d.Revalidate < 0 && d.Memory > 0 {
		d.add(fair, about, found, "with --revalidate never that holds only for a process that receives every event: "+
			"several need --memory 0, or a time")
		return
	}
	d.add(good, about, found, "")
}

// checkEngine reports what this build reads and writes.
func (d *doctor) checkEngine(context.Context) {
	const about = "engine"
	e := d.Engine(false)
	d.addGood(about, "%s, inner loops use %s; reads %s; writes %s",
		e.Name(), resize.Kernels(), build.ListCodecs(e.Decoder), build.ListCodecs(e.Encoder))
	if !e.Encodes(resize.WebP) {
		d.add(fair, about, "this build writes no WebP, which is a third smaller than JPEG",
			"build with a C compiler (CGO_ENABLED=1): this system executes no WebAssembly")
	}
}

// checkMemory compares the memory that the settings add up to with what the container, or the machine, has.
func (d *doctor) checkMemory(context.Context) {
	const about = "memory"
	needed := max(int64(d.Memory), cache.MinInUse) + int64(d.GateMemory) + settings.ProcessBytes
	found := fmt.Sprintf("%s for variants, %s for images that are being made, and %s for the rest",
		terminal.FormatBytes(int64(d.Memory)), terminal.FormatBytes(int64(d.GateMemory)), terminal.FormatBytes(settings.ProcessBytes))
	limit, err := memlimit.FromCgroup()
	owner := "the container"
	if err != nil || limit > 1<<50 {
		limit, err = memlimit.FromSystem()
		owner = "the machine"
	}
	if err != nil {
		d.add(fair, about, found+"; how much there is, is not known: "+err.Error(), "")
		return
	}
	available := int64(limit)
	found += fmt.Sprintf(", of %s that %s has", terminal.FormatBytes(available), owner)
	if needed > available {
		d.add(bad, about, found,
			"less --memory or --gate-memory, or a larger task: the kernel kills a process that exceeds its limit")
		return
	}
	d.addGood(about, "%s", found)
}
