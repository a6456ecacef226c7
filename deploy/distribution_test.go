package deploy

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/imgorigin/imgorigin/cache"
	"github.com/imgorigin/imgorigin/server"
	"github.com/imgorigin/imgorigin/server/originals"
)

func TestVariantsBucketComesFirst(t *testing.T) {
	d := dig(readStack(t).Resources["Distribution"].Properties, "DistributionConfig")
	group := list(dig(d, "OriginGroups", "Items"))[0]
	codes := list(dig(group, "FailoverCriteria", "StatusCodes", "Items"))
	for _, code := range []any{403, 404} { // S3's answers for a missing object, without and with s3:ListBucket
		if !slices.Contains(codes, code) {
			t.Errorf("no failover to the service when the bucket answers %v", code)
		}
	}
	if n := dig(group, "FailoverCriteria", "StatusCodes", "Quantity"); n != len(codes) {
		t.Errorf("got quantity %v for %d codes", n, len(codes))
	}
	members := list(dig(group, "Members", "Items"))
	if dig(members[0], "OriginId") != "variants" || dig(members[1], "OriginId") != "service" {
		t.Errorf("got members %v", members)
	}
	if got, want := dig(d, "DefaultCacheBehavior", "TargetOriginId"), dig(group, "Id"); got != want {
		t.Errorf("images come from %v, want the group %v", got, want)
	}
	for _, origin := range list(dig(d, "Origins")) {
		if dig(origin, "OriginAccessControlId") == nil && dig(origin, "VpcOriginConfig") == nil {
			t.Errorf("origin %v can be reached without CloudFront", dig(origin, "Id"))
		}
	}
}

func TestCacheKeyIsThePath(t *testing.T) {
	s := readStack(t)
	key := dig(s.Resources["CachePolicy"].Properties, "CachePolicyConfig", "ParametersInCacheKeyAndForwardedToOrigin")
	for field, want := range map[string]any{"EnableAcceptEncodingGzip": false, "EnableAcceptEncodingBrotli": false} {
		if dig(key, field) != want {
			t.Errorf("%s: got %v, want %v", field, dig(key, field), want)
		}
	}
	for _, path := range [][]string{
		{"CookiesConfig", "CookieBehavior"},
		{"HeadersConfig", "HeaderBehavior"},
		{"QueryStringsConfig", "QueryStringBehavior"},
	} {
		if dig(key, path...) != "none" {
			t.Errorf("%v: got %v, want none", path, dig(key, path...))
		}
	}
	behaviour := dig(s.Resources["Distribution"].Properties, "DistributionConfig", "DefaultCacheBehavior")
	if dig(behaviour, "Compress") != false {
		t.Errorf("a compressed image would be another object")
	}
	forwards := dig(s.Resources["RequestPolicy"].Properties, "OriginRequestPolicyConfig")
	if got := fmt.Sprint(dig(forwards, "HeadersConfig", "Headers")); got != "["+SignedHeader+"]" {
		t.Errorf("the service gets headers %s, want %s", got, SignedHeader)
	}
	response := dig(s.Resources["ResponsePolicy"].Properties, "ResponseHeadersPolicyConfig")
	custom := list(dig(response, "CustomHeadersConfig", "Items"))
	if got := fmt.Sprint(custom); got != "[map[Header:Vary Override:true Value:Accept]]" {
		t.Errorf("viewers get headers %s, want Vary: Accept", got)
	}
}

// Facts about images come from the service, keyed by the whole URL. CloudFront gives access to no other path of the
// service, unless it answers the URLs of other services too, and forwards nothing but the URL of a viewer's request.
func TestInfoAndSrcsetComeFromTheService(t *testing.T) {
	s := readStack(t)
	var paths []any
	always, _ := s.behaviors()
	for _, b := range always {
		paths = append(paths, dig(b, "PathPattern"))
		methods := fmt.Sprint(dig(b, "AllowedMethods"))
		if dig(b, "TargetOriginId") != "service" || dig(b, "CachePolicyId", "Ref") != "AnswersCachePolicy" ||
			dig(b, "OriginRequestPolicyId") != nil || methods != "[GET HEAD]" {
			t.Errorf("got %v", b)
		}
		function := "map[EventType:viewer-request FunctionARN:map[Fn::GetAtt:PathsFunction.FunctionMetadata.FunctionARN]]"
		if got := fmt.Sprint(b.(object)["FunctionAssociations"]); got != "map[Fn::If:[IsLambda ["+function+"] map[Ref:AWS::NoValue]]]" {
			t.Errorf("%v has functions %s, want that of paths on Lambda", dig(b, "PathPattern"), got)
		}
	}
	if got := fmt.Sprint(paths); got != "[/info/* /srcset/*]" {
		t.Errorf("got behaviours for %s", got)
	}
	policy := dig(s.Resources["AnswersCachePolicy"].Properties, "CachePolicyConfig")
	key := dig(policy, "ParametersInCacheKeyAndForwardedToOrigin")
	query, headers := dig(key, "QueryStringsConfig", "QueryStringBehavior"), dig(key, "HeadersConfig", "HeaderBehavior")
	if query != "all" || headers != "none" {
		t.Errorf("got cache key %v", key)
	}
	if dig(policy, "MaxTTL") != 60 {
		t.Errorf("an answer, which is never invalidated, is cached for %v s, want 60", dig(policy, "MaxTTL"))
	}
}

// behaviors returns the cache behaviors that a distribution has always, and those that it has beside them for other services' URLs.
func (s stack) behaviors() (always, ofDialects []any) {
	for _, b := range list(dig(s.Resources["Distribution"].Properties, "DistributionConfig", "CacheBehaviors")) {
		if choice := list(b.(object)["Fn::If"]); len(choice) == 3 && choice[0] == "HasDialects" {
			ofDialects = append(ofDialects, choice[1])
		} else {
			always = append(always, b)
		}
	}
	return always, ofDialects
}

// The URLs of other services come from the service, keyed by the whole URL and by Accept. Their behavior may be of all paths, so
// images are served before it as by default. Without tags, nothing purges them, and they are kept for a minute.
func TestDialectsComeFromTheService(t *testing.T) {
	s := readStack(t)
	_, ofDialects := s.behaviors()
	if len(ofDialects) != 3 {
		t.Fatalf("got %v, want images, variants and dialects", ofDialects)
	}
	byDefault := maps.Clone(dig(s.Resources["Distribution"].Properties, "DistributionConfig", "DefaultCacheBehavior").(object))
	for i, path := range []string{"/img/*", "/v/*"} {
		byDefault["PathPattern"] = path
		if !reflect.DeepEqual(ofDialects[i], byDefault) {
			t.Errorf("got %v, want %v", ofDialects[i], byDefault)
		}
	}
	b := ofDialects[2]
	if dig(b, "TargetOriginId") != "service" || dig(b, "PathPattern", "Ref") != "DialectPath" || dig(b, "OriginRequestPolicyId") != nil ||
		dig(b, "FunctionAssociations") != nil || dig(b, "CachePolicyId", "Ref") != "DialectsCachePolicy" {
		t.Errorf("got %v", b)
	}
	policy := dig(s.Resources["DialectsCachePolicy"].Properties, "CachePolicyConfig")
	key := dig(policy, "ParametersInCacheKeyAndForwardedToOrigin")
	if dig(key, "QueryStringsConfig", "QueryStringBehavior") != "all" || fmt.Sprint(dig(key, "HeadersConfig", "Headers")) != "[Accept]" {
		t.Errorf("got cache key %v", key)
	}
	if got := fmt.Sprint(policy.(object)["MaxTTL"]); got != "map[Fn::If:[HasTags 31536000 60]]" || dig(policy, "DefaultTTL") != 60 {
		t.Errorf("images are cached for %v, want a minute unless they are purged by tag", got)
	}
	for name, env := range s.environments() {
		if got := dig(env["IMGORIGIN_DIALECT"], "Ref"); (name == "ServeTask" || name == "HttpFunction") != (got == "Dialects") {
			t.Errorf("%s: IMGORIGIN_DIALECT is %v", name, got)
		}
	}
}

// The distribution keeps the tags that answers and stored variants carry if the workers invalidate by them. Otherwise
// their invalidations would be accepted, and do nothing.
func TestTagsAreKeptWhereTheyArePurged(t *testing.T) {
	s := readStack(t)
	config := dig(s.Resources["Distribution"].Properties, "DistributionConfig").(object)
	tagConfig, _ := config["CacheTagConfig"].(object)
	kept := list(tagConfig["Fn::If"])
	if len(kept) != 3 || kept[0] != "HasTags" || fmt.Sprint(s.Conditions["HasTags"]) != "map[Fn::Equals:[map[Ref:Purge] tags]]" {
		t.Fatalf("got %v if %v, want tags if Purge is tags", kept, s.Conditions["HasTags"])
	}
	if got, _ := dig(kept[1], "HeaderName").(string); !strings.EqualFold(got, cache.TagHeader) {
		t.Errorf("tags are read from %q, and answers carry them in %s", got, cache.TagHeader)
	}
	purging := 0
	for name, env := range s.environments() {
		if _, ok := env["IMGORIGIN_DISTRIBUTION"]; !ok {
			continue
		}
		purging++
		if got := fmt.Sprint(env["IMGORIGIN_PURGE"]); got != "map[Ref:Purge]" {
			t.Errorf("%s purges by %s, want what Purge says", name, got)
		}
	}
	if purging < 2 {
		t.Errorf("got %d kinds of workers, want those of Fargate and Lambda", purging)
	}
}

// CloudFront caches an error for its own minimum or for the service's max-age, whichever is longer. The minima have to
// be such that the result is the service's. CloudFront caches 404 and 5xx for its minimum even if they are no-store.
func TestErrorsAreCachedAsTheServiceSays(t *testing.T) {
	s := readStack(t)
	minimum := make(map[int]int)
	for _, e := range list(dig(s.Resources["Distribution"].Properties, "DistributionConfig", "CustomErrorResponses")) {
		minimum[dig(e, "ErrorCode").(int)] = dig(e, "ErrorCachingMinTTL").(int)
	}
	errs := map[int]error{404: fs.ErrNotExist, 500: nil, 502: errors.New("down"), 504: context.DeadlineExceeded}
	for status, err := range errs {
		want := maxAgeOf(t, "/img/cat.jpg", status, failing{err})
		if got, ok := minimum[status]; !ok || got != want {
			t.Errorf("%d is cached for %d s, want %d as the service says", status, got, want)
		}
	}
	for status, target := range map[int]string{400: "/img/cat.jpg?w=x", 403: "/img/cat.jpg?blur=2"} {
		want := maxAgeOf(t, target, status, failing{fs.ErrNotExist})
		if got, ok := minimum[status]; !ok || got > want {
			t.Errorf("%d is cached for at least %d s, want at most %d as the service says", status, got, want)
		}
	}
	if got, ok := minimum[503]; !ok || got != 0 {
		t.Errorf("503 is cached for %d s, want 0: the next request may be admitted", got)
	}
}

// maxAgeOf returns the max-age of the service's answer in seconds, 0 for no-store.
func maxAgeOf(t *testing.T, target string, status int, originals originals.Source) (seconds int) {
	t.Helper()
	s, err := server.New(server.Config{Originals: originals, MaxAge: 24 * time.Hour, Engine: writer{encodes: every}})
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

// A failing source of originals returns err, or panics if there is none.
type failing struct{ err error }

func (f failing) Open(context.Context, string) (*originals.Original, error) {
	if f.err == nil {
		panic("unexpected")
	}
	return nil, f.err
}

func (f failing) Stat(context.Context, string) (originals.Info, error) {
	return originals.Info{}, f.err
}
