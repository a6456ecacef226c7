package settings

import (
	"time"

	"github.com/imgorigin/imgorigin/cmd/imgorigin/usage"
)

// TraceFlags are the flags of every command whose requests or events can be traced.
type TraceFlags struct {
	Traces     string  `group:"observability" placeholder:"URL" help:"URL of an OpenTelemetry collector to send traces to (OTLP over HTTP), such as http://localhost:4318, or of AWS X-Ray, https://xray.REGION.amazonaws.com. The SDK's own variables, such as OTEL_RESOURCE_ATTRIBUTES, apply."`
	TraceRatio float64 `max:"1" group:"observability" default:"0.01" help:"Share of requests to trace, 0…1. A request that belongs to a trace of a trusted proxy, or an event that belongs to a trace of its upload, is traced if that trace is."`
}

// EMFFlag is the flag of every command whose metrics can go to CloudWatch.
type EMFFlag struct {
	EMF string `group:"observability" name:"emf" placeholder:"NAMESPACE" help:"Write metrics to the log in CloudWatch's embedded metric format, under this namespace. CloudWatch Logs turns them into metrics."`
}

// EMFFlags are the flags of those commands that write metrics regularly.
type EMFFlags struct {
	EMFFlag  `embed:""`
	EMFEvery time.Duration `min:"1ms" group:"observability" name:"emf-every" default:"1m" help:"How often --emf writes metrics."`
}

// Validate implements the hook of kong.
func (f EMFFlags) Validate() error {
	if f.EMFEvery <= 0 {
		return usage.Errorf("--emf-every %v: want a duration above 0", f.EMFEvery)
	}
	return nil
}

// LogFlags are the flags of every command that logs.
type LogFlags struct {
	LogLevel string `common:"" group:"observability" default:"info" enum:"debug,info,warn,error" help:"Lowest level that is logged: debug, info, warn or error."`
}
