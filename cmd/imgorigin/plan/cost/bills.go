package cost

// A Bill is what a design costs in a month.
type Bill struct {
	Design string `json:"design"`
	Lines  []Line `json:"lines"`
	Note   string `json:"note,omitempty"`
}

// A Line is an item of a bill. Shared marks the items that all designs on AWS have: transfer, requests and originals.
type Line struct {
	Item    string  `json:"item"`
	Dollars float64 `json:"dollars"`
	Shared  bool    `json:"shared,omitempty"`
}

// Total returns the sum of a bill.
func (b Bill) Total() float64 { return b.sum(func(Line) bool { return true }) }

// Own returns the sum of what the design adds to the items that all designs on AWS have.
func (b Bill) Own() float64 { return b.sum(func(l Line) bool { return !l.Shared }) }

func (b Bill) sum(counts func(Line) bool) (dollars float64) {
	for _, l := range b.Lines {
		if counts(l) {
			dollars += l.Dollars
		}
	}
	return dollars
}

const million = 1e6

// Names of designs.
const (
	OnFargate       = "imgorigin on Fargate"
	OnLambda        = "imgorigin on Lambda"
	EagerOnly       = "all sizes made at upload"
	NoStore         = "resizer without a store"
	DIT             = "AWS's solution (DIT)"
	Transformations = "Cloudflare transformations"
	CloudflareImage = "Cloudflare Images"
	Imgix           = "imgix"
)

// Bills returns the bill of each design.
func Bills(p Prices, m Month) []Bill {
	return []Bill{
		fargate(p, m), lambda(p, m), eager(p, m), noStore(p, m), dit(p, m), transformations(p, m), cloudflareImages(p, m), imgix(p, m),
	}
}

// ours returns the lines that imgorigin has on Fargate and on Lambda.
func ours(p Prices, m Month) []Line {
	lines := delivery(p, m, true)
	return append(lines,
		Line{Item: "bucket: GETs of CloudFront", Dollars: m.Misses * p.S3.Get / million},
		Line{Item: "Origin Shield", Dollars: m.Shield * p.CloudFront.Shield / million},
		Line{Item: "fills: requests to S3", Dollars: m.Fills * fillRequests(p) / million},
		Line{Item: "variants stored", Dollars: m.Variants * m.VariantBytes / gb * p.S3.Storage},
		Line{Item: "events", Dollars: eventRequests(p, m)},
		Line{Item: "purges", Dollars: purges(p, m)},
		Line{Item: "monitoring", Dollars: p.Assumptions.Monitoring},
	)
}

// fillRequests returns the price of the requests to S3 of a million fills.
func fillRequests(p Prices) float64 { return FillPuts*p.S3.Put + (FillGets+FillHeads)*p.S3.Get }

// eventRequests returns the price of the messages and of the requests to S3 of all events.
func eventRequests(p Prices, m Month) float64 {
	message := EventMessages * p.SQS.Requests
	upload := message + UploadLists*p.S3.Put + (UploadGets+UploadHeads)*p.S3.Get + m.Warm*warmRequests(p)
	change := message + DeleteLists*p.S3.Put + (DeleteGets+DeleteHeads)*p.S3.Get
	return (m.Uploads*upload + m.Changes*change) / million
}

// warmRequests returns the price of the requests to S3 of a million variants that are made at upload.
func warmRequests(p Prices) float64 { return WarmPuts*p.S3.Put + WarmHeads*p.S3.Get }

// purges returns the price of the invalidations.
func purges(p Prices, m Month) float64 {
	paths := m.Changes * PurgePaths
	if m.PurgeByTag {
		paths = m.Changes * PurgeTags
	}
	return max(0, paths-p.CloudFront.FreeInvalidations) * p.CloudFront.Invalidation
}

func fargate(p Prices, m Month) Bill {
	a := p.Assumptions
	lines := append(ours(p, m),
		Line{Item: "idle tasks", Dollars: IdleTasks(p)},
		Line{Item: "idle worker", Dollars: a.Workers * taskMonth(p, "arm64")},
		Line{Item: "load balancer", Dollars: a.Hours*p.LoadBalancer.Hour + m.Fills*m.VariantBytes/gb*p.LoadBalancer.LCU},
		Line{Item: "more tasks", Dollars: extraProcessors(p, m.Fills*a.Seconds, a.Tasks)},
		Line{Item: "more workers", Dollars: extraProcessors(p, m.Uploads*m.Warm*a.Seconds*a.WarmShare, a.Workers)},
	)
	return Bill{Design: OnFargate, Lines: fixed(p, lines)}
}

// extraProcessors returns the price of the processors that a load of vCPU-seconds needs beside the tasks that always run.
func extraProcessors(p Prices, vcpuSeconds, tasks float64) float64 {
	a := p.Assumptions
	idle := tasks * a.TaskVCPU * a.Hours * 3600
	return max(0, vcpuSeconds/a.Busy-idle) * VCPUSecond(p, "arm64")
}

// IdleTasks returns the price of the tasks of the service that always run.
func IdleTasks(p Prices) float64 { return p.Assumptions.Tasks * taskMonth(p, "arm64") }

// Idle returns the price of all that runs on Fargate without any request: tasks, worker and load balancer.
func Idle(p Prices) float64 {
	return IdleTasks(p) + p.Assumptions.Workers*taskMonth(p, "arm64") + p.Assumptions.Hours*p.LoadBalancer.Hour
}

func taskMonth(p Prices, architecture string) float64 {
	f, a := p.Fargate[architecture], p.Assumptions
	return (a.TaskVCPU*f.VCPU + a.TaskGB*f.GB) * a.Hours
}

// VCPUSecond returns the price of a second of a vCPU of a task, with its part of the memory.
func VCPUSecond(p Prices, architecture string) float64 {
	f, a := p.Fargate[architecture], p.Assumptions
	return (f.VCPU + a.TaskGB/a.TaskVCPU*f.GB) / 3600
}

func lambda(p Prices, m Month) Bill {
	lines := append(ours(p, m),
		Line{Item: "fills: Lambda", Dollars: m.Fills * LambdaFill(p)},
		Line{Item: "warming: Lambda", Dollars: warming(p, m.Uploads, m.Warm)},
	)
	return Bill{Design: OnLambda, Lines: fixed(p, lines)}
}

// LambdaFill returns the price of Lambda for a variant.
func LambdaFill(p Prices) float64 {
	return lambdaSeconds(p, p.Assumptions.Seconds) + p.Lambda.Requests/million
}

func lambdaSeconds(p Prices, seconds float64) float64 {
	return seconds * p.Assumptions.LambdaShare * p.Assumptions.LambdaGB * p.Lambda.GBSecond
}

// warming returns the price of Lambda for some variants of each upload, which share a decode.
func warming(p Prices, uploads, variants float64) float64 {
	return uploads * (variants*lambdaSeconds(p, p.Assumptions.Seconds*p.Assumptions.WarmShare) + p.Lambda.Requests/million)
}

// WarmOrWait returns the share of the originals that must be asked for a variant, for making it of all of them at upload to cost no
// more than making it on request, on Lambda: what one that is made early costs, divided by what one on request costs and the view
// that waits for it is worth.
func WarmOrWait(p Prices) float64 {
	early := warmRequests(p)/million + lambdaSeconds(p, p.Assumptions.Seconds*p.Assumptions.WarmShare)
	return early / (fillRequests(p)/million + LambdaFill(p) + p.Assumptions.Waiting/million)
}

// BreakEven returns the variants a month for which Lambda costs as much as something that runs for so many dollars.
func BreakEven(p Prices, dollars float64) float64 { return dollars / LambdaFill(p) }

// fixed adds the fixed costs that the prices name.
func fixed(p Prices, lines []Line) []Line {
	if p.Assumptions.Fixed == 0 {
		return lines
	}
	return append(lines, Line{Item: "fixed costs", Dollars: p.Assumptions.Fixed})
}
