package clientip_test

import (
	"net/http"
	"net/netip"
	"testing"

	"github.com/imgorigin/imgorigin/server/clientip"
)

func TestClient(t *testing.T) {
	proxies := clientip.Proxies{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fd00::/8")}
	const direct, viaCloudFront = false, true
	tests := []struct {
		viaCloudFront           bool
		peer, forwarded, viewer string
		want                    string
	}{
		{direct, "203.0.113.9:1", "", "", "203.0.113.9"},
		{direct, "203.0.113.9", "", "", "203.0.113.9"},
		{direct, "203.0.113.9:1", "198.51.100.1", "198.51.100.2:5", "203.0.113.9"}, // forged
		{direct, "10.0.0.1:1", "198.51.100.1", "", "198.51.100.1"},
		{direct, "[::ffff:10.0.0.1]:1", "198.51.100.1", "", "198.51.100.1"},
		{direct, "10.0.0.1:1", "6.6.6.6, 198.51.100.1, 10.2.3.4", "", "198.51.100.1"}, // 6.6.6.6 may be forged
		{direct, "[fd00::1]:1", "2001:db8::5", "", "2001:db8::5"},
		{direct, "10.0.0.1:1", "198.51.100.1, nonsense", "", "10.0.0.1"},
		{direct, "10.0.0.1:1", "", "", "10.0.0.1"},
		{direct, "10.0.0.1:1", "10.7.7.7", "", "10.7.7.7"},
		{direct, "10.0.0.1:1", "198.51.100.1", "6.6.6.6:5", "198.51.100.1"}, // may not have come through CloudFront
		{viaCloudFront, "10.0.0.1:1", "198.51.100.1", "198.51.100.2:5", "198.51.100.2"},
		{viaCloudFront, "10.0.0.1:1", "198.51.100.1", "2001:db8::7:46532", "2001:db8::7"},
		{viaCloudFront, "10.0.0.1:1", "198.51.100.1", "nonsense", "198.51.100.1"},
		{viaCloudFront, "203.0.113.9:1", "198.51.100.1", "198.51.100.2:5", "203.0.113.9"},
		{direct, "@", "198.51.100.1", "", "invalid IP"},
	}
	for _, test := range tests {
		r := &http.Request{RemoteAddr: test.peer, Header: http.Header{
			"X-Forwarded-For": {test.forwarded}, "Cloudfront-Viewer-Address": {test.viewer},
		}}
		if got := proxies.Client(r, test.viaCloudFront).String(); got != test.want {
			t.Errorf("%+v: got %s", test, got)
		}
	}
}

func TestNetwork(t *testing.T) {
	for address, want := range map[string]string{
		"2001:db8:1:2ff::5": "2001:db8:1:200::/56",
		"198.51.100.7":      "198.51.100.0/24",
	} {
		if got := clientip.Network(netip.MustParseAddr(address)).String(); got != want {
			t.Errorf("%s: got network %s, want %s", address, got, want)
		}
	}
}
