package settings

import (
	"github.com/imgorigin/imgorigin/server"
	"github.com/imgorigin/imgorigin/server/dialect"
)

// DialectFlags select the image services whose URLs are answered too.
type DialectFlags struct {
	Dialect         []dialect.Mount  `group:"dialects" placeholder:"NAME[=PATH]" help:"Also answer the URLs of another image service, below a path: cloudflare, cloudinary, dit, imagor, imgix, imgproxy, ipx, next, thumbor. Default path: /, of cloudflare /cdn-cgi/image/, of next /_next/image."`
	DialectKeys     []dialect.Key    `group:"dialects" placeholder:"NAME=KEY" help:"Keys for the signatures of that service. Its signed URLs are trusted like those that are signed with --sign-keys. The key of imgproxy is KEY:SALT in hexadecimal."`
	DialectSources  []dialect.Source `group:"dialects" placeholder:"URL=PREFIX" help:"Base URLs of originals in the URLs of that service, and the key prefix that each stands for: https://images.example.com/=photos/. The location in --originals need not be listed."`
	DialectRedirect bool             `group:"dialects" help:"Answer the URLs of other services with a redirect to the equivalent URL of this service."`
}

// Configure implements [Configurer].
func (f DialectFlags) Configure(c *server.Config) {
	c.URLs.Dialects, c.URLs.DialectKeys, c.URLs.DialectSources = f.Dialect, f.DialectKeys, f.DialectSources
	c.URLs.RedirectDialects = f.DialectRedirect
}
