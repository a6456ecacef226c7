package server

import (
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// client returns the address of who asks: the peer's, unless that is a proxy that we trust. Then it is the nearest
// in X-Forwarded-For that is not such a proxy: each adds its peer at the end, and what stands before the first one
// that we don't trust can be anybody's invention. CloudFront-Viewer-Address counts where the secret shows that the
// request came through the own distribution: other proxies hand on what a client makes up. The zero address is one
// that can't be read.
func (s *Server) client(r *http.Request) netip.Addr {
	address := peerOf(r.RemoteAddr)
	if !s.trusts(address) {
		return address
	}
	if viewer, ok := viewerAddress(r.Header.Get("CloudFront-Viewer-Address")); ok && len(s.config.OriginSecrets) > 0 {
		return viewer
	}
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for _, hop := range slices.Backward(hops) {
		one, err := netip.ParseAddr(strings.TrimSpace(hop))
		if err != nil {
			return address // that of the last who said something we understand
		}
		if address = one.Unmap().WithZone(""); !s.trusts(address) {
			return address
		}
	}
	return address
}

// peerOf reads the address of a connection, to which Lambda gives no port.
func peerOf(remote string) netip.Addr {
	if with, err := netip.ParseAddrPort(remote); err == nil {
		return with.Addr().Unmap().WithZone("")
	}
	address, err := netip.ParseAddr(remote)
	if err != nil {
		return netip.Addr{}
	}
	return address.Unmap().WithZone("")
}

func (s *Server) trusts(address netip.Addr) bool {
	return slices.ContainsFunc(s.config.TrustedProxies, func(p netip.Prefix) bool { return p.Contains(address) })
}

// viewerAddress reads 198.51.100.10:46532 and, which CloudFront writes without brackets, 2001:db8::1:46532.
func viewerAddress(text string) (netip.Addr, bool) {
	colon := strings.LastIndexByte(text, ':')
	if colon < 0 {
		return netip.Addr{}, false
	}
	address, err := netip.ParseAddr(strings.Trim(text[:colon], "[]"))
	return address.Unmap().WithZone(""), err == nil
}

// networkOf returns the network that is likely one client's: a /24 of IPv4, a /56 of IPv6.
func networkOf(address netip.Addr) netip.Prefix {
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
