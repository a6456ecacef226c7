package cost_test

import (
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/imgorigin/imgorigin/cmd/imgorigin/plan/cost"
)

// near compares dollars to a ten-thousandth.
func near(t *testing.T, name string, got, want float64) {
	t.Helper()
	if math.Abs(got-want) > 1e-4*math.Abs(want)+1e-9 {
		t.Errorf("%s: got %v, want %v", name, got, want)
	}
}

func TestTransfer(t *testing.T) {
	p := cost.Default()
	for terabytes, want := range map[float64]float64{
		0: 0, 5: 425, 10: 850, 80: 10*85 + 40*80 + 30*60, 700: 10*85 + 40*80 + 100*60 + 350*40 + 200*30,
		6000: 10*85 + 40*80 + 100*60 + 350*40 + 524*30 + 4096*25 + 880*20,
	} {
		near(t, "transfer", cost.Transfer(p, terabytes*1e12), want)
	}
	p.CloudFront.Transfer = p.CloudFront.Transfer[:1] // its end does not matter if there is no other price
	near(t, "one tier", cost.Transfer(p, 20e12), 1700)
}

// The figures of the page: tasks of 2 vCPU and 4 GB, and a function of 3,008 MB that needs 60 % of 0.1 s.
func TestBreakEven(t *testing.T) {
	p := cost.Default()
	near(t, "vCPU-second", cost.VCPUSecond(p, "arm64"), (0.03238+2*0.00356)/3600)
	near(t, "idle tasks", cost.IdleTasks(p), 2*(2*0.03238+4*0.00356)*730)                       // 115
	near(t, "idle", cost.Idle(p), 3*(2*0.03238+4*0.00356)*730+0.0225*730)                       // 189
	near(t, "a million fills on Lambda", 1e6*cost.LambdaFill(p), 60000*2.9375*0.0000133334+0.2) // 2.55
	if got := cost.BreakEven(p, cost.IdleTasks(p)); math.Round(got/1e6) != 45 {
		t.Errorf("tasks: got %.1f million, want 45", got/1e6)
	}
	if got := cost.BreakEven(p, cost.Idle(p)); math.Round(got/1e6) != 74 {
		t.Errorf("all of Fargate: got %.1f million, want 74", got/1e6)
	}
}

// month has figures that are easy to reckon with.
var month = cost.Month{
	Views: 100e6, Bytes: 8e12, Misses: 5e6, Fills: 1e6, Shield: 2e6,
	Variants: 1e6, VariantBytes: 100e3, Originals: 1e6, OriginalBytes: 3e6,
	Uploads: 100e3, Changes: 1000, Warm: 6, DistinctSizes: 405e3, DistinctOriginals: 200e3, Eager: 10,
}

func TestBills(t *testing.T) {
	const seconds = 60000 * 2.9375 * 0.0000133334 // Lambda of a million fills
	aws := map[string]float64{"transfer to viewers": 680, "requests of viewers": 100, "originals in S3": 69}
	ours := map[string]float64{
		"edge function":              10,
		"bucket: GETs of CloudFront": 2,
		"Origin Shield":              1.5,
		"fills: requests to S3":      5 + 3*0.4,
		"variants stored":            100 * 0.023,
		// A message is sent, received and deleted; an upload makes six variants.
		"events":     0.1*(7*0.4+2*5+8*0.4+6*(5+2*0.4)) + 0.001*(7*0.4+3*5+8*0.4),
		"purges":     3000 * 0.005,
		"monitoring": 8,
	}
	task := (2*0.03238 + 4*0.00356) * 730
	want := map[string][]map[string]float64{
		cost.OnFargate: {aws, ours, {
			"idle tasks": 2 * task, "idle worker": task, "load balancer": 730*0.0225 + 100*0.008, "more tasks": 0, "more workers": 0,
		}},
		cost.OnLambda: {aws, ours, {"fills: Lambda": seconds + 0.2, "warming: Lambda": 0.1*6*seconds/3 + 0.1*0.2}},
		cost.EagerOnly: {aws, {
			"bucket: GETs of CloudFront": 2, "variants stored": 1000 * 0.023, "uploads: PUTs": 0.1 * (50 + 0.4),
			"uploads: Lambda": 0.1*10*seconds/3 + 0.1*0.2, "purges": 0,
		}},
		cost.NoStore: {aws, { // 5e6 × 0.07 s ÷ 0.4 is less than two tasks can do
			"Origin Shield": 1.5, "originals: GETs": 2, "tasks": 2 * task, "load balancer": 730*0.0225 + 500*0.008,
		}},
		cost.DIT: {aws, {
			"Origin Shield": 1.5, "originals: GETs": 2, "tasks": 2 * (2*0.04048 + 4*0.004445) * 730, "load balancer": 730*0.0225 + 500*0.008,
		}},
		cost.Transformations: {{"originals in S3": 69, "transformations": 200}},
		cost.CloudflareImage: {{"originals stored": 50, "images delivered": 1000}},
		cost.Imgix:           {{"originals in S3": 69, "originals asked for": 600, "GB delivered": 640}},
	}
	bills := cost.Bills(cost.Default(), month)
	if len(bills) != len(want) {
		t.Errorf("got %d designs, want %d", len(bills), len(want))
	}
	for _, b := range bills {
		lines, total := 0, 0.0
		for _, group := range want[b.Design] {
			for item, price := range group {
				lines, total = lines+1, total+price
				near(t, b.Design+": "+item, dollars(t, b, item), price)
			}
		}
		if len(b.Lines) != lines {
			t.Errorf("%s: got %d lines, want %d: %v", b.Design, len(b.Lines), lines, b.Lines)
		}
		near(t, b.Design, b.Total(), total)
	}
	near(t, "without what all have", bills[1].Own(), bills[1].Total()-849)
}

// dollars returns the dollars of an item of a bill.
func dollars(t *testing.T, b cost.Bill, item string) float64 {
	t.Helper()
	for _, l := range b.Lines {
		if l.Item == item {
			return l.Dollars
		}
	}
	t.Errorf("%s has no item %q", b.Design, item)
	return math.NaN()
}

// Above what the idle tasks can do, each vCPU-second is paid for, at the share of the processors that is used.
func TestMoreThanIdle(t *testing.T) {
	p, m := cost.Default(), month
	m.Fills = 100e6 // 10e6 vCPU-seconds, at 60 %; two tasks of 2 vCPU have 10.512e6
	near(t, "more tasks", dollars(t, cost.Bills(p, m)[0], "more tasks"), (10e6/0.6-2*2*730*3600)*cost.VCPUSecond(p, "arm64"))
	m.Misses = 1e9
	near(t, "imgproxy", dollars(t, cost.Bills(p, m)[3], "tasks"), 1e9*0.07/0.4*cost.VCPUSecond(p, "arm64"))
	near(t, "DIT", dollars(t, cost.Bills(p, m)[4], "tasks"), 1e9*0.1/0.4*cost.VCPUSecond(p, "x86_64"))
	m.Changes = 1e6
	near(t, "paths", dollars(t, cost.Bills(p, m)[1], "purges"), (4e6-1000)*0.005)
	m.PurgeByTag = true
	near(t, "tags", dollars(t, cost.Bills(p, m)[1], "purges"), (2e6-1000)*0.005)
	near(t, "backfill", cost.Backfill(p, 1e6, 10), 50.4+10*cost.LambdaFill(p)*1e6/3+0.2-10*0.2/3)
	p.Assumptions.Fixed = 32
	near(t, "fixed costs", dollars(t, cost.Bills(p, m)[0], "fixed costs"), 32)
}

func TestFlatRate(t *testing.T) {
	p := cost.Default()
	for _, test := range []struct {
		views, bytes float64
		want         string
	}{{1e6, 100e9, "Free"}, {1e6, 101e9, "Pro"}, {1e7 + 1, 1e9, "Business"}, {100e6, 8e12, "Business"}, {4e8, 50e12, "Premium"}} {
		plan, ok := cost.FlatRate(p, cost.Month{Views: test.views, Bytes: test.bytes})
		if !ok || plan.Name != test.want {
			t.Errorf("%v views, %v bytes: got %v, %t, want %s", test.views, test.bytes, plan, ok, test.want)
		}
	}
	if plan, ok := cost.FlatRate(p, cost.Month{Views: 1e9, Bytes: 1}); ok {
		t.Errorf("a billion views: got %v, want none", plan)
	}
	near(t, "pay as you go", cost.PayAsYouGo(p, month), 790)
}

func TestSizes(t *testing.T) {
	s := cost.Sizes{Widths: []float64{100, 200, 400}, JPEG: []float64{10, 40, 80}, WebP: []float64{1, 2, 3}, AVIF: []float64{4, 5, 6}}
	for width, want := range map[float64]float64{
		100: 10, 200: 40, 400: 80,
		math.Sqrt(100 * 200): 20, math.Sqrt(200 * 400): math.Sqrt(40 * 80),
		50: 2.5, 800: 160, // as between the two next to it
		0: 80, // of an image in its own size
	} {
		near(t, "bytes", s.Of(width, "jpeg"), want)
	}
	near(t, "webp", s.Of(200, "webp"), 2)
	near(t, "avif", s.Of(200, "avif"), 5)
	near(t, "png", s.Of(200, "png"), 40)
}

func TestReadPrices(t *testing.T) {
	p, err := cost.Read(strings.NewReader("date: 2027-01-01\ns3: {put: 4}\nfargate: {arm64: {vcpu: 0.03, gb: 0.003}}\n" +
		"cloudfront: {transfer: [{gb: 0.02}]}\n"))
	if err != nil || p.Date != "2027-01-01" || p.S3.Put != 4 || p.S3.Get != 0.4 || p.Fargate["arm64"].VCPU != 0.03 ||
		p.Fargate["x86_64"].VCPU != 0.04048 || len(p.CloudFront.Transfer) != 1 {
		t.Errorf("got %+v, %v", p, err)
	}
	if _, err := cost.Read(strings.NewReader("")); err != nil {
		t.Errorf("an empty file: %v", err)
	}
	if _, err := cost.Read(strings.NewReader(string(cost.DefaultFile()))); err != nil {
		t.Errorf("the default file: %v", err)
	}
	for _, bad := range []string{
		"s3: {putt: 4}", "s3: [", "cloudfront: {transfer: []}", "cloudfront: {transfer: [{gb: 1}, {gb: 2}]}",
		"cloudfront: {transfer: [{up_to_tb: 5, gb: 1}, {up_to_tb: 4, gb: 2}]}", "assumptions: {busy: 0}", "assumptions: {hours: .inf}",
		"assumptions: {bytes: {widths: [1, 2]}}", "assumptions: {bytes: {widths: [1], jpeg: [1], webp: [1], avif: [1]}}",
		"assumptions: {bytes: {widths: [2, 2], jpeg: [1, 1], webp: [1, 1], avif: [1, 1]}}",
		"assumptions: {bytes: {widths: [1, 2], jpeg: [0, 1], webp: [1, 1], avif: [1, 1]}}",
		"fargate: {arm64: {vcpu: 0, gb: 0}}", "s3: {put: -5}", "s3: {get: .nan}", "cloudfront: {transfer: [{up_to_tb: 5, gb: 1}, {gb: -1}]}",
		"cloudwatch: {logs: 1e300}",
	} {
		if _, err := cost.Read(strings.NewReader(bad)); err == nil {
			t.Errorf("%s: got no error", bad)
		}
	}
}

// Every group of prices has its source and its day, which is no later than that of the file, and only prices are unconfirmed.
func TestSources(t *testing.T) {
	var file map[string]any
	if err := yaml.Unmarshal(cost.DefaultFile(), &file); err != nil {
		t.Fatal(err)
	}
	p := cost.Default()
	groups := 0
	for name, group := range file {
		if slices.Contains([]string{"date", "region", "sources", "assumptions"}, name) {
			continue
		}
		groups++
		source := p.Sources[name]
		if _, err := time.Parse(time.DateOnly, source.Date); err != nil || source.Date > p.Date || !strings.HasPrefix(source.URL, "https://") {
			t.Errorf("%s: got source %+v, of prices of %s", name, source, p.Date)
		}
		for _, price := range source.Unconfirmed {
			if _, ok := group.(map[string]any)[price]; !ok {
				t.Errorf("%s.%s is unconfirmed, and no price", name, price)
			}
		}
	}
	if groups != len(p.Sources) {
		t.Errorf("%d groups of prices have %d sources", groups, len(p.Sources))
	}
}

func TestFinalViews(t *testing.T) {
	p := cost.Default()
	p.Assumptions.Finals = map[string]cost.Final{"avif": {Seconds: 0.6, Saves: 0.1}}
	near(t, "views", cost.FinalViews(p, "avif", 50e3, 0.085), 0.6*cost.VCPUSecond(p, "arm64")/(5e-6*0.085)) // 15
	near(t, "no finals", cost.FinalViews(p, "jpeg", 50e3, 0.085), 0)
	near(t, "no bytes", cost.FinalViews(p, "avif", 0, 0.085), 0)

	encodes, saved := cost.FinalMonth(p, "avif", cost.Month{Views: 1e6, Fills: 1000}, 50e3) // of 50 GB, a tenth is saved
	near(t, "encodes", encodes, 1000*0.6*cost.VCPUSecond(p, "arm64"))
	near(t, "saved", saved, 5*p.CloudFront.Transfer[0].GB)
	for terabytes, want := range map[float64]float64{0: 0.085, 9.9: 0.085, 10: 0.08, 80: 0.06, 1000: 0.03} {
		near(t, "next GB", cost.NextGB(p, terabytes*1e12), want)
	}
}

// A variant of 80 kB costs $5.4 a million for 90 days, and $8.75 a million to make again.
func TestKeepOrRemake(t *testing.T) {
	near(t, "share", cost.KeepOrRemake(cost.Default(), 80e3, 90),
		80*0.023*90*24/730/(60000*2.9375*0.0000133334+0.2+5+3*0.4))
}
