package grammar

import (
	"slices"
	"strings"
)

// anyWords are the parameters that any can name: with them, an original has few variants on the ladder.
var anyWords = []param{pWidth, pHeight, pDPR, pFit, pCrop, pQuality, pFormat, pAuto, pAspect}

const takesAny = "names as w,h"

// anyOf returns the parameters that a value of any names: those that a signature leaves open, so that one signature is
// good for all sizes of an image.
//
//	/img/cat.jpg?w=480&any=w,dpr&s=…     signed as /img/cat.jpg?any=w,dpr
//
// What a client chooses comes to the ladder, as in an unsigned URL: there is no end to the sizes otherwise. ok is false if it
// names another parameter.
func anyOf(value string) (open []param, ok bool) {
	for word := range strings.SplitSeq(value, ",") {
		i := slices.IndexFunc(anyWords, func(p param) bool { return p.String() == word })
		if i < 0 {
			return nil, false
		}
		open = append(open, anyWords[i])
	}
	return open, true
}

// anyInQuery returns the parameters that a signature of a path and a query leaves open. The paths of variants have no others
// than those of signatures.
func anyInQuery(path, rawQuery string) (open []param) {
	if strings.HasPrefix(path, VariantPath) {
		return nil
	}
	for pair := range strings.SplitSeq(rawQuery, "&") {
		if name, value, _ := strings.Cut(pair, "="); unescape(name) == pAny.String() {
			open, _ = anyOf(unescape(value)) // the URL is refused if it is another value
		}
	}
	return open
}

// checkAny returns an error for an any that names what it can't, or that is beside limits, which the ladder does not know.
func (vs values) checkAny() error {
	if vs[pAny] == "" {
		return nil
	}
	if _, ok := anyOf(vs[pAny]); !ok {
		return &ParamError{pAny.String(), vs[pAny], takesAny}
	}
	for _, limit := range []param{pMaxWidth, pMaxHeight, pMinWidth, pMinHeight} {
		if vs[limit] != "" {
			return &ParamError{pAny.String(), vs[pAny], "no " + limit.String() + " beside it"}
		}
	}
	return nil
}
