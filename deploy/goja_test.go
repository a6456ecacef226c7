package deploy

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/dop251/goja"
)

// A cloudFront runs an edge function as CloudFront does, as far as the function can tell.
type cloudFront struct {
	vm      *goja.Runtime
	handler goja.Callable
	keys    string // in the KeyValueStore, "" is an absent entry
}

// An answer is what became of a request: its new path, or a refusal.
type answer struct {
	path, signed string // of a request that goes on; signed is SignedHeader

	status                      int // of a refusal, else 0
	body, contentType, cacheFor string
}

// imports are the only lines of the function that goja, which knows no modules, doesn't take as they are.
var imports = regexp.MustCompile(`import (\w+) from ?'(\w+)';`)

func newCloudFront(t *testing.T, code, keys string) *cloudFront {
	t.Helper()
	c := &cloudFront{vm: goja.New(), keys: keys}
	c.vm.SetFieldNameMapper(goja.UncapFieldNameMapper())
	modules := map[string]any{
		"crypto":     map[string]any{"createHmac": createHmac},
		"cloudfront": map[string]any{"kvs": func() map[string]any { return map[string]any{"get": c.get} }},
	}
	c.vm.Set("require", func(name string) any { return modules[name] })
	if _, err := c.vm.RunString("'use strict';" + imports.ReplaceAllString(code, "const $1=require('$2');")); err != nil {
		t.Fatal(err)
	}
	var ok bool
	if c.handler, ok = goja.AssertFunction(c.vm.Get("handler")); !ok {
		t.Fatal("the function has no handler")
	}
	return c
}

// get is the KeyValueStore's, which rejects for an absent key.
func (c *cloudFront) get(name string) *goja.Promise {
	promise, resolve, reject := c.vm.NewPromise()
	if name == KeysName && c.keys != "" {
		resolve(c.keys)
	} else {
		reject(errors.New("KeyNotFound"))
	}
	return promise
}

// createHmac is the crypto module's, as far as the function goes.
func createHmac(algorithm, key string) map[string]any {
	if algorithm != "sha256" {
		panic("createHmac: " + algorithm)
	}
	mac := hmac.New(sha256.New, []byte(key))
	var h map[string]any
	h = map[string]any{
		"update": func(s string) map[string]any { mac.Write([]byte(s)); return h },
		"digest": func(encoding string) string {
			if encoding != "base64url" {
				panic("digest: " + encoding)
			}
			return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
		},
	}
	return h
}

// event is what CloudFront makes of a request: the URI as it was sent, headers in lower case, the query both parsed
// (still percent-encoded) and raw, which is undefined where the URL has no question mark.
func event(target string, header http.Header) map[string]any {
	uri, raw, hasQuery := strings.Cut(target, "?")
	headers := make(map[string]any)
	for name, values := range header {
		headers[strings.ToLower(name)] = multiValue(values)
	}
	parsed := make(map[string][]string)
	for pair := range strings.SplitSeq(raw, "&") {
		if name, value, _ := strings.Cut(pair, "="); pair != "" {
			parsed[name] = append(parsed[name], value)
		}
	}
	query := make(map[string]any)
	for name, values := range parsed {
		query[name] = multiValue(values)
	}
	request := map[string]any{
		"method": "GET", "uri": uri, "querystring": query, "headers": headers, "cookies": map[string]any{},
		"rawQueryString": func() any {
			if !hasQuery {
				return goja.Undefined()
			}
			return raw
		},
	}
	return map[string]any{
		"version": "1.0", "context": map[string]any{"eventType": "viewer-request"},
		"viewer": map[string]any{"ip": "192.0.2.1"}, "request": request,
	}
}

func multiValue(values []string) map[string]any {
	v := map[string]any{"value": values[0]}
	if len(values) > 1 {
		var all []any
		for _, one := range values {
			all = append(all, map[string]any{"value": one})
		}
		v["multiValue"] = all
	}
	return v
}

// ask sends a request through the function. It fails the test for what CloudFront would answer with an error of its own.
func (c *cloudFront) ask(t *testing.T, target string, header http.Header) answer {
	t.Helper()
	result, err := c.handler(goja.Undefined(), c.toObject(event(target, header)))
	if err != nil {
		t.Fatalf("%.200s: %v", target, err)
	}
	if promise, ok := result.Export().(*goja.Promise); ok {
		if promise.State() != goja.PromiseStateFulfilled {
			t.Fatalf("%.200s: the function throws %v", target, promise.Result())
		}
		result = promise.Result()
	}
	var out struct {
		Uri         string
		Querystring map[string]any
		Headers     map[string]struct{ Value string }
		StatusCode  int
		Body        struct{ Encoding, Data string }
	}
	if err := c.vm.ExportTo(result, &out); err != nil {
		t.Fatalf("%.200s: %v", target, err)
	}
	if out.StatusCode != 0 {
		if out.Body.Encoding != "text" {
			t.Errorf("%.200s: body in encoding %q", target, out.Body.Encoding)
		}
		return answer{
			status: out.StatusCode, body: out.Body.Data,
			contentType: out.Headers["content-type"].Value, cacheFor: out.Headers["cache-control"].Value,
		}
	}
	if len(out.Querystring) != 0 {
		t.Errorf("%.200s: goes on with query %v", target, out.Querystring)
	}
	return answer{path: out.Uri, signed: out.Headers[strings.ToLower(SignedHeader)].Value}
}

// toObject makes a plain JavaScript object, as the runtime has it: a Go map would not show what the function deletes.
func (c *cloudFront) toObject(m map[string]any) *goja.Object {
	o := c.vm.NewObject()
	for name, v := range m {
		switch v := v.(type) {
		case map[string]any:
			o.Set(name, c.toObject(v))
		default:
			o.Set(name, v)
		}
	}
	return o
}

// unescaped returns the bytes that a path stands for.
func unescaped(t *testing.T, path string) string {
	t.Helper()
	s, err := url.PathUnescape(path)
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return s
}
