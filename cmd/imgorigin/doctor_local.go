package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"github.com/KimMachineGun/automemlimit/memlimit"
	"github.com/alecthomas/units"

	"github.com/imgorigin/imgorigin/cache"
	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/server"
	"github.com/imgorigin/imgorigin/server/originals"
)

// settings looks at what fits together, and at doors that stand open.
func (d *doctor) settings(context.Context) {
	const about = "settings"
	before := len(d.findings)
	config := d.config()
	d.doorFlags.complete(&config)
	d.fallbackFlags.complete(&config)
	config.Originals = originals.Folder{}
	if _, err := server.New(config); err != nil {
		d.say(bad, about, err.Error(), "")
	}
	for _, other := range []place{d.siteFlags.Variants, d.siteFlags.Quarantine} {
		if d.siteFlags.Originals.overlaps(other) {
			d.say(bad, about, fmt.Sprintf("%s lies in %s: what is put there would be taken for originals", other, d.siteFlags.Originals), "keep them apart")
		}
	}
	if _, err := d.siteFlags.transforms(); err != nil {
		d.say(bad, about, "--warm: "+err.Error(), "")
	}
	if d.Exact && !d.SignRequired && len(d.OriginSecret) == 0 {
		d.say(fair, about, "--exact without a secret or signed URLs: whoever reaches the service can have any size made, and kept", "--sign-required, or --origin-secret")
	}
	if d.Distribution != "" && len(d.OriginSecret) == 0 {
		d.say(fair, about, "the service answers everybody who finds its address, not its own distribution only", "--origin-secret, and the same as X-Origin-Secret in the distribution's origin")
	}
	if d.FillTimeout >= 30*time.Second {
		d.say(fair, about, fmt.Sprintf("--fill-timeout %v: CloudFront waits 30 s unless it is told to wait longer", d.FillTimeout), "less, or a longer origin response timeout")
	}
	if len(d.findings) == before {
		d.good(about, "fit together")
	}
}

// engine tells what this build can do.
func (d *doctor) engine(context.Context) {
	e := d.siteFlags.engine(false)
	d.good("engine", "%s, kernels of %s; reads %s; writes %s", e.Name(), resize.Kernels(), listFormats(e.Decodes), listFormats(e.Encodes))
	if !e.Encodes(resize.WebP) {
		d.say(fair, "engine", "this build writes no WebP, which is a third smaller than JPEG", "build with a C compiler (CGO_ENABLED=1)")
	}
}

// processBytes is what a process takes beside pictures: code, connections, buffers.
const processBytes = 100 << 20

// memory compares what the settings come to with what the container, or the machine, has.
func (d *doctor) memory(context.Context) {
	const about = "memory"
	want := int64(d.Memory) + int64(d.GateMemory) + processBytes
	found := fmt.Sprintf("%s for pictures, %s for those in the making, and 100MiB", d.Memory, d.GateMemory)
	limit, err := memlimit.FromCgroup()
	of := "the container"
	if err != nil || limit > 1<<50 {
		limit, err = memlimit.FromSystem()
		of = "the machine"
	}
	if err != nil {
		d.say(fair, about, found+"; it can't be told what there is: "+err.Error(), "")
		return
	}
	have := int64(limit)
	found += fmt.Sprintf(", of %s that %s has", units.Base2Bytes(have)/units.MiB*units.MiB, of)
	if want > have {
		d.say(bad, about, found, "less --memory or --gate-memory, or a larger task: the kernel ends what grows past its limit")
		return
	}
	d.good(about, "%s", found)
}

// doctorKey is a key that nobody else has.
func doctorKey() string { return "imgorigin-doctor/" + strings.ToLower(rand.Text()) }

// doctorVariant is what is written to see whether anything can be.
func doctorVariant() (cache.Key, *cache.Variant) {
	v := &cache.Variant{Body: []byte("imgorigin doctor"), MediaType: "image/png", OriginalETag: `"doctor"`, Modified: time.Now()}
	v.ETag = cache.ETag(v.Body)
	return cache.Key{Original: doctorKey(), Transform: "w=1.png"}, v
}

// originalsPlace wants a key that is not there to be known as such, and one that is there to be a picture.
func (d *doctor) originalsPlace(ctx context.Context) {
	about := "originals"
	from := d.siteFlags.Originals
	originals, err := d.originals(ctx, from)
	if err != nil {
		d.say(bad, about, err.Error(), "")
		return
	}
	_, err = originals.Stat(ctx, doctorKey())
	switch {
	case errors.Is(err, fs.ErrNotExist):
		d.good(about, "%s: a key that is missing is known to be", from)
	case statusOf(err) == 403:
		d.say(bad, about, fmt.Sprintf("%s: a key that is missing is answered 403, not 404: every such picture will be a 502", from), "allow s3:ListBucket on the bucket, and s3:GetObject below the prefix")
		return
	case err == nil:
		d.say(bad, about, fmt.Sprintf("%s: a key that nobody made is there", from), "is this a website's bucket, with a page for every key?")
		return
	default:
		d.say(bad, about, fmt.Sprintf("%s: %v", from, err), placeAdvice(err))
		return
	}
	d.firstPicture(ctx, originals)
}

// firstPicture reads the header of the first of the originals that is a picture.
func (d *doctor) firstPicture(ctx context.Context, originals originals.Source) {
	const about, enough = "originals", 20
	lister, err := d.lister(ctx)
	if err != nil {
		d.say(bad, about, err.Error(), "")
		return
	}
	seen := 0
	for object, err := range lister.List(ctx, "", "") {
		if err != nil {
			d.say(bad, about, fmt.Sprintf("%s can't be listed: %v", d.siteFlags.Originals, err), placeAdvice(err))
			return
		}
		if seen++; seen > enough {
			break
		}
		o, err := originals.Open(ctx, object.Key)
		if err != nil {
			d.say(bad, about, fmt.Sprintf("%s can't be read: %v", object.Key, err), placeAdvice(err))
			return
		}
		h, err := resize.Probe(o.Body)
		o.Body.Close()
		if err == nil {
			d.good(about, "%s is read: %s of %d × %d", object.Key, h.Format, h.Width, h.Height)
			return
		}
	}
	if seen == 0 {
		d.say(fair, about, fmt.Sprintf("there is nothing in %s yet", d.siteFlags.Originals), "")
		return
	}
	d.say(fair, about, fmt.Sprintf("of the first %d none is a picture", min(seen, enough)), "is this the right prefix?")
}

// variantsPlace writes a variant, reads it and takes it away.
func (d *doctor) variantsPlace(ctx context.Context) {
	const about = "variants"
	at := d.siteFlags.Variants
	if at == (place{}) {
		d.say(fair, about, "nothing is kept: every process makes every picture anew", "--variants s3://bucket/prefix")
		return
	}
	store, err := d.store(ctx, at, "")
	if err != nil {
		d.say(bad, about, err.Error(), "")
		return
	}
	k, v := doctorVariant()
	failed := func(act string, err error) {
		d.say(bad, about, fmt.Sprintf("%s: %s: %v", at, act, err), placeAdvice(err))
	}
	if err := store.Put(ctx, k, v); err != nil {
		failed("a variant can't be written", err)
		return
	}
	got, err := store.Get(ctx, k)
	if err == nil && (!bytes.Equal(got.Body, v.Body) || got.OriginalETag != v.OriginalETag) {
		err = fmt.Errorf("it came back as %q of %s", got.Body, got.OriginalETag)
	}
	if err != nil {
		failed("a variant that was written can't be read", err)
	}
	if err := store.Drop(ctx, k.Original); err != nil {
		failed("a variant can't be deleted", err)
		return
	}
	if _, err := store.Get(ctx, k); !errors.Is(err, fs.ErrNotExist) {
		failed("a variant that was deleted is not gone", fmt.Errorf("want not found, got %w", orNothing(err)))
		return
	}
	if err == nil {
		d.good(about, "%s: written, read and deleted", at)
	}
	if at.bucket != "" {
		d.conditions(ctx, at)
	}
}

func orNothing(err error) error {
	if err == nil {
		return errors.New("an answer")
	}
	return err
}

// quarantinePlace looks whether cases can be kept.
func (d *doctor) quarantinePlace(ctx context.Context) {
	const about = "quarantine"
	at := d.siteFlags.Quarantine
	if at == (place{}) {
		if d.FailuresTable != "" {
			d.say(bad, about, "--failures-table without --quarantine lists nothing", "--quarantine s3://bucket/prefix")
		}
		return
	}
	if _, err := d.quarantine(ctx); err != nil {
		d.say(bad, about, err.Error(), "")
		return
	}
	k, v := doctorVariant()
	store, err := d.store(ctx, at, "")
	if err == nil {
		err = store.Put(ctx, k, v)
	}
	if err == nil {
		err = store.Drop(ctx, k.Original)
	}
	if err != nil {
		d.say(bad, about, fmt.Sprintf("%s: %v", at, err), placeAdvice(err))
		return
	}
	d.good(about, "%s: written and deleted", at)
}
