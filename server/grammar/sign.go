package grammar

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"net/url"
	"slices"
	"strings"
)

// Sign returns the signature of a URL, the value of its parameter s: the HMAC-SHA256 under key of
//
//	<path>?<name>=<value>&…
//
// in url-safe base64 without padding. The path, names and values are decoded and percent-encoded again, all but
// A-Z a-z 0-9 - . _ ~ (and / in the path), the pairs are sorted, and s itself is left out, so that neither another
// spelling nor another order of the same URL changes the signature. Parameters outside the grammar are signed too. Those that
// the parameter any names are left out, under all their names.
func Sign(key, path, rawQuery string) string {
	mac := hmac.New(sha256.New, []byte(key))
	mac.Write([]byte(canonical(path, rawQuery)))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// verify reports whether signature is valid under any of the keys: several are valid at once so that they can be
// rotated without breaking URLs. The comparison takes constant time.
func verify(keys []string, path, rawQuery, signature string) bool {
	given, err := base64.RawURLEncoding.Strict().DecodeString(strings.TrimRight(signature, "="))
	if err != nil {
		return false
	}
	valid := false
	for _, key := range keys {
		mac := hmac.New(sha256.New, []byte(key))
		mac.Write([]byte(canonical(path, rawQuery)))
		valid = hmac.Equal(mac.Sum(nil), given) || valid
	}
	return valid
}

// canonical returns the text that is signed.
func canonical(path, rawQuery string) string {
	return percentEncode(path, "/") + "?" + canonicalQuery(rawQuery, append(anyInQuery(path, rawQuery), pSignature)...)
}

// canonicalQuery returns a query with its pairs sorted and spelled in one way, without some parameters.
func canonicalQuery(rawQuery string, without ...param) string {
	var pairs []string
	for pair := range strings.SplitSeq(rawQuery, "&") {
		name, value, _ := strings.Cut(pair, "=")
		name, value = unescape(name), unescape(value)
		isLeftOut := slices.ContainsFunc(without, func(p param) bool { return slices.Contains(params[p].names, name) })
		if pair != "" && !isLeftOut {
			pairs = append(pairs, percentEncode(name, "")+"="+percentEncode(value, ""))
		}
	}
	slices.Sort(pairs)
	return strings.Join(pairs, "&")
}

// unescape decodes s; an s with an invalid escape is returned as it is.
func unescape(s string) string {
	if u, err := url.QueryUnescape(s); err == nil {
		return u
	}
	return s
}

// percentEncode encodes every byte but the unreserved characters of RFC 3986 and those in keep.
func percentEncode(s, keep string) string {
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	for i := range len(s) {
		c := s[i]
		if 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.IndexByte("-._~"+keep, c) >= 0 {
			b.WriteByte(c)
		} else {
			b.Write([]byte{'%', hex[c>>4], hex[c&15]})
		}
	}
	return b.String()
}
