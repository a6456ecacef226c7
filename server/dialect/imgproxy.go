package dialect

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"strings"

	"github.com/imgorigin/imgorigin/server/grammar"
)

// imgproxy translates the URLs of imgproxy, https://docs.imgproxy.net/usage/processing:
//
//	/<signature>/rs:fill:300:200/q:75/plain/https://example.com/cat.jpg@webp
//	/<signature>/w:300/aHR0cHM6Ly9leGFtcGxlLmNvbS9jYXQuanBn.webp
//
// It takes the options' long names too. Without an extension the format is negotiated, where imgproxy keeps the original's
// or negotiates, as it is configured.
func imgproxy(l location, keys Keys) (grammar.Translation, error) {
	signature, rest, ok := strings.Cut(l.path, "/")
	p := newParameters("imgproxy", l)
	if !ok {
		p.fail(l.path, "has no source")
		return p.image("", false)
	}
	signed := false
	if len(keys) > 0 && !isUnsigned(signature) {
		rest, signed = signedForm(rest, func(text string) bool { return verifyImgproxy(keys, "/"+text, signature) })
		if !signed {
			return grammar.Translation{}, grammar.ErrSignature
		}
		p.trusted = true
	}
	o := imgproxyOptions{parameters: p}
	p.set("fm", "auto")
	source := o.parse(rest)
	o.applyPadding()
	image, err := p.image(source, signed)
	image.Expires = o.expires
	return image, err
}

// checkImgproxyKey returns an error unless key is KEY:SALT, both in hexadecimal.
func checkImgproxyKey(key string) error {
	if _, _, ok := imgproxyKey(key); !ok {
		return errors.New("a key of imgproxy: want KEY:SALT, both in hexadecimal, as IMGPROXY_KEY and IMGPROXY_SALT have them")
	}
	return nil
}

func imgproxyKey(s string) (key, salt string, ok bool) {
	k, t, _ := strings.Cut(s, ":")
	keyBytes, errKey := hex.DecodeString(k)
	saltBytes, errSalt := hex.DecodeString(t)
	return string(keyBytes), string(saltBytes), errKey == nil && errSalt == nil && len(keyBytes) > 0
}

// verifyImgproxy reports whether a signature is valid for a path. IMGPROXY_SIGNATURE_SIZE may have cut it, but not to a few
// bytes that can be guessed.
func verifyImgproxy(keys Keys, path, signature string) bool {
	const atLeast = 8 // bytes
	for _, pair := range keys {
		if key, salt, ok := imgproxyKey(pair); ok && anyMAC(sha256.New, Keys{key}, salt+path, signature, atLeast) {
			return true
		}
	}
	return false
}

// parse reads the options of a path and returns the source that follows them.
func (o *imgproxyOptions) parse(path string) (source string) {
	for {
		segment, rest, more := strings.Cut(path, "/")
		segment = o.unescape(segment)
		switch {
		case segment == "plain" && more:
			source, extension, _ := strings.Cut(rest, "@")
			o.extension(extension)
			return o.unescape(source)
		case segment == "enc":
			o.fail("enc", "is an encrypted source, which "+noCounterpart)
			return ""
		case !strings.Contains(segment, ":"):
			return o.encodedSource(path)
		case !more:
			o.fail(segment, "is followed by no source")
			return ""
		}
		o.apply(segment)
		path = rest
	}
}

// encodedSource returns the source that is base64, with slashes anywhere, and may have an extension.
func (o *imgproxyOptions) encodedSource(path string) string {
	path = strings.ReplaceAll(path, "/", "")
	encoded, extension, _ := strings.Cut(path, ".")
	source, err := base64.RawURLEncoding.DecodeString(urlAlphabet.Replace(strings.TrimRight(o.unescape(encoded), "=")))
	if err != nil {
		o.fail(encoded, "is neither an option nor a source in base64")
	}
	o.extension(extension)
	return string(source)
}

func (o *imgproxyOptions) extension(name string) {
	if name != "" {
		o.format(name, "@"+name)
	}
}
