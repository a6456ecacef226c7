// Package loopback protects servers on the loopback address from web pages in a browser on the same machine. A page can
// let the name of its site resolve to 127.0.0.1 and then read the answers, as the browser takes them for its own site's:
// this is DNS rebinding. Its requests have the name of the site as their Host.
package loopback

import (
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// Guard returns a handler that refuses a request which comes in on a loopback address, unless its Host is local or one of
// names. Requests on other addresses are passed on: a server that listens there answers everybody on the network, under
// whatever name.
func Guard(next http.Handler, names ...string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		to, ok := r.Context().Value(http.LocalAddrContextKey).(*net.TCPAddr)
		if ok && to.IP.IsLoopback() && !IsLocal(r.Host) && !isOneOf(nameOf(r.Host), names) {
			Refuse(w)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// Refuse answers a request whose Host is not local.
func Refuse(w http.ResponseWriter) {
	http.Error(w, "this server answers only under a name of this machine: use localhost", http.StatusForbidden)
}

// IsLocal reports whether a Host header is localhost or an IP address. Any other name could be made to resolve to this
// machine by its owner.
func IsLocal(host string) bool {
	name := nameOf(host)
	_, err := netip.ParseAddr(name)
	return err == nil || strings.EqualFold(name, "localhost") || strings.HasSuffix(strings.ToLower(name), ".localhost")
}

// nameOf returns a Host header without its port, and without the dot that ends a fully qualified name.
func nameOf(host string) string {
	name, _, err := net.SplitHostPort(host)
	if err != nil {
		name = host
	}
	return strings.TrimSuffix(strings.TrimSuffix(strings.TrimPrefix(name, "["), "]"), ".")
}

func isOneOf(name string, names []string) bool {
	return slices.ContainsFunc(names, func(n string) bool { return n != "" && strings.EqualFold(name, n) })
}
