package cost_test

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/imgorigin/imgorigin/cmd/imgorigin/plan"
	"github.com/imgorigin/imgorigin/cmd/imgorigin/plan/cost"
)

var update = flag.Bool("update", false, "write the tables of deploy/COST.md")

// The tables of deploy/COST.md are what the model says.
func TestPage(t *testing.T) {
	name := filepath.Join("..", "..", "..", "..", "deploy", "COST.md")
	page, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	p, want := cost.Default(), string(page)
	for _, table := range []struct{ name, text string }{
		{"prices", pricesTable(p)}, {"idle", idleTable(p)}, {"example", exampleTable(p)}, {"finals", finalsTable(p)},
	} {
		before, rest, ok := strings.Cut(want, "<!-- "+table.name+" -->\n")
		_, after, okEnd := strings.Cut(rest, "<!-- /"+table.name+" -->\n")
		if !ok || !okEnd {
			t.Fatalf("COST.md has no marks around the table of %s", table.name)
		}
		want = before + "<!-- " + table.name + " -->\n" + table.text + "<!-- /" + table.name + " -->\n" + after
	}
	if *update {
		if err := os.WriteFile(name, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if string(page) != want {
		t.Error("the tables of deploy/COST.md differ from the model: go test ./cmd/imgorigin/plan/cost -run Page -update")
	}
}

func pricesTable(p cost.Prices) string {
	var b strings.Builder
	fmt.Fprintf(&b, "\n| %s, %s | | price |\n|---|---|---|\n", p.Region, p.Date)
	c := p.CloudFront
	var transfer []string
	for i, t := range c.Transfer {
		part := "first %.0f TB"
		switch {
		case t.UpToTB == 0:
			part = "more"
		case i > 0:
			part = "to %.0f TB"
		}
		if t.UpToTB > 0 {
			part = fmt.Sprintf(part, t.UpToTB)
		}
		transfer = append(transfer, fmt.Sprintf("%s $%.3f", part, t.GB))
	}
	var plans []string
	for _, plan := range c.Plans {
		plans = append(plans, fmt.Sprintf("%s $%.0f: %.0f M, %.1f TB", plan.Name, plan.Month, plan.Requests/1e6, plan.GB/1000))
	}
	fargate := p.Fargate["arm64"]
	for _, line := range [][3]string{
		{"CloudFront", "a GB to viewers", strings.Join(transfer, "; ")},
		{"", "a million requests; functions; key-value reads; Origin Shield",
			fmt.Sprintf("$%.2f; $%.2f; $%.2f; $%.2f", c.Requests, c.Functions, c.KeyValues, c.Shield)},
		{"", fmt.Sprintf("a path or tag to invalidate, beyond %.0f", c.FreeInvalidations), fmt.Sprintf("$%.3f", c.Invalidation)},
		{"", "flat rates of a distribution: requests, transfer", strings.Join(plans, "; ")},
		{"S3", "a GB and month; a million PUTs and lists; GETs and HEADs",
			fmt.Sprintf("$%.3f; $%.2f; $%.2f", p.S3.Storage, p.S3.Put, p.S3.Get)},
		{"Fargate, arm64", "an hour of a vCPU; of a GB", fmt.Sprintf("$%.5f; $%.5f", fargate.VCPU, fargate.GB)},
		{"Lambda, arm64", "a GB-second; provisioned; a million requests",
			fmt.Sprintf("$%.7f; $%.7f; $%.2f", p.Lambda.GBSecond, p.Lambda.Provisioned, p.Lambda.Requests)},
		{"Load balancer", "an hour; an LCU (an hour with 1 GB)", fmt.Sprintf("$%.4f; $%.3f", p.LoadBalancer.Hour, p.LoadBalancer.LCU)},
		{"SQS", "a million requests", fmt.Sprintf("$%.2f", p.SQS.Requests)},
		{"CloudWatch", "a GB of logs; a metric; an alarm",
			fmt.Sprintf("$%.2f; $%.2f; $%.2f", p.CloudWatch.Logs, p.CloudWatch.Metric, p.CloudWatch.Alarm)},
	} {
		fmt.Fprintf(&b, "| %s | %s | %s |\n", line[0], line[1], line[2])
	}
	b.WriteString("\nEach group has its source and its date in the file. These prices could not be confirmed at their source: " +
		strings.Join(unconfirmed(p), ", ") + ".\n")
	return b.String() + "\n"
}

// unconfirmed returns the names of the prices that are marked so.
func unconfirmed(p cost.Prices) (names []string) {
	for _, group := range slices.Sorted(maps.Keys(p.Sources)) {
		for _, price := range p.Sources[group].Unconfirmed {
			names = append(names, "`"+group+"."+price+"`")
		}
	}
	return names
}

func idleTable(p cost.Prices) string {
	a := p.Assumptions
	var b strings.Builder
	fmt.Fprintf(&b, "\n| | |\n|---|---|\n")
	for _, line := range []struct{ what, price string }{
		{fmt.Sprintf("a second of a vCPU with %.0f GB on Fargate, busy or idle", a.TaskGB/a.TaskVCPU),
			fmt.Sprintf("$%.7f", cost.VCPUSecond(p, "arm64"))},
		{fmt.Sprintf("%.0f idle tasks of %.0f vCPU and %.0f GB", a.Tasks, a.TaskVCPU, a.TaskGB),
			fmt.Sprintf("$%.0f a month", cost.IdleTasks(p))},
		{"these, the worker and the load balancer: all that runs on Fargate without a request", fmt.Sprintf("$%.0f a month", cost.Idle(p))},
		{fmt.Sprintf("a million variants on Lambda: %.2f s of %.2f GB each, and a request", a.Seconds*a.LambdaShare, a.LambdaGB),
			fmt.Sprintf("$%.2f", 1e6*cost.LambdaFill(p))},
		{"**Lambda costs as much as the idle tasks** at", fmt.Sprintf("**%.0f million variants a month**", cost.BreakEven(p, cost.IdleTasks(p))/1e6)},
		{"and as all of the idle Fargate side at", fmt.Sprintf("%.0f million", cost.BreakEven(p, cost.Idle(p))/1e6)},
		{"provisioned concurrency of one function", fmt.Sprintf("$%.0f a month", p.Lambda.Provisioned*a.LambdaGB*a.Hours*3600)},
	} {
		fmt.Fprintf(&b, "| %s | %s |\n", line.what, line.price)
	}
	return b.String() + "\n"
}

// example is the month of the page: a million new variants of 80 kB, a hundred million views, 95 % of them from CloudFront's
// cache.
var example = cost.Month{Views: 100e6, Bytes: 8e12, Misses: 5e6, Fills: 1e6, Variants: 1e6, VariantBytes: 80e3}

func exampleTable(p cost.Prices) string {
	var b strings.Builder
	b.WriteString("\n| | on Fargate | on Lambda |\n|---|---|---|\n")
	bills := cost.Bills(p, example)
	write := func(item string, fargate, lambda float64) {
		if fargate+lambda > 0 {
			fmt.Fprintf(&b, "| %s | %s | %s |\n", item, dollarCell(fargate), dollarCell(lambda))
		}
	}
	lambda := make(map[string]float64)
	for _, l := range bills[1].Lines {
		lambda[l.Item] = l.Dollars
	}
	for _, l := range bills[0].Lines {
		write(l.Item, l.Dollars, lambda[l.Item])
		delete(lambda, l.Item)
	}
	for _, l := range bills[1].Lines {
		if _, left := lambda[l.Item]; left {
			write(l.Item, 0, l.Dollars)
		}
	}
	write("**all**", bills[0].Total(), bills[1].Total())
	if plan, ok := cost.FlatRate(p, example); ok {
		saved := cost.PayAsYouGo(p, example) - plan.Month
		write(fmt.Sprintf("all, with CloudFront's flat rate %s ($%.0f)", plan.Name, plan.Month), bills[0].Total()-saved, bills[1].Total()-saved)
	}
	return b.String() + "\n"
}

func dollarCell(dollars float64) string {
	switch {
	case dollars == 0:
		return "–"
	case dollars < 10:
		return fmt.Sprintf("$%.1f", dollars)
	}
	return fmt.Sprintf("$%.0f", dollars)
}

func finalsTable(p cost.Prices) string {
	model := plan.Model{Originals: 1e7, Views: 1e9, Zipf: 1, Visitors: 1e7, Regions: 13, MaxAge: 24 * 3600, Expire: 90, Sizes: 5, Formats: 2}
	flows := model.Flows()
	month := cost.Month{Views: flows.Edge, Fills: flows.Service}
	var b strings.Builder
	b.WriteString("\n| 800 pixels | encode again | bytes saved | of a million variants: encodes | pays for itself from | of a month with 10⁹ views: encodes | transfer saved |\n" +
		"|---|---|---|---|---|---|---|\n")
	for _, format := range []string{"webp", "avif"} {
		f, bytes := p.Assumptions.Finals[format], p.Assumptions.Bytes.Of(800, format)
		encodes, saved := cost.FinalMonth(p, format, month, bytes)
		fmt.Fprintf(&b, "| %s | %.2f s | %.1f %% | $%.1f | %.0f views | $%.0f | $%.0f |\n", format, f.Seconds, 100*f.Saves,
			1e6*f.Seconds*cost.VCPUSecond(p, "arm64"), cost.FinalViews(p, format, bytes, p.CloudFront.Transfer[0].GB), encodes, saved)
	}
	return b.String() + "\n"
}
