package backfill

import (
	"errors"
	"fmt"
	"testing"

	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/server/warm"
	"github.com/imgorigin/imgorigin/server/warm/quarantine"
	"github.com/imgorigin/imgorigin/server/warm/quarantine/quarantinetest"
	"github.com/imgorigin/imgorigin/server/warm/warmtest"
)

func TestRedrive(t *testing.T) {
	target, m := warmtest.NewTarget(), quarantinetest.NewMemory()
	cached := quarantine.NewCached(m, nil)
	w := newWarmer(t, warm.Config{Target: target, Quarantine: cached})
	for _, key := range []string{"fixed.jpg", "bad.jpg", "gone.jpg", "denied.jpg", "other/x.jpg"} {
		target.DecodeErrors[key] = resize.ErrUnsupported
		target.Put(key)
	}
	for _, ev := range target.Events {
		if _, err := w.Handle(t.Context(), ev); err != nil {
			t.Error(err)
		}
	}
	delete(target.DecodeErrors, "fixed.jpg")
	delete(target.Originals, "gone.jpg")
	target.Unreachable["denied.jpg"] = errors.New("throttled")

	calls := make(map[string]string)
	sum, err := Redrive{Quarantine: cached, Warmer: w, Each: func(c quarantine.Case, r warm.Result, err error) {
		calls[c.Original] = fmt.Sprint(r.Made, r.DecodeError != nil, err != nil)
	}}.Run(t.Context())
	if want := (RedriveSummary{Back: 1, Gone: 1, Again: 2, Failed: 1}); err != nil || sum != want || len(calls) != 5 {
		t.Errorf("got %+v, %v, calls of Each %v, want %+v", sum, err, calls, want)
	}
	made := len(target.Variants["fixed.jpg"])
	if _, ok := m.Cases["fixed.jpg"]; ok || len(m.Cases) != 3 || made != len(warmtest.Ladder) {
		t.Errorf("got cases %v, want bad.jpg, denied.jpg and other/x.jpg", m.Cases)
	}
	sum, err = Redrive{Quarantine: cached, Warmer: w, Prefix: "other/"}.Run(t.Context())
	if want := (RedriveSummary{Again: 1}); err != nil || sum != want {
		t.Errorf("got %+v, %v, want other/x.jpg again", sum, err)
	}
}
