// Package clientip finds the address of the client behind trusted proxies.
//
// The middlewares of chi do the same before every request, with a copy of the request and a context value for each,
// and know nothing of CloudFront-Viewer-Address. The address is wanted only by what costs a decode: here it is computed
// when it is asked for.
package clientip

import (
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// Proxies are the networks of the proxies in front, whose headers are believed.
type Proxies []netip.Prefix

// Trust reports whether address belongs to one of the proxies.
func (p Proxies) Trust(address netip.Addr) bool {
	return slices.ContainsFunc(p, func(network netip.Prefix) bool { return network.Contains(address) })
}

// ViewerAddressHeader carries the viewer's address and port from CloudFront.
const ViewerAddressHeader = "CloudFront-Viewer-Address"

// Client returns the client's address: the peer's, unless the peer is a trusted proxy. Then it is the one in
// [ViewerAddressHeader] if viaCloudFront says that the request came through the operator's own distribution, else the
// rightmost entry of X-Forwarded-For that is not a trusted proxy: each proxy appends the address of its peer, so
// anything further left may be forged. An entry that is not an address ends the search at the proxy that sent it. The
// zero address is returned for a peer that can't be parsed.
func (p Proxies) Client(r *http.Request, viaCloudFront bool) netip.Addr {
	address := Peer(r)
	if !p.Trust(address) {
		return address
	}
	if viewer, ok := parseViewer(r.Header.Get(ViewerAddressHeader)); ok && viaCloudFront {
		return viewer
	}
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for _, hop := range slices.Backward(hops) {
		parsed, err := netip.ParseAddr(strings.TrimSpace(hop))
		if err != nil {
			return address
		}
		if address = plain(parsed); !p.Trust(address) {
			return address
		}
	}
	return address
}

// Peer returns the address of the connection that a request came by, the zero address if it can't be parsed.
// RemoteAddr has no port on Lambda.
func Peer(r *http.Request) netip.Addr {
	if withPort, err := netip.ParseAddrPort(r.RemoteAddr); err == nil {
		return plain(withPort.Addr())
	}
	address, err := netip.ParseAddr(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	return plain(address)
}

// plain returns an IPv4 address mapped into IPv6 as IPv4, without a zone: otherwise another notation would pass for
// another client, or a client for a trusted proxy.
func plain(address netip.Addr) netip.Addr { return address.Unmap().WithZone("") }

// parseViewer parses 198.51.100.10:46532 and, which CloudFront writes without brackets, 2001:db8::1:46532.
func parseViewer(text string) (netip.Addr, bool) {
	colon := strings.LastIndexByte(text, ':')
	if colon < 0 {
		return netip.Addr{}, false
	}
	address, err := netip.ParseAddr(strings.Trim(text[:colon], "[]"))
	return plain(address), err == nil
}

// Network returns the network that likely belongs to a single client: a /24 of IPv4, a /56 of IPv6. It is the zero
// prefix for the zero address.
func Network(address netip.Addr) netip.Prefix {
	bits := 56
	if address.Is4() {
		bits = 24
	}
	network, err := address.Prefix(bits)
	if err != nil {
		return netip.Prefix{}
	}
	return network
}
