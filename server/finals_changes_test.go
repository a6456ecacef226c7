package server

import (
	"bytes"
	"context"
	"sync"
	"testing"
	"time"

	"github.com/imgorigin/imgorigin/resize"
)

// The original is overwritten while the final of its old state is made: that final replaces nothing.
func TestFinalOfAnOldOriginal(t *testing.T) {
	w := newFinalWorld(t)
	var o *origin
	w.onFinal = sync.OnceFunc(func() {
		w.originals.put("cat.jpg", photo(800, 600, 9))
		o.get("/img/cat.jpg?w=480&fm=webp") // a draft of the new state
	})
	o = w.start(Drafts{})
	o.get("/img/cat.jpg?w=480&fm=webp")
	o.settle()
	_, info, _ := w.originals.get("cat.jpg")
	for k, v := range variantsIn(w.store) {
		if v.OriginalETag != info.ETag || v.Draft {
			t.Errorf("%s is stored of %s, a draft: %t, want a final of %s", k, v.OriginalETag, v.Draft, info.ETag)
		}
	}
	o.wantFinal480("final", finalAge)
	if got := w.finals.Load(); got != 2 {
		t.Errorf("got %d finals, want 2", got)
	}
}

// The original is overwritten after the look that precedes the put of a final: the look after it takes the final back.
func TestFinalOvertakenByAChange(t *testing.T) {
	w := newFinalWorld(t)
	o := w.start(Drafts{})
	w.onFinal = func() {
		w.store.Before = func(_ context.Context, operation, _ string) error {
			if operation == "put" {
				w.originals.put("cat.jpg", photo(800, 600, 9))
			}
			return nil
		}
	}
	o.get("/img/cat.jpg?w=480&fm=webp")
	o.settle()
	if left := variantsIn(w.store); len(left) != 0 {
		t.Errorf("got %v in the store, want nothing of the old original", left)
	}
}

// The original is overwritten by something that can't be decoded. The draft of its old state is no final.
func TestDraftOfAnOldOriginalIsNoFinal(t *testing.T) {
	w := newFinalWorld(t)
	w.start(Drafts{Delay: time.Hour}).wantFinal480("draft", draftAge)
	o := w.start(Drafts{Delay: time.Hour})
	w.originals.put("cat.jpg", photo(800, 600, 2)[:2000])
	o.makeFinalsOf(t.Context(), "cat.jpg", []resize.Transform{{Width: 480, Format: resize.WebP}})
	w.wantStored(true)
}

// The original is overwritten before the final is begun, which is of its new state, and may be larger than the draft of the old one.
func TestFinalOfANewOriginal(t *testing.T) {
	w := newFinalWorld(t)
	w.finalBytes = 2500
	o := w.start(Drafts{Delay: time.Hour})
	o.wantFinal480("draft", draftAge)
	w.originals.put("cat.jpg", photo(800, 600, 2))
	o.makeFinalsOf(t.Context(), "cat.jpg", []resize.Transform{{Width: 480, Format: resize.WebP}})
	if v := w.wantStored(false); !bytes.Contains(v.Body, []byte("final")) {
		t.Errorf("got %.24q, want the final", v.Body)
	}
}
