package admission

import (
	"net/netip"
	"strconv"
	"strings"
	"testing"
	"time"
)

func TestLimitsForgetInTime(t *testing.T) {
	l := NewLimits(2, 0)
	now := time.Unix(1e9, 0)
	admit := func(width, second int) time.Duration {
		err := l.Admit("cat.jpg", strconv.Itoa(width), netip.Prefix{}, now.Add(time.Duration(second)*time.Second))
		if err == nil {
			return 0
		}
		return err.(*LimitError).After
	}
	for _, test := range []struct{ width, second, want int }{
		{1, 0, 0}, {2, 20, 0}, {3, 30, 30}, {2, 40, 0}, {3, 59, 1}, {3, 60, 0}, {4, 61, 19}, {4, 80, 0}, {1, 81, 39},
	} {
		if got := admit(test.width, test.second); got != time.Duration(test.want)*time.Second {
			t.Errorf("%+v: got %v", test, got)
		}
	}
}

// A variant of many bytes counts as many variants.
func TestLimitsCountBytes(t *testing.T) {
	tests := []struct {
		bytes int64
		more  int // variants that are admitted beside it in the same minute
	}{
		{0, 9}, {1 << 20, 9}, {1<<20 + 1, 8}, {5 << 20, 5}, {1 << 40, 0},
	}
	network, now := netip.MustParsePrefix("192.0.2.0/24"), time.Unix(1e9, 0)
	for _, test := range tests {
		for name, l := range map[string]*Limits{"original": NewLimits(10, 0), "network": NewLimits(0, 10)} {
			if err := l.Admit("cat.jpg", "full.png", network, now); err != nil {
				t.Fatal(err)
			}
			l.Charge("cat.jpg", network, test.bytes, now)
			more := 0
			for more < 20 && l.Admit("cat.jpg", strconv.Itoa(more), network, now) == nil {
				more++
			}
			if more != test.more {
				t.Errorf("%d bytes, by %s: got %d more variants, want %d", test.bytes, name, more, test.more)
			}
			if err := l.Admit("cat.jpg", "other", network, now.Add(time.Minute)); err != nil {
				t.Errorf("%d bytes, by %s, a minute later: got %v", test.bytes, name, err)
			}
		}
	}
}

func TestLimitsAreBounded(t *testing.T) {
	l := NewLimits(3, 1000)
	now := time.Unix(1e9, 0)
	key := strings.Repeat("k", 1000)
	for i := range 3 * rememberLimit {
		network := netip.PrefixFrom(netip.AddrFrom4([4]byte{byte(i >> 16), byte(i >> 8), byte(i), 0}), 24)
		if err := l.Admit(key+strconv.Itoa(i/2), strconv.Itoa(i), network, now); err != nil {
			t.Fatal(err)
		}
	}
	held := 0
	for _, fills := range l.recent.Values() {
		held += len(fills)
	}
	if held != l.held || held > rememberLimit || l.recent.Len() > rememberLimit {
		t.Errorf("got %d fills of %d remembered, counted as %d, want at most %d", held, l.recent.Len(), l.held, rememberLimit)
	}
}
