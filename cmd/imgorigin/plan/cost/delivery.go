package cost

const (
	gb = 1e9
	tb = 1e12
)

// delivery returns the items that all designs on AWS have.
func delivery(p Prices, m Month, function bool) []Line {
	requests := p.CloudFront.Requests
	lines := []Line{
		{Item: "transfer to viewers", Dollars: Transfer(p, m.Bytes), Shared: true},
		{Item: "requests of viewers", Dollars: m.Views * requests / million, Shared: true},
		originals(p, m),
	}
	if function {
		lines = append(lines, Line{Item: "edge function", Dollars: m.Views * p.CloudFront.Functions / million})
	}
	return lines
}

func originals(p Prices, m Month) Line {
	return Line{Item: "originals in S3", Dollars: m.Originals * m.OriginalBytes / gb * p.S3.Storage, Shared: true}
}

// Transfer returns the price of bytes that CloudFront sends to viewers, by its tiers.
func Transfer(p Prices, bytes float64) (dollars float64) {
	below := 0.0 // bytes of the tiers before
	for _, t := range p.CloudFront.Transfer {
		end := t.UpToTB * tb
		if end == 0 || bytes < end {
			return dollars + (bytes-below)/gb*t.GB
		}
		dollars += (end - below) / gb * t.GB
		below = end
	}
	last := p.CloudFront.Transfer[len(p.CloudFront.Transfer)-1]
	return dollars + (bytes-below)/gb*last.GB
}

// PayAsYouGo returns what CloudFront charges for a month without a flat rate: transfer, requests and the edge function.
func PayAsYouGo(p Prices, m Month) float64 {
	return Transfer(p, m.Bytes) + m.Views*(p.CloudFront.Requests+p.CloudFront.Functions)/million
}

// FlatRate returns the cheapest flat rate that has room for a month, if there is one.
func FlatRate(p Prices, m Month) (plan Plan, ok bool) {
	for _, candidate := range p.CloudFront.Plans {
		if m.Views <= candidate.Requests && m.Bytes <= candidate.GB*gb && (!ok || candidate.Month < plan.Month) {
			plan, ok = candidate, true
		}
	}
	return plan, ok
}
