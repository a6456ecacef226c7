package deploy

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"testing"

	"github.com/imgorigin/imgorigin/cache"
	"github.com/imgorigin/imgorigin/server"
	"github.com/imgorigin/imgorigin/server/originals"
)

func TestVariantsBucketComesFirst(t *testing.T) {
	d := dig(readStack(t).Resources["Distribution"].Properties, "DistributionConfig")
	group := list(dig(d, "OriginGroups", "Items"))[0]
	codes := list(dig(group, "FailoverCriteria", "StatusCodes", "Items"))
	for _, code := range []any{403, 404} { // S3 says the one or the other of what is missing, by s3:ListBucket
		if !slices.Contains(codes, code) {
			t.Errorf("the service is not asked when the bucket says %v", code)
		}
	}
	if n := dig(group, "FailoverCriteria", "StatusCodes", "Quantity"); n != len(codes) {
		t.Errorf("quantity %v of %d codes", n, len(codes))
	}
	members := list(dig(group, "Members", "Items"))
	if dig(members[0], "OriginId") != "variants" || dig(members[1], "OriginId") != "service" {
		t.Errorf("got members %v", members)
	}
	if got, want := dig(d, "DefaultCacheBehavior", "TargetOriginId"), dig(group, "Id"); got != want {
		t.Errorf("pictures come from %v, want the group %v", got, want)
	}
	for _, origin := range list(dig(d, "Origins")) {
		if dig(origin, "OriginAccessControlId") == nil && dig(origin, "VpcOriginConfig") == nil {
			t.Errorf("origin %v is open to others", dig(origin, "Id"))
		}
	}
}

func TestCacheKnowsPathsAlone(t *testing.T) {
	s := readStack(t)
	key := dig(s.Resources["CachePolicy"].Properties, "CachePolicyConfig", "ParametersInCacheKeyAndForwardedToOrigin")
	for field, want := range map[string]any{"EnableAcceptEncodingGzip": false, "EnableAcceptEncodingBrotli": false} {
		if dig(key, field) != want {
			t.Errorf("%s: got %v, want %v", field, dig(key, field), want)
		}
	}
	for _, path := range [][]string{
		{"CookiesConfig", "CookieBehavior"}, {"HeadersConfig", "HeaderBehavior"}, {"QueryStringsConfig", "QueryStringBehavior"},
	} {
		if dig(key, path...) != "none" {
			t.Errorf("%v: got %v, want none", path, dig(key, path...))
		}
	}
	behaviour := dig(s.Resources["Distribution"].Properties, "DistributionConfig", "DefaultCacheBehavior")
	if dig(behaviour, "Compress") != false {
		t.Errorf("a compressed picture would be another object")
	}
	forwards := dig(s.Resources["RequestPolicy"].Properties, "OriginRequestPolicyConfig")
	if got := fmt.Sprint(dig(forwards, "HeadersConfig", "Headers")); got != "["+SignedHeader+"]" {
		t.Errorf("the service sees headers %s, want %s", got, SignedHeader)
	}
	custom := list(dig(s.Resources["ResponsePolicy"].Properties, "ResponseHeadersPolicyConfig", "CustomHeadersConfig", "Items"))
	if got := fmt.Sprint(custom); got != "[map[Header:Vary Override:true Value:Accept]]" {
		t.Errorf("viewers see %s, want Vary: Accept", got)
	}
}

// Answers about pictures go by their query, which the service reads: nothing else of the service's is to be had, and nothing
// of a viewer's reaches it but the URL.
func TestAnswersComeFromTheService(t *testing.T) {
	s := readStack(t)
	var paths []any
	for _, b := range list(dig(s.Resources["Distribution"].Properties, "DistributionConfig", "CacheBehaviors")) {
		paths = append(paths, dig(b, "PathPattern"))
		methods := fmt.Sprint(dig(b, "AllowedMethods"))
		if dig(b, "TargetOriginId") != "service" || dig(b, "CachePolicyId", "Ref") != "AnswersCachePolicy" || dig(b, "OriginRequestPolicyId") != nil || methods != "[GET HEAD]" {
			t.Errorf("got %v", b)
		}
	}
	if got := fmt.Sprint(paths); got != "[/info/* /srcset/*]" {
		t.Errorf("got behaviours for %s", got)
	}
	policy := dig(s.Resources["AnswersCachePolicy"].Properties, "CachePolicyConfig")
	key := dig(policy, "ParametersInCacheKeyAndForwardedToOrigin")
	if dig(key, "QueryStringsConfig", "QueryStringBehavior") != "all" || dig(key, "HeadersConfig", "HeaderBehavior") != "none" {
		t.Errorf("the key of an answer is %v", key)
	}
	if dig(policy, "MaxTTL") != 60 {
		t.Errorf("an answer that nobody purges is kept for %v s", dig(policy, "MaxTTL"))
	}
}

// A refusal is kept by CloudFront for the longer of its own minimum and what the service says: that must come to what the
// service says. Of those below, CloudFront keeps 404 and 5xx even when they say no-store.
func TestErrorsAreKeptForAsLongAsTheServiceSays(t *testing.T) {
	s := readStack(t)
	minimum := make(map[int]int)
	for _, e := range list(dig(s.Resources["Distribution"].Properties, "DistributionConfig", "CustomErrorResponses")) {
		minimum[dig(e, "ErrorCode").(int)] = dig(e, "ErrorCachingMinTTL").(int)
	}
	errs := map[int]error{404: fs.ErrNotExist, 500: nil, 502: errors.New("down"), 504: context.DeadlineExceeded}
	for status, err := range errs {
		said := secondsSaid(t, "/img/cat.jpg", status, failing{err})
		if got, ok := minimum[status]; !ok || got != said {
			t.Errorf("%d is kept for %d s, want %d as the service says", status, got, said)
		}
	}
	for status, target := range map[int]string{400: "/img/cat.jpg?w=x", 403: "/img/cat.jpg?blur=2"} {
		said := secondsSaid(t, target, status, failing{fs.ErrNotExist})
		if got, ok := minimum[status]; !ok || got > said {
			t.Errorf("%d is kept for %d s at least, want no more than %d as the service says", status, got, said)
		}
	}
	if got, ok := minimum[503]; !ok || got != 0 {
		t.Errorf("503 is kept for %d s, want 0: the next may find a place", got)
	}
}

// secondsSaid returns the max-age of the service's answer, 0 for no-store.
func secondsSaid(t *testing.T, target string, status int, originals originals.Source) (seconds int) {
	t.Helper()
	s, err := server.New(server.Config{Originals: originals, Engine: writer{encodes: every}})
	if err != nil {
		t.Fatal(err)
	}
	got := origin{handler: s.Handler(), requested: new(cache.Key)}.ask(target, nil)
	if got.status != status {
		t.Fatalf("%s: got status %d, want %d", target, got.status, status)
	}
	if got.cacheFor != "no-store" {
		if _, err := fmt.Sscanf(got.cacheFor, "public, max-age=%d", &seconds); err != nil {
			t.Fatalf("%s: Cache-Control %q", target, got.cacheFor)
		}
	}
	return seconds
}

// failing are originals that fail in some way, or, with no error, break the rules in one that nobody foresaw.
type failing struct{ err error }

func (f failing) Open(context.Context, string) (*originals.Original, error) {
	if f.err == nil {
		panic("nobody foresaw it")
	}
	return nil, f.err
}

func (f failing) Stat(context.Context, string) (originals.Info, error) {
	return originals.Info{}, f.err
}
