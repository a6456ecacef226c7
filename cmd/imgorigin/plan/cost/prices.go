// Package cost computes what a month of images costs in several designs: imgorigin on Fargate and on Lambda, all sizes made
// at upload, resizers without a store, and two services.
//
//	prices (a file) ─┐
//	                 ├─► Bills: a bill for each design, line by line
//	Month (traffic) ─┘
//
// It knows nothing of logs and of where the figures of a month come from. All prices are in dollars, and so are bills.
package cost

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

//go:embed prices.yaml
var defaultPrices []byte

// Prices are the prices of all services, and what else the model takes for granted. See prices.yaml, which says what each is.
type Prices struct {
	Date    string
	Region  string
	Sources map[string]Source // by the name of a group

	CloudFront   CloudFront `yaml:"cloudfront"`
	S3           S3         `yaml:"s3"`
	Fargate      map[string]Fargate
	Lambda       Lambda
	LoadBalancer LoadBalancer `yaml:"load_balancer"`
	SQS          struct{ Requests float64 }
	CloudWatch   struct{ Metric, Alarm, Logs float64 } `yaml:"cloudwatch"`
	Cloudflare   Cloudflare
	Imgix        struct{ Original, GB float64 }

	Assumptions Assumptions
}

// A Source is where a group of prices was read, and on which day. Unconfirmed are those of the group that it does not show, or that
// could not be seen there.
type Source struct {
	URL, Date   string
	Unconfirmed []string
}

// CloudFront has the prices of Amazon CloudFront. Those of requests, functions, key-value reads and Origin Shield are for a
// million.
type CloudFront struct {
	Transfer          []Tier
	Requests          float64
	Functions         float64
	KeyValues         float64 `yaml:"key_values"`
	Shield            float64
	Invalidation      float64
	FreeInvalidations float64 `yaml:"free_invalidations"`
	Plans             []Plan
}

// A Tier is the price of a GB up to a sum of terabytes a month; the last tier has no end.
type Tier struct {
	UpToTB float64 `yaml:"up_to_tb"`
	GB     float64
}

// A Plan is a flat rate for a distribution, for up to so many requests and GB. It includes GB of storage in S3.
type Plan struct {
	Name      string
	Month     float64
	Requests  float64
	GB        float64
	StorageGB float64 `yaml:"storage_gb"`
}

// S3 has the prices of a GB and month, and of a million requests.
type S3 struct{ Storage, Put, Get float64 }

// Fargate has the prices of an hour of a vCPU and of a GB.
type Fargate struct{ VCPU, GB float64 }

// Lambda has the prices of a GB-second, of a million requests, and of a GB-second of provisioned concurrency.
type Lambda struct {
	GBSecond    float64 `yaml:"gb_second"`
	Requests    float64
	Provisioned float64
}

// LoadBalancer has the prices of an hour, and of an LCU, which is an hour with 1 GB.
type LoadBalancer struct{ Hour, LCU float64 }

// Cloudflare has the prices of a distinct transformation, of a stored original and of a delivered image.
type Cloudflare struct {
	Transformation      float64
	FreeTransformations float64 `yaml:"free_transformations"`
	Stored              float64
	Delivered           float64
}

// Assumptions are what the model takes for granted beside prices.
type Assumptions struct {
	Hours          float64
	Seconds        float64
	WarmShare      float64 `yaml:"warm_share"`
	LambdaGB       float64 `yaml:"lambda_gb"`
	LambdaShare    float64 `yaml:"lambda_share"`
	TaskVCPU       float64 `yaml:"task_vcpu"`
	TaskGB         float64 `yaml:"task_gb"`
	Tasks          float64
	Workers        float64
	Busy           float64
	Monitoring     float64
	ResizerSeconds float64 `yaml:"resizer_seconds"`
	ResizerBusy    float64 `yaml:"resizer_busy"`
	DITSeconds     float64 `yaml:"dit_seconds"`
	Waiting        float64
	Fixed          float64
	Bytes          Sizes
	Finals         map[string]Final
}

// A Final is the second, slower encode of a format: the seconds that it takes and the share of the bytes that it saves.
type Final struct{ Seconds, Saves float64 }

// Default returns the prices that come with the program.
func Default() Prices {
	p, err := Read(bytes.NewReader(defaultPrices))
	if err != nil {
		panic(err) // a test reads the file
	}
	return p
}

// DefaultFile returns the file of the default prices, to be changed and read again.
func DefaultFile() []byte { return bytes.Clone(defaultPrices) }

// Read reads a file of prices. It may leave out what is as in the default file; names that it does not know are an error.
func Read(r io.Reader) (Prices, error) {
	var p Prices
	if err := yaml.Unmarshal(defaultPrices, &p); err != nil {
		return p, err
	}
	file, err := io.ReadAll(r)
	if err != nil {
		return p, fmt.Errorf("prices: %w", err)
	}
	decoder := yaml.NewDecoder(bytes.NewReader(file))
	decoder.KnownFields(true)
	if err := decoder.Decode(&p); err != nil && !errors.Is(err, io.EOF) {
		return p, fmt.Errorf("prices: %w", err)
	}
	var values any
	if err := yaml.Unmarshal(file, &values); err != nil {
		return p, fmt.Errorf("prices: %w", err)
	}
	if err := checkNumbers("", values); err != nil {
		return p, fmt.Errorf("prices: %w", err)
	}
	return p, p.check()
}

// checkNumbers returns an error for a negative or infinite number, or NaN, in the value at a path.
func checkNumbers(path string, value any) error {
	switch v := value.(type) {
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			if err := checkNumbers(strings.TrimPrefix(path+"."+name, "."), v[name]); err != nil {
				return err
			}
		}
	case []any:
		for _, element := range v {
			if err := checkNumbers(path, element); err != nil {
				return err
			}
		}
	case int:
		return checkNumbers(path, float64(v))
	case float64:
		if !(v >= 0 && v <= 1e15) {
			return fmt.Errorf("%s: %v, want a number from 0 to 1e15", path, v)
		}
	}
	return nil
}

// check returns an error if the model can't reckon with p.
func (p Prices) check() error {
	if len(p.CloudFront.Transfer) == 0 {
		return errors.New("prices: cloudfront.transfer: want at least one price")
	}
	for i, t := range p.CloudFront.Transfer[1:] {
		if before := p.CloudFront.Transfer[i].UpToTB; t.UpToTB != 0 && t.UpToTB <= before || before == 0 {
			return errors.New("prices: cloudfront.transfer: want ascending up_to_tb, and none in the last line")
		}
	}
	for _, architecture := range []string{"arm64", "x86_64"} {
		if p.Fargate[architecture] == (Fargate{}) {
			return fmt.Errorf("prices: fargate.%s: want vcpu and gb", architecture)
		}
	}
	a := p.Assumptions
	for name, v := range map[string]float64{
		"hours": a.Hours, "seconds": a.Seconds, "lambda_gb": a.LambdaGB, "task_vcpu": a.TaskVCPU, "busy": a.Busy, "resizer_busy": a.ResizerBusy,
	} {
		if !(v > 0) || math.IsInf(v, 0) {
			return fmt.Errorf("prices: assumptions.%s: want a number above 0", name)
		}
	}
	return a.Bytes.check()
}
