package dialect

import (
	"crypto/hmac"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"encoding"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/imgorigin/imgorigin/server/grammar"
)

// signedPaths are URLs of services that sign paths: what comes before the signature, what follows it, and what is signed.
var signedPaths = []struct {
	dialect, key, path string
	sign               func(path string) (url string)
}{
	{"imgproxy", "736563726574:68656c6c6f", "cb:1/rs:fit:20:20/sm:1/exp:4000000000/q:50/plain/local:///a/cat.jpg@webp", func(path string) string {
		return "/" + hmacOf("secret", "hello/"+path) + "/" + path
	}},
	{"imgproxy", "736563726574:68656c6c6f", "sm:1/w:20/" + base64.RawURLEncoding.EncodeToString([]byte("local:///a/cat.jpg")), func(path string) string {
		return "/" + hmacOf("secret", "hello/"+path) + "/" + path
	}},
	{"imagor", "secret", "10x10:90x90/20x20/left/top/filters:quality(50):strip_icc():format(webp)/a/cat.jpg", func(path string) string {
		return "/" + hmacOf("secret", path) + "/" + path
	}},
	{"cloudinary", "secret", "fl_progressive,w_20/c_fill,h_20/f_webp/v12/a/cat.jpg", func(path string) string {
		sum := sha1.Sum([]byte(strings.ReplaceAll(path, "v12/", "") + "secret"))
		return "/image/upload/s--" + base64.URLEncoding.EncodeToString(sum[:])[:8] + "--/" + path
	}},
}

func hmacOf(key, text string) string {
	mac := hmac.New(sha256.New, []byte(key))
	mac.Write([]byte(text))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// However a client spells a signed path, and wherever it adds a version, it gets what was signed or nothing.
func TestSignedPathsSayOneThing(t *testing.T) {
	for _, test := range signedPaths {
		set := mounted(t, test.dialect, test.dialect+"="+test.key)
		signed := test.sign(test.path)
		before := strings.TrimSuffix(signed, test.path)
		want, err := set.Translate(signed, "")
		if err != nil || !want.Signed || want.Key != "a/cat.jpg" {
			t.Fatalf("%s: got %+v, %v", signed, want, err)
		}
		accepted := 0
		for _, path := range spellings(test.path) {
			got, err := set.Translate(before+path, "")
			if err == nil {
				accepted++
			}
			if err == nil && got.Signed && !reflect.DeepEqual(got, want) {
				t.Errorf("%s: %s has the signature of %s, and is %+v, want %+v", test.dialect, path, test.path, got, want)
			}
		}
		if accepted < len(test.path) {
			t.Errorf("%s: %d spellings are accepted, want at least those with a single character that is encoded", test.path, accepted)
		}
	}
}

// spellings returns a path with one character encoded once and twice, with all of each kind and all of all kinds, and with versions.
func spellings(path string) (all []string) {
	for i := range len(path) {
		c := fmt.Sprintf("%%%02X", path[i])
		all = append(all, path[:i]+c+path[i+1:], path[:i]+"%25"+c[1:]+path[i+1:], strings.ReplaceAll(path, path[i:i+1], c))
		if path[i] == '/' {
			all = append(all, path[:i]+"/v12/"+path[i+1:], path[:i]+"/v12%2F"+path[i+1:])
		}
	}
	return append(all, encodeAll(path), encodeAll(encodeAll(path)), "v1/"+path)
}

func encodeAll(s string) string {
	var b strings.Builder
	for i := range len(s) {
		fmt.Fprintf(&b, "%%%02X", s[i])
	}
	return b.String()
}

// imgix signs by an MD5 that begins with its token, which can be gone on with. What a longer text would need after the signed one, no URL
// can have: neither as it is, nor percent-encoded.
func TestImgixSignaturesCannotBeExtended(t *testing.T) {
	const token, signed, more = "FOO123bar", "/cat.jpg?w=20", "&w=2000"
	known := md5.Sum([]byte(token + signed))
	length := len(token + signed)
	padding := append([]byte{0x80}, make([]byte, (55-length%64+64)%64)...)
	padding = binary.LittleEndian.AppendUint64(padding, uint64(length)*8)

	state := append([]byte("md5\x01"), make([]byte, 16+64)...) // as encoding.BinaryUnmarshaler has it
	for i := range 4 {
		binary.BigEndian.PutUint32(state[4+4*i:], binary.LittleEndian.Uint32(known[4*i:]))
	}
	state = binary.BigEndian.AppendUint64(state, uint64(length+len(padding)))
	h := md5.New()
	if err := h.(encoding.BinaryUnmarshaler).UnmarshalBinary(state); err != nil {
		t.Fatal(err)
	}
	h.Write([]byte(more))
	extended := hex.EncodeToString(h.Sum(nil))
	if sum := md5.Sum([]byte(token + signed + string(padding) + more)); hex.EncodeToString(sum[:]) != extended {
		t.Fatal("the extension is wrong")
	}
	set := mounted(t, "imgix", "imgix="+token)
	if got, err := set.Translate("/cat.jpg", "w=20&s="+hex.EncodeToString(known[:])); err != nil || !got.Signed {
		t.Fatalf("signed: got %v, %v", got, err)
	}
	query := "w=20" + encodeAll(string(padding)) + more + "&s=" + extended
	if got, err := set.Translate("/cat.jpg", query); !errors.Is(err, grammar.ErrSignature) {
		t.Errorf("extended: got %+v, %v", got, err)
	}
}
