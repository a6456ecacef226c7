package originals

import (
	"errors"
	"fmt"
	"net/netip"
	"syscall"
)

// ErrAddress is the error of a web server whose address is not public: a private, loopback or link-local one, or one that
// a cloud uses for the metadata and credentials of its machines.
var ErrAddress = errors.New("not a public address")

// publicOnly returns what a [net.Dialer] calls before it connects to an address, which it has resolved already: a name that
// resolves to something else the next time gets nowhere.
func publicOnly(allowPrivate bool) func(network, address string, _ syscall.RawConn) error {
	return func(_, address string, _ syscall.RawConn) error {
		to, err := netip.ParseAddrPort(address)
		if err != nil {
			return err
		}
		return checkAddress(to.Addr(), allowPrivate)
	}
}

// checkAddress returns [ErrAddress] for an address that is not to be connected to.
func checkAddress(address netip.Addr, allowPrivate bool) error {
	address = address.Unmap().WithZone("")
	isSpecial := contains(specialNetworks, address) && !address.IsLoopback() // ::1 is among addresses that contain those of IPv4
	isPrivate := address.IsPrivate() || address.IsLoopback() || contains(privateNetworks, address)
	if isSpecial || isPrivate && !allowPrivate {
		return fmt.Errorf("%s: %w", address, ErrAddress)
	}
	return nil
}

func contains(networks []netip.Prefix, address netip.Addr) bool {
	for _, n := range networks {
		if n.Contains(address) {
			return true
		}
	}
	return false
}

// specialNetworks are never connected to (IANA IPv4 and IPv6 Special-Purpose Address Registries): this host, link-local
// addresses, at which clouds have their metadata, other addresses of metadata, multicast, and networks that are reserved or
// for documentation. Those that translate to IPv4 are among them, as they would lead to any address.
var specialNetworks = networks(
	"0.0.0.0/8", "169.254.0.0/16", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "198.18.0.0/15", "198.51.100.0/24",
	"203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
	"100.100.100.200/32", "168.63.129.16/32", "fd00:ec2::254/128", "fd20:ce::254/128", // metadata of Alibaba, Azure, AWS and Google
	"::/128", "::/96", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20",
	"fe80::/10", "fec0::/10", "ff00::/8",
)

// privateNetworks are private besides those of [netip.Addr.IsPrivate]: that of carriers, which clouds use within too.
var privateNetworks = networks("100.64.0.0/10")

func networks(prefixes ...string) (all []netip.Prefix) {
	for _, p := range prefixes {
		all = append(all, netip.MustParsePrefix(p))
	}
	return all
}
