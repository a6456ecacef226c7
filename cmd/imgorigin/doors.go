package main

import (
	"net/netip"

	"github.com/imgorigin/imgorigin/server"
)

// doorFlags are the settings of who may ask an origin, and for how much.
type doorFlags struct {
	OriginSecret     []string  `group:"doors" placeholder:"SECRET,…" help:"Answer pictures only to who sends one of these in X-Origin-Secret: one's own distribution. Two let them be changed."`
	TrustedProxies   []network `group:"doors" placeholder:"NET,…" help:"Networks of the proxies in front, whose X-Forwarded-For and traces count; with an origin secret, CloudFront-Viewer-Address too."`
	FillsPerOriginal int       `group:"doors" default:"240" help:"Different pictures a minute that may be made of one original; more are answered 429. 0 is no limit."`
	FillsPerNetwork  int       `group:"doors" default:"0" help:"Different new pictures a minute that one network of clients, a /24 or /56, may ask for; more are answered 429. Behind proxies it wants --trusted-proxies. 0 is no limit."`
}

func (f doorFlags) complete(c *server.Config) {
	c.OriginSecrets = f.OriginSecret
	for _, n := range f.TrustedProxies {
		c.TrustedProxies = append(c.TrustedProxies, netip.Prefix(n))
	}
	c.FillsPerOriginal, c.FillsPerNetwork = f.FillsPerOriginal, f.FillsPerNetwork
}

// A network is one, as 10.0.0.0/16, or a single address.
type network netip.Prefix

// UnmarshalText reads what --trusted-proxies takes.
func (n *network) UnmarshalText(text []byte) error {
	if address, err := netip.ParseAddr(string(text)); err == nil {
		*n = network(netip.PrefixFrom(address, address.BitLen()))
		return nil
	}
	prefix, err := netip.ParsePrefix(string(text))
	*n = network(prefix)
	return err
}
