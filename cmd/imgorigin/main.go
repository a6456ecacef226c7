// Imgorigin resizes images on request, once per size, and stores the result. It is an origin for CloudFront in front of
// S3, and an image server for a folder.
//
// This package has the command line, and the commands that serve images or keep variants up to date. They join packages that do not
// know them:
//
//	settings     sets of flags, and what they are in a server's configuration
//	storage      locations of originals and variants, and opening them
//	cloud        clients of AWS, and what their errors mean
//	build        the formats that this build reads and writes, and its version
//	logs         the log of a process
//	terminal     what is printed for people
//	usage        errors that decide about the exit code
//	functionurl  answers of a Lambda function URL
//	samples      images for dev without a folder
//
// The commands bench, doctor and plan are packages of their names.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/alecthomas/kong"

	"github.com/imgorigin/imgorigin/cmd/imgorigin/bench"
	"github.com/imgorigin/imgorigin/cmd/imgorigin/doctor"
	"github.com/imgorigin/imgorigin/cmd/imgorigin/plan"
	"github.com/imgorigin/imgorigin/cmd/imgorigin/settings"
	"github.com/imgorigin/imgorigin/cmd/imgorigin/terminal"
	"github.com/imgorigin/imgorigin/cmd/imgorigin/usage"
)

// A cli is the command line. Help, manual page, completion, environment variables and the tables of
// deploy/SETTINGS.md are all generated from its structs.
type cli struct {
	HelpAll     helpAllFlag `name:"help-all" noenv:"" help:"Show all flags."`
	Config      string      `placeholder:"FILE" help:"YAML file with settings: names of flags and their values. Flags and the environment override it."`
	ShowVersion versionFlag `name:"version" noenv:"" help:"Print the version, and the formats that this build reads and writes."`

	Dev        devCommand        `cmd:"" help:"Serve a folder of images, or samples, on this machine."`
	Serve      serveCommand      `cmd:"" help:"Serve images from S3 or a folder, as an origin for CloudFront."`
	Work       workCommand       `cmd:"" help:"Consume queues of S3 events: make variants of new originals, delete those of changed ones."`
	Warm       warmCommand       `cmd:"" help:"Make variants of the originals that already exist."`
	Drop       dropCommand       `cmd:"" help:"Delete all variants of originals."`
	Redrive    redriveCommand    `cmd:"" help:"Move originals back from the quarantine, after a fix."`
	Sweep      sweepCommand      `cmd:"" help:"Find and delete variants that no event deleted: of originals that are gone or were replaced."`
	Lambda     lambdaCommand     `cmd:"" help:"Run as an AWS Lambda function."`
	Edge       edgeCommand       `cmd:"" help:"Print the CloudFront function for a service with the same settings."`
	Presign    presignCommand    `cmd:"" help:"Print a form or URL with which one original can be uploaded to S3."`
	Sign       signCommand       `cmd:"" help:"Sign a URL, so that it gets exactly what it asks for."`
	Explain    explainCommand    `cmd:"" help:"Explain how a URL is understood, also a URL of another image service."`
	Doctor     doctor.Command    `cmd:"" help:"Check whether a service with these settings would work, and print advice."`
	Health     healthCommand     `cmd:"" help:"Ask a running server for its health: for the health check of a container."`
	Bench      bench.Command     `cmd:"" help:"Measure what resizing costs on this machine, alone or against sharp."`
	Plan       plan.Command      `cmd:"" help:"Compute from access logs which sizes to make, and what a month costs in several designs."`
	Formats    formatsCommand    `cmd:"" help:"Print the formats that this build reads and writes, which fm=auto chooses from."`
	Completion completionCommand `cmd:"" help:"Print a script that completes commands and flags in a shell."`
	Decode     decodeCommand     `cmd:"" hidden:"" help:"Decode for another process, with --isolate."`
	Man        manCommand        `cmd:"" help:"Print the manual page: imgorigin man | man -l -"`
	Help       helpCommand       `cmd:"" help:"Explain a command, as its --help does."`
	Version    versionCommand    `cmd:"" help:"Print the version, and the formats that this build reads and writes."`
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	values := &environment{getenv: os.Getenv}
	stdout := terminal.NewOutput(os.Stdout)
	parser, err := newParser(values, stdout, os.Args[1:])
	var unknown []string
	if err == nil {
		unknown, err = unknownSettings(parser, values, os.Environ())
	}
	if err == nil {
		for _, name := range unknown {
			fmt.Fprintf(os.Stderr, "imgorigin: unknown setting %s\n", name)
		}
		err = orLost(runParser(ctx, parser, os.Args[1:], values, stdout), stdout)
	}
	if code, ok := errors.AsType[usage.ExitCode](err); ok {
		os.Exit(int(code))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "imgorigin:", err)
	}
	if wrong, ok := errors.AsType[usage.Error](err); ok {
		fmt.Fprintf(os.Stderr, "Run \"%s --help\" for help.\n", wrong.Command)
		os.Exit(2)
	}
	if err != nil {
		os.Exit(1)
	}
}

// run is the program without its process, for tests. It returns when the command is done, or soon after ctx ends.
func run(ctx context.Context, args []string, getenv func(string) string, stdout io.Writer) error {
	values := &environment{getenv: getenv}
	out := terminal.NewOutput(stdout)
	parser, err := newParser(values, out, args)
	if err != nil {
		return err
	}
	return orLost(runParser(ctx, parser, args, values, out), out)
}

// orLost returns the error of a command. If anything that it printed is lost, as on a full disk, the command has failed whatever it
// returned.
func orLost(err error, stdout *terminal.Output) error {
	lost := stdout.Err()
	if lost == nil {
		return err
	}
	if _, hasPrinted := errors.AsType[usage.ExitCode](err); err == nil || hasPrinted || errors.Is(err, lost) {
		return lost
	}
	return errors.Join(err, lost)
}

func runParser(
	ctx context.Context, parser *kong.Kong, args []string, values *environment, stdout io.Writer,
) (err error) {
	if done, err := completeLine(values, stdout); done || err != nil {
		return err
	}
	if len(args) == 0 {
		return printUsage(parser)
	}
	if err := values.load(args); err != nil {
		return usage.Error{Err: err, Command: parser.Model.Name}
	}
	defer func() { // kong.Exit, below, panics: --help ends the program while kong parses
		switch p := recover().(type) {
		case nil:
		case usage.ExitCode:
			err = errorOf(p)
		default:
			panic(p)
		}
	}()
	command, err := parser.Parse(args)
	if err != nil {
		return parseError(mentionSource(err, parser, args, values), parser)
	}
	if err := settings.CheckRanges(command.Flags()); err != nil {
		return usage.Error{Err: mentionSource(err, parser, args, values), Command: command.Selected().FullPath()}
	}
	if err := checkRulesOf(command); err != nil {
		return usage.Error{Err: mentionSource(err, parser, args, values), Command: command.Selected().FullPath()}
	}
	command.BindTo(ctx, (*context.Context)(nil))
	command.BindTo(stdout, (*io.Writer)(nil))
	command.Bind(parser, command.Flags())
	return usage.In(command.Selected().FullPath(), mentionSource(command.Run(), parser, args, values))
}

// errorOf returns the error of a command that ends with an exit code.
func errorOf(code usage.ExitCode) error {
	if code == 0 {
		return nil
	}
	return code
}

// newParser returns the parser for a command line.
func newParser(values *environment, stdout io.Writer, args []string) (*kong.Kong, error) {
	return kong.New(grammarOf(args), append(settings.Options(),
		kong.Name("imgorigin"),
		kong.Description("Resizes images on request, once per size, and stores the result."),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
		kong.Help(printCommonHelp),
		kong.ValueFormatter(helpWithEnv),
		kong.Writers(stdout, os.Stderr),
		kong.Exit(func(code int) { panic(usage.ExitCode(code)) }),
		kong.Resolvers(values.resolver()),
	)...)
}

// checkRulesOf returns an error for the first rule that a command line breaks. The doctor lists all of them itself.
func checkRulesOf(command *kong.Context) error {
	name := strings.TrimPrefix(command.Selected().FullPath(), command.Model.Name+" ")
	if broken := settings.CheckRules(name, command.Flags()); len(broken) > 0 && name != "doctor" {
		return broken[0]
	}
	return nil
}
