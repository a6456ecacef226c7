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
		mac := hmac.New(newHash, []byte(key))
		mac.Write([]byte(text))
		sum := mac.Sum(nil)
		isValid = len(given) <= len(sum) && hmac.Equal(sum[:len(given)], given) || isValid
	}
	return isValid
}

// signedForm returns the form of a path that was signed: the path as it was sent, or as it was before a client percent-encoded it. ok
// is false if neither was. Only that form says what the URL asks for. Another with the same decoded text may have a slash less, and
// with it one option where two were signed, of which the first is ignored: the whole image, by the signature of a small one.
func signedForm(path string, isSigned func(text string) bool) (signed string, ok bool) {
	if isSigned(path) {
		return path, true
	}
	decoded, err := url.PathUnescape(path)
	return decoded, err == nil && decoded != path && isSigned(decoded)
}

// urlAlphabet turns standard base64 into its form for URLs.
var urlAlphabet = strings.NewReplacer("+", "-", "/", "_")
