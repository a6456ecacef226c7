package cost

// FinalViews returns the views from which on the final of a variant saves more transfer than its encode costs on Fargate,
// for a variant of some bytes and a price of a GB. Formats without finals never do: it is 0 for them.
func FinalViews(p Prices, format string, bytes, perGB float64) float64 {
	f := p.Assumptions.Finals[format]
	if !(f.Saves > 0 && bytes > 0 && perGB > 0) {
		return 0
	}
	return f.Seconds * VCPUSecond(p, "arm64") / (bytes * f.Saves * perGB / gb)
}

// FinalMonth returns what the finals of a month cost and save, if all its variants were of one format, with some bytes each: the
// encodes of all variants that are made, on Fargate, and the transfer of all that are sent to viewers.
func FinalMonth(p Prices, format string, m Month, bytes float64) (encodes, saved float64) {
	f := p.Assumptions.Finals[format]
	return m.Fills * f.Seconds * VCPUSecond(p, "arm64"), Transfer(p, m.Views*bytes) - Transfer(p, m.Views*bytes*(1-f.Saves))
}

// NextGB returns what one more GB to viewers costs after those of a month.
func NextGB(p Prices, bytes float64) float64 {
	for _, t := range p.CloudFront.Transfer {
		if end := t.UpToTB * tb; end == 0 || bytes < end {
			return t.GB
		}
	}
	return p.CloudFront.Transfer[len(p.CloudFront.Transfer)-1].GB
}

// KeepOrRemake returns the share of the variants of an age that must be asked for again within as many days, for keeping them
// to cost no more than making them again, on Lambda: what it costs to keep a variant for these days, divided by what it costs
// to make it.
func KeepOrRemake(p Prices, bytes, days float64) float64 {
	keep := bytes / gb * p.S3.Storage * days * 24 / p.Assumptions.Hours
	return keep / (LambdaFill(p) + fillRequests(p)/million)
}
