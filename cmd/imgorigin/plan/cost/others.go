package cost

// eager is a pipeline that makes all variants when an original is uploaded, by Lambda, and never one on request.
func eager(p Prices, m Month) Bill {
	lines := append(delivery(p, m, false),
		Line{Item: "bucket: GETs of CloudFront", Dollars: m.Misses * p.S3.Get / million},
		Line{Item: "variants stored", Dollars: m.Originals * m.Eager * m.VariantBytes / gb * p.S3.Storage},
		Line{Item: "uploads: PUTs", Dollars: m.Uploads * (m.Eager*p.S3.Put + p.S3.Get) / million},
		Line{Item: "uploads: Lambda", Dollars: warming(p, m.Uploads, m.Eager)},
		Line{Item: "purges", Dollars: max(0, m.Changes-p.CloudFront.FreeInvalidations) * p.CloudFront.Invalidation},
	)
	return Bill{Design: EagerOnly, Lines: lines, Note: "sizes are fixed; another one has to be made of all originals"}
}

// Backfill returns what a pipeline pays once to make a number of variants of each original: PUTs, and Lambda.
func Backfill(p Prices, originals, variants float64) float64 {
	return originals*(variants*p.S3.Put+p.S3.Get)/million + warming(p, originals, variants)
}

// noStore is a resizer on Fargate, such as imgproxy, that makes an image whenever the CDN misses.
func noStore(p Prices, m Month) Bill {
	return resizer(p, m, NoStore, "arm64", p.Assumptions.ResizerSeconds)
}

// dit is AWS's solution, which runs sharp on Fargate and stores nothing.
func dit(p Prices, m Month) Bill { return resizer(p, m, DIT, "x86_64", p.Assumptions.DITSeconds) }

func resizer(p Prices, m Month, design, architecture string, seconds float64) Bill {
	a := p.Assumptions
	needed := m.Misses * seconds / a.ResizerBusy
	always := a.Tasks * a.TaskVCPU * a.Hours * 3600
	lines := append(delivery(p, m, false),
		Line{Item: "Origin Shield", Dollars: m.Shield * p.CloudFront.Shield / million},
		Line{Item: "originals: GETs", Dollars: m.Misses * p.S3.Get / million},
		Line{Item: "tasks", Dollars: max(needed, always) * VCPUSecond(p, architecture)},
		Line{Item: "load balancer", Dollars: a.Hours*p.LoadBalancer.Hour + m.Misses*m.VariantBytes/gb*p.LoadBalancer.LCU},
	)
	return Bill{Design: design, Lines: fixed(p, lines), Note: "makes an image again each time that the CDN misses"}
}

// transformations is Cloudflare in front of originals in S3. Bytes and requests are free.
func transformations(p Prices, m Month) Bill {
	c := p.Cloudflare
	return Bill{
		Design: Transformations,
		Lines: []Line{
			originals(p, m),
			{Item: "transformations", Dollars: max(0, m.DistinctSizes-c.FreeTransformations) * c.Transformation},
		},
		Note: "bytes are included; without what S3 charges for originals that leave AWS",
	}
}

// cloudflareImages is Cloudflare with its own store of originals.
func cloudflareImages(p Prices, m Month) Bill {
	return Bill{
		Design: CloudflareImage,
		Lines: []Line{
			{Item: "originals stored", Dollars: m.Originals * p.Cloudflare.Stored},
			{Item: "images delivered", Dollars: m.Views * p.Cloudflare.Delivered},
		},
		Note: "bytes are included",
	}
}

func imgix(p Prices, m Month) Bill {
	return Bill{
		Design: Imgix,
		Lines: []Line{
			originals(p, m),
			{Item: "originals asked for", Dollars: m.DistinctOriginals * p.Imgix.Original},
			{Item: "GB delivered", Dollars: m.Bytes / gb * p.Imgix.GB},
		},
		Note: "by its older plans: it publishes no price of a credit",
	}
}
