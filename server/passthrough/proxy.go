package passthrough

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httputil"
	"net/url"
	"slices"
	"strings"
	"time"
)

// ParseTarget parses the URL of a web server that requests are passed on to.
func ParseTarget(s string) (*url.URL, error) {
	target, err := url.Parse(s)
	if err != nil || target.Scheme != "http" && target.Scheme != "https" || target.Host == "" || target.User != nil ||
		target.RawQuery != "" || target.ForceQuery || target.Fragment != "" || !isPlain("/"+strings.TrimPrefix(target.Path, "/")) {
		return nil, errors.New("want a URL such as http://localhost:3000, without a user, a query and a fragment")
	}
	return target, nil
}

// through is what this server calls itself in the header Via, by which it knows its own requests.
const through = "imgorigin"

// Proxy passes requests on to below a URL, also those that become web sockets. Headers in private are those that it keeps to itself. The
// other server is told the client's address and host by X-Forwarded-For, -Host and -Proto.
func Proxy(target *url.URL, private []string, log *slog.Logger) http.Handler {
	proxy := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(target)
			r.SetXForwarded()
			for _, name := range private {
				r.Out.Header.Del(name)
			}
			if !strings.EqualFold(r.Out.Header.Get("Upgrade"), "websocket") {
				// By another protocol, such as h2c, a client could send requests that nobody here looks at.
				r.Out.Header.Del("Upgrade")
				r.Out.Header.Del("Connection")
			}
			r.Out.Header.Set("Via", strings.Join(append(r.In.Header.Values("Via"), "1.1 "+through), ", "))
		},
		Transport: &http.Transport{ // without a proxy of the environment, and without undoing what is compressed
			DisableCompression: true, ForceAttemptHTTP2: true, MaxIdleConnsPerHost: 64, IdleConnTimeout: 90 * time.Second,
			TLSHandshakeTimeout: 5 * time.Second, ResponseHeaderTimeout: 30 * time.Second, MaxResponseHeaderBytes: 1 << 20,
		},
		ErrorHandler: func(w http.ResponseWriter, r *http.Request, err error) {
			if !errors.Is(err, context.Canceled) {
				log.WarnContext(r.Context(), "request not passed on", "path", r.URL.Path, "err", err)
			}
			refuse(w, http.StatusBadGateway)
		},
		ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
	return checked(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if slices.ContainsFunc(r.Header.Values("Via"), func(via string) bool { return strings.Contains(via, through) }) {
			log.WarnContext(r.Context(), "request not passed on", "path", r.URL.Path, "err", fmt.Sprintf("%s leads back here", target))
			refuse(w, http.StatusLoopDetected)
			return
		}
		proxy.ServeHTTP(w, r)
	}), http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions)
}
