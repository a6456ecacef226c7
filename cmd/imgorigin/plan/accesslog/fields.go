package accesslog

import (
	"bytes"
	"maps"
	"strings"
)

// A field sets what a value of a log says.
type field func(e *Entry, value []byte) bool

// cloudFrontFields are the fields of CloudFront that matter; all others are skipped.
var cloudFrontFields = map[string]field{
	"date":               func(e *Entry, v []byte) bool { return e.isEpoch || parseDate(v, &e.Time) },
	"time":               func(e *Entry, v []byte) bool { return e.isEpoch || parseClock(v, &e.Time) },
	"timestamp":          func(e *Entry, v []byte) bool { return e.setEpoch(v, 1) },
	"timestamp(ms)":      func(e *Entry, v []byte) bool { return e.setEpoch(v, 1000) },
	"x-edge-location":    func(e *Entry, v []byte) bool { e.Edge = v; return true },
	"sc-bytes":           func(e *Entry, v []byte) bool { return parseNumber(v, &e.Bytes) },
	"sc-status":          func(e *Entry, v []byte) bool { return parseStatus(v, &e.Status) },
	"cs-method":          parseMethod,
	"cs-uri-stem":        func(e *Entry, v []byte) bool { e.Path = v; return len(v) > 0 && v[0] == '/' },
	"cs-uri-query":       func(e *Entry, v []byte) bool { e.Query = dashIsNone(v); return true },
	"sc-content-type":    func(e *Entry, v []byte) bool { e.Type = v; return true },
	"x-edge-result-type": parseResult,
	"x-edge-response-result-type": func(e *Entry, v []byte) bool {
		if e.Result == Unknown { // real-time logs may have this one only
			return parseResult(e, v)
		}
		return true
	},
	"sr-reason": func(e *Entry, v []byte) bool {
		e.Origin = First
		if bytes.HasPrefix(v, []byte("Failover")) { // Failover:403
			e.Origin = Second
		}
		return true
	},
	"x-edge-detailed-result-type": func(e *Entry, v []byte) bool {
		if (e.Result == EdgeMiss || e.Result == Unknown) && string(v) == "OriginShieldHit" {
			e.Result = ShieldHit
		}
		return true
	},
}

// cloudFrontMembers are the same by their names in JSON. Parquet has underscores in its names, and so has JSON that was made of it.
var cloudFrontMembers = func() map[string]field {
	members := maps.Clone(cloudFrontFields)
	for name, set := range cloudFrontFields {
		members[strings.NewReplacer("-", "_", "(", "_", ")", "").Replace(name)] = set
	}
	return members
}()

// standardFields are the fields of a standard log of version 1, and of version 2 if no others are chosen.
const standardFields = "date time x-edge-location sc-bytes c-ip cs-method cs(Host) cs-uri-stem sc-status cs(Referer) cs(User-Agent) " +
	"cs-uri-query cs(Cookie) x-edge-result-type x-edge-request-id x-host-header cs-protocol cs-bytes time-taken x-forwarded-for " +
	"ssl-protocol ssl-cipher x-edge-response-result-type cs-protocol-version fle-status fle-encrypted-fields c-port " +
	"time-to-first-byte x-edge-detailed-result-type sc-content-type sc-content-len sc-range-start sc-range-end"

// realTimeFields are all fields of a real-time log in the order in which CloudFront writes those that are chosen.
const realTimeFields = "timestamp c-ip time-to-first-byte sc-status sc-bytes cs-method cs-protocol cs-host cs-uri-stem cs-bytes " +
	"x-edge-location x-edge-request-id x-host-header time-taken cs-protocol-version c-ip-version cs-user-agent cs-referer cs-cookie " +
	"cs-uri-query x-edge-response-result-type x-forwarded-for ssl-protocol ssl-cipher x-edge-result-type fle-encrypted-fields " +
	"fle-status sc-content-type sc-content-len sc-range-start sc-range-end c-port x-edge-detailed-result-type"

func dashIsNone(v []byte) []byte {
	if len(v) == 1 && v[0] == '-' {
		return nil
	}
	return v
}

// parseMethod gives requests whose method is not one for images the result Other.
func parseMethod(e *Entry, v []byte) bool {
	if m := string(v); m != "GET" && m != "HEAD" {
		e.Result = Other
	}
	return true
}

func parseResult(e *Entry, v []byte) bool {
	if e.Result == Other {
		return true
	}
	switch string(v) {
	case "Hit":
		e.Result = EdgeHit
	case "OriginShieldHit":
		e.Result = ShieldHit
	case "Miss", "RefreshHit":
		if e.Result != ShieldHit { // which the detailed result has said before, where fields are in another order
			e.Result = EdgeMiss
		}
	case "-", "":
	default: // Error, Redirect, LimitExceeded, CapacityExceeded, FunctionGeneratedResponse
		e.Result = Other
	}
	return true
}

func parseNumber(v []byte, n *int64) bool {
	*n = 0
	for _, c := range v {
		if c < '0' || c > '9' || *n > 1<<53 {
			return string(v) == "-"
		}
		*n = *n*10 + int64(c-'0')
	}
	return len(v) > 0
}

func parseStatus(v []byte, status *int) bool {
	var n int64
	if ok := parseNumber(v, &n); !ok || n > 999 {
		return false
	}
	*status = int(n)
	return true
}

// setEpoch sets the time from units of a second since 1970, with or without a fraction.
func (e *Entry) setEpoch(v []byte, units int64) bool {
	whole, _, _ := bytes.Cut(v, []byte("."))
	ok := parseNumber(whole, &e.Time) && e.Time > 0
	e.Time, e.isEpoch = e.Time/units, true
	return ok
}

// parseDate parses 2026-11-29, and adds it to a time of day.
func parseDate(v []byte, t *int64) bool {
	if len(v) != 10 || v[4] != '-' || v[7] != '-' {
		return false
	}
	var year, month, day int64
	if !parseNumber(v[:4], &year) || !parseNumber(v[5:7], &month) || !parseNumber(v[8:], &day) {
		return false
	}
	if month < 1 || month > 12 || day < 1 || day > 31 || year < 1970 {
		return false
	}
	*t += 86400 * daysSince1970(year, month, day)
	return true
}

// daysSince1970 counts the days of the Gregorian calendar, in years that begin in March: the day that a leap year adds is then
// the last one.
func daysSince1970(year, month, day int64) int64 {
	if month <= 2 {
		year, month = year-1, month+12
	}
	return 365*year + year/4 - year/100 + year/400 + (153*(month-3)+2)/5 + day - 719469
}

// parseClock parses 23:59:59, and adds it to a date.
func parseClock(v []byte, t *int64) bool {
	if len(v) != 8 || v[2] != ':' || v[5] != ':' {
		return false
	}
	var h, m, s int64
	if !parseNumber(v[:2], &h) || !parseNumber(v[3:5], &m) || !parseNumber(v[6:], &s) || h > 23 || m > 59 || s > 60 {
		return false
	}
	*t += h*3600 + m*60 + s
	return true
}
