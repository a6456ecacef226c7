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

// A cloudFront runs an edge function in goja, with the modules and events of CloudFront.
type cloudFront struct {
	vm      *goja.Runtime
	handler goja.Callable
	keys    string // the entry KeysName of the KeyValueStore; "" means that there is none
}

// An answer is the result of a request: its rewritten path, or a refusal.
type answer struct {
	// path and signed are of a request that goes on. signed is the value of SignedHeader.
	path, signed string

	// status is 0 for a request that goes on.
	status                      int
	body, contentType, cacheFor string
}

// imports matches the lines of the function that goja does not run as they are, since it has no modules.
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

// get is the method of the KeyValueStore, which rejects the promise if there is no such entry.
func (c *cloudFront) get(name string) *goja.Promise {
	promise, resolve, reject := c.vm.NewPromise()
	if name == KeysName && c.keys != "" {
		resolve(c.keys)
	} else {
		reject(errors.New("KeyNotFound"))
	}
	return promise
}

// createHmac is the function of the crypto module, for the arguments that the edge function uses.
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

// event returns CloudFront's event for a request: the URI as it was sent, headers in lower case, and the query both
// parsed, still percent-encoded, and raw. The raw query is undefined if the URL has no question mark.
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
		for _, value := range values {
			all = append(all, map[string]any{"value": value})
		}
		v["multiValue"] = all
	}
	return v
}

// ask runs the function for a request. It fails the test if the function does what CloudFront answers with a 5xx.
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

// toObject converts a map to a JavaScript object, as the runtime has it. A Go map would not reflect what the function
// deletes.
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

// unescaped decodes the percent-encoding of a path.
func unescaped(t *testing.T, path string) string {
	t.Helper()
	s, err := url.PathUnescape(path)
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return s
}
