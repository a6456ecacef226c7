package dialect

import (
	"crypto/hmac"
	"encoding/base64"
	"hash"
	"net/url"
	"strings"
)

// isUnsigned reports whether the place of a signature holds a word that says there is none.
func isUnsigned(signature string) bool {
	return signature == "unsafe" || signature == "insecure" || signature == "_"
}

// anyMAC reports whether signature, in either alphabet of base64, is the HMAC of text under one of the keys. It may be the
// first bytes only, at least as many as atLeast.
func anyMAC(newHash func() hash.Hash, keys Keys, text, signature string, atLeast int) bool {
	given, err := base64.RawURLEncoding.DecodeString(urlAlphabet.Replace(strings.TrimRight(signature, "=")))
	if err != nil || len(given) < atLeast {
		return false
	}
	isValid := false
	for _, key := range keys {
		for _, text := range asSigned(text) {
			mac := hmac.New(newHash, []byte(key))
			mac.Write([]byte(text))
			sum := mac.Sum(nil)
			isValid = len(given) <= len(sum) && hmac.Equal(sum[:len(given)], given) || isValid
		}
	}
	return isValid
}

// asSigned returns what of a path may have been signed: the path as it was sent, or before a client percent-encoded it.
func asSigned(path string) []string {
	if decoded, err := url.PathUnescape(path); err == nil && decoded != path {
		return []string{path, decoded}
	}
	return []string{path}
}

// urlAlphabet turns standard base64 into its form for URLs.
var urlAlphabet = strings.NewReplacer("+", "-", "/", "_")
