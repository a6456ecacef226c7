package doctor

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/imgorigin/imgorigin/cache"
	"github.com/imgorigin/imgorigin/cache/bucket"
	"github.com/imgorigin/imgorigin/cmd/imgorigin/cloud"
	"github.com/imgorigin/imgorigin/cmd/imgorigin/storage"
	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/server/originals"
)

// testVariant returns a variant to write, read and delete.
func testVariant() (cache.Key, *cache.Variant) {
	v := &cache.Variant{
		Body: []byte("imgorigin doctor"), MediaType: "image/png", OriginalETag: `"doctor"`, Modified: time.Now(),
	}
	v.ETag = cache.ETag(v.Body)
	return cache.Key{Original: storage.UnusedKey(), Transform: "w=1.png"}, v
}

// checkOriginals checks that a missing original is reported as missing, and that there is an original which is an image.
func (d *doctor) checkOriginals(ctx context.Context) {
	for _, at := range d.All() {
		d.checkSource(ctx, at)
	}
}

func (d *doctor) checkSource(ctx context.Context, at storage.Source) {
	const about = "originals"
	source, err := d.OpenSource(ctx, d.OriginalsFlags, at.SourceLocation)
	if err != nil {
		d.add(bad, about, err.Error(), "")
		return
	}
	_, err = source.Stat(ctx, storage.UnusedKey())
	if cloud.StatusOf(err) == http.StatusForbidden {
		err = explainHead(ctx, source, err)
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		d.addGood(about, "%s: a missing key is reported as missing", at.Name())
		d.checkFirstImage(ctx, at, source)
		d.checkVersions(ctx, source)
	case cloud.StatusOf(err) == http.StatusForbidden && bucket.Refusal(err) == "":
		d.add(bad, about,
			fmt.Sprintf("%s: a missing key is answered 403, not 404: every such image will be a 502", at.Name()),
			"allow s3:ListBucket on the bucket, and s3:GetObject below the prefix")
	case err == nil:
		d.add(bad, about, fmt.Sprintf("%s: there is an object under a random key", at.Name()),
			"is this a website, with a page for every key?")
	default:
		d.addDiagnosis(bad, about, at.Name(), at.Diagnose(err))
	}
}

// explainHead returns the error of a GET of the same original if it says more than that of the HEAD, whose answer has no code.
func explainHead(ctx context.Context, source originals.Source, errHead error) error {
	original, err := source.Open(ctx, storage.UnusedKey())
	if err == nil {
		original.Body.Close()
	}
	if bucket.Refusal(err) != "" {
		return err
	}
	return errHead
}

// checkVersions checks that a worker can tell an original that was overwritten from a new one.
func (d *doctor) checkVersions(ctx context.Context, source originals.Source) {
	bucket, ok := source.(originals.S3)
	if !ok || d.Distribution == "" {
		return
	}
	if _, err := bucket.Overwritten(ctx, storage.UnusedKey()); err != nil {
		d.add(fair, "originals", fmt.Sprintf("an original that is overwritten when its variants have expired is not purged: %v", err),
			"allow s3:ListBucketVersions on the bucket")
	}
}

// checkFirstImage reads the header of the first original that is an image.
func (d *doctor) checkFirstImage(ctx context.Context, at storage.Source, source originals.Source) {
	const about, enough = "originals", 20
	if at.Web != "" {
		return // which has no list
	}
	lister, err := d.SourceLister(ctx, at)
	if err != nil {
		d.add(bad, about, err.Error(), "")
		return
	}
	seen := 0
	for object, err := range lister.List(ctx, "", "") {
		if err != nil {
			d.addStorage(bad, about, fmt.Sprintf("%s can't be listed", at.Name()), err)
			return
		}
		if seen++; seen > enough {
			break
		}
		o, err := source.Open(ctx, object.Key)
		if err != nil {
			d.addStorage(bad, about, object.Key+" can't be read", err)
			return
		}
		h, err := resize.Probe(o.Body)
		o.Body.Close()
		if err == nil {
			d.addGood(about, "%s can be read: %s of %d × %d", object.Key, h.Format, h.Width, h.Height)
			return
		}
	}
	if seen == 0 {
		d.add(fair, about, fmt.Sprintf("there is nothing in %s yet", at.Name()), "")
		return
	}
	d.add(fair, about, fmt.Sprintf("none of the first %d objects is an image", min(seen, enough)),
		"is this the right prefix?")
}

// checkVariants writes a variant, reads it and deletes it.
func (d *doctor) checkVariants(ctx context.Context) {
	const about = "variants"
	at := d.Variants
	if at.IsNone() {
		d.add(fair, about, "nothing is stored: every process makes every variant itself", "--variants s3://bucket/prefix")
		return
	}
	store, err := d.OpenStore(ctx, at, cache.S3Config{Escape: d.EscapePaths})
	if err != nil {
		d.add(bad, about, err.Error(), "")
		return
	}
	if what, err := tryStore(ctx, store); err != nil {
		d.addFailedWrite(ctx, about, fmt.Sprintf("%s: %s", at, what), at, err)
		return
	}
	d.addGood(about, "%s: written, read and deleted", at)
	if at.Bucket != "" {
		d.checkConditionalWrites(ctx, at)
	}
}

// tryStore writes a variant, reads it and deletes it. With an error it returns what is wrong.
func tryStore(ctx context.Context, store cache.Store) (what string, err error) {
	k, v := testVariant()
	if err := store.Put(ctx, k, v); err != nil {
		return "a variant can't be written", err
	}
	got, errRead := store.Get(ctx, k)
	if errRead == nil && (!bytes.Equal(got.Body, v.Body) || got.OriginalETag != v.OriginalETag) {
		errRead = fmt.Errorf("it came back as %q of %s", got.Body, got.OriginalETag)
	}
	errDrop := store.Drop(ctx, k.Original)
	switch {
	case errRead != nil:
		return "a variant that was written can't be read", errRead
	case errDrop != nil:
		return "a variant can't be deleted", errDrop
	}
	switch _, err := store.Get(ctx, k); {
	case err == nil:
		return "a deleted variant is still there", errors.New("want not found, got the variant")
	case !errors.Is(err, fs.ErrNotExist):
		return "a deleted variant is not reported as missing", err
	}
	return "", nil
}

// checkConditionalWrites checks that a bucket honours If-None-Match, which keeps uploads from replacing one another.
func (d *doctor) checkConditionalWrites(ctx context.Context, at storage.Location) {
	const about = "variants"
	client, err := d.S3At(ctx, at)
	if err != nil {
		return
	}
	name := at.Prefix + storage.UnusedKey()
	put := func() error {
		_, err := client.PutObject(ctx, &s3.PutObjectInput{
			Bucket: &at.Bucket, Key: &name, Body: bytes.NewReader([]byte("imgorigin doctor")), IfNoneMatch: aws.String("*"),
		})
		return err
	}
	first, second := put(), put()
	if first == nil {
		if _, err := client.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: &at.Bucket, Key: &name}); err != nil {
			d.addStorage(bad, about, name+" is left behind", err)
		}
	}
	severity := fair
	if d.Uploads {
		severity = bad
	}
	switch {
	case first != nil:
		d.addStorage(severity, about, "a conditional write fails", first)
	case cloud.StatusOf(second) != http.StatusPreconditionFailed:
		d.add(severity, about, "writes are not held to If-None-Match: uploads may replace one another",
			"another server that speaks S3, or no --uploads")
	default:
		d.addGood(about, "conditional writes work")
	}
}

// checkQuarantine checks that the quarantine can be opened and written to.
func (d *doctor) checkQuarantine(ctx context.Context) {
	const about = "quarantine"
	at := d.Quarantine
	if at.IsNone() {
		if d.FailuresTable != "" {
			d.add(bad, about, "--failures-table without --quarantine lists nothing", "--quarantine s3://bucket/prefix")
		}
		return
	}
	if _, err := d.OpenQuarantine(ctx, &d.Resources, d.OriginalsFlags, slog.New(slog.DiscardHandler)); err != nil {
		d.add(bad, about, err.Error(), "")
		return
	}
	k, v := testVariant()
	store, err := d.OpenStore(ctx, at, cache.S3Config{})
	if err == nil {
		err = store.Put(ctx, k, v)
	}
	if err == nil {
		err = store.Drop(ctx, k.Original)
	}
	if err != nil {
		d.addFailedWrite(ctx, about, at.String(), at, err)
		return
	}
	d.addGood(about, "%s: written and deleted", at)
}

// checkClock compares this machine's time with that of S3, which refuses requests that are 15 minutes off.
func (d *doctor) checkClock(ctx context.Context) {
	const about = "clock"
	at := d.Originals.Location
	if at.Bucket == "" {
		at = d.Variants
	}
	if at.Bucket == "" {
		return
	}
	client, err := d.S3At(ctx, at)
	if err != nil {
		return // the checks of the buckets report it
	}
	_, err = client.HeadObject(ctx, &s3.HeadObjectInput{Bucket: &at.Bucket, Key: aws.String(at.Prefix + storage.UnusedKey())})
	response, ok := errors.AsType[*awshttp.ResponseError](err)
	if !ok {
		return
	}
	theirs, err := http.ParseTime(response.Response.Header.Get("Date"))
	if err != nil {
		return
	}
	switch off := time.Since(theirs).Round(time.Second); {
	case off.Abs() > 5*time.Minute:
		d.add(bad, about, fmt.Sprintf("%v off from S3's, which refuses 15 minutes", off), "let NTP set it")
	case off.Abs() > 30*time.Second:
		d.add(fair, about, fmt.Sprintf("%v off from S3's: URLs expire that much too early or too late", off),
			"let NTP set it")
	default:
		d.addGood(about, "agrees with S3's")
	}
}
