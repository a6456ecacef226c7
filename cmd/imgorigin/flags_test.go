package main

import (
	"io"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/alecthomas/kong"

	"github.com/imgorigin/imgorigin/cmd/imgorigin/doctor"
	"github.com/imgorigin/imgorigin/cmd/imgorigin/settings"
	"github.com/imgorigin/imgorigin/server"
)

func TestBadSettings(t *testing.T) {
	dir := t.TempDir()
	none := map[string]string{}
	serve := func(args ...string) []string {
		return append([]string{"serve", "--originals", dir, "--variants", "none"}, args...)
	}
	tests := []struct {
		args []string
		env  map[string]string
		want string
	}{
		{[]string{"serve"}, none, "--originals"},
		{[]string{"serve", "--originals", dir, "--variants", dir}, none, "overlap"},
		{[]string{"serve", "--originals", dir, "--variants", filepath.Join(dir, "v")}, none, "overlap"},
		{[]string{"serve", "--originals", "s3://a/x", "--variants", "s3://a"}, none, "overlap"},
		{[]string{"serve", "--originals", "ftp://a", "--variants", "none"}, none, "s3://bucket/prefix or a folder"},
		{[]string{"serve", "--originals", "s3://", "--variants", "none"}, none, "no bucket"},
		{[]string{"serve", "--originals", filepath.Join(dir, "no"), "--variants", "none"}, none, "no such file"},
		{[]string{"serve", "--originals", "none", "--variants", "none"}, none, "originals"},
		{serve("--revalidate", "-1s"), none, "--revalidate"},
		{serve("--memory", "much"), none, "--memory"},
		{serve("--format-quality", "jpeg=101"), none, "--format-quality"},
		{serve("--format-quality", "png=80"), none, "want jpeg, webp or avif"},
		{serve("--auto-quality", "80"), none, "want low, eco, good or best"},
		{serve("--drafts", "webp,gif"), none, "--drafts"},
		{serve("--drafts", "webp,off"), none, "off alone"},
		{serve(), map[string]string{"IMGORIGIN_WIDTHS": "9999"}, "widths"},
		{serve(), map[string]string{"IMGORIGIN_RATIOS": "wide"}, "--ratios"},
		{serve("--listen", "nowhere:1:2"), none, "listen"},
		{serve("--listen", "127.0.0.1:0", "--admin-listen", "nowhere:1:2"), none, "--admin-listen"},
		{serve("--sign-keys", ",k"), none, "anybody could sign"},
		{serve("--origin-secret", "a,,b"), none, "origin secret is empty"},
		{serve("--origin-secret="), none, "--origin-secret: it is empty"},
		{serve("--trusted-proxies", "10.0.0.0/99"), none, "--trusted-proxies"},
		{serve("--traces", "localhost:4318"), none, "--traces"},
		{serve("--traces", "http://localhost:4318", "--trace-ratio", "2"), none, "--trace-ratio"},
		{serve("--emf", "x", "--emf-every", "0s"), none, "--emf-every"},
		{[]string{"sign", "--sign-keys", "k", "/cat.jpg"}, none, "/img/"},
		{[]string{"sign", "--sign-keys", "k", "/img/cat.jpg?or=90"}, none, `got "or"`},
		{[]string{"sign", "--sign-keys", "k", "/img/cat.jpg?auto=enhance"}, none, `got "enhance"`},
		{[]string{"sign", "--sign-keys", "k", "--any-size", "/img/cat.jpg?any=w"}, none, `any: got "w and w,h,dpr"`},
		{[]string{"sign", "--sign-keys", "k", "--any-size", "/v/cat.jpg/w=480.webp"}, none, `got "any"`},
		{[]string{"sign", "--sign-keys", "k", "/img/cat.jpg?w=0"}, none, `w: got "0"`},
		{[]string{"sign", "--sign-keys", "k", "/v/cat.jpg/w=480.webp?w=320"}, none, `got "w"`},
		{[]string{"sign", "--sign-keys", "k", "/info/cat.jpg?htn=80"}, none, `got "htn"`},
		{[]string{"sign", "--sign-keys", "k", "/srcset/cat.jpg?w=640,320"}, none, `w: got "640,320"`},
		{[]string{"sign", "--sign-keys", "k", "/img/cat.jpg?preset=avatar"}, none, "presets: none"},
		{[]string{"sign", "--sign-keys", "k", "/img/cat.jpg?max-bytes=0"}, none, `max-bytes: got "0"`},
		{[]string{"sign", "--sign-keys", "k", "/srcset/cat.jpg?w=320,640&max-bytes=40k"}, none, `max-bytes: got "40k"`},
		{[]string{"sign", "--sign-keys", "k", "/img/cat.jpg?raw=true&max-bytes=4000"}, none, "raw"},
		{serve("--preset", "Avatar=w=1"), none, "--preset"},
		{serve("--preset", "avatar=w=0"), none, `preset avatar: w: got "0"`},
		{serve("--preset", "avatar=w=1;avatar=w=2"), none, "avatar is there twice"},
		{serve("--only-presets"), none, "--only-presets needs --preset"},
		{serve("--only-presets", "--preset", "avatar=w=1", "--exact"), none, "--exact and --only-presets exclude each other"},
		{[]string{"sign", "--sign-keys", ",k", "/img/cat.jpg"}, none, "anybody could sign"},
		{[]string{"dev", filepath.Join(dir, "no")}, none, "no such file"},
		{[]string{"health", "--listen", "127.0.0.1:1"}, none, "refused"},
	}
	for _, test := range tests {
		err := run(t.Context(), test.args, func(name string) string { return test.env[name] }, io.Discard)
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%v: got %v, want …%s…", test.args, err, test.want)
		}
	}
}

func TestHelp(t *testing.T) {
	got := runOutput(t, "serve", "--help")
	for _, want := range []string{"--originals=LOCATION", "($IMGORIGIN_ORIGINALS)", "--gate-memory", "IMGORIGIN_SIGN_KEYS"} {
		if !strings.Contains(got, want) {
			t.Errorf("got no %s in %s", want, got)
		}
	}
}

// All flags of serve are in a group, and every group of a flag is known. A flag in an unknown group would be missing in
// deploy/SETTINGS.md.
func TestFlagsHaveGroups(t *testing.T) {
	parser, err := newParser(&environment{getenv: func(string) string { return "" }}, io.Discard, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, command := range parser.Model.Leaves(true) {
		for _, f := range command.Flags {
			known := f.Group != nil && slices.ContainsFunc(settings.Groups, func(g kong.Group) bool { return g.Key == f.Group.Key })
			if isSetting(f) && !known && (f.Group != nil || command.Name == "serve") {
				t.Errorf("%s --%s is in no known group", command.Name, f.Name)
			}
		}
	}
}

// Every set of flags that a command embeds reaches the server's configuration.
func TestFlagsReachTheConfiguration(t *testing.T) {
	for _, command := range []settings.Configurer{
		new(devCommand), new(serveCommand), new(workCommand), new(warmCommand), new(dropCommand), new(redriveCommand),
		new(lambdaEventsCommand), new(lambdaHTTPCommand), new(doctor.Command),
	} {
		var before server.Config
		command.Configure(&before)
		sets := flagSets(reflect.ValueOf(command).Elem())
		if len(sets) < 6 {
			t.Errorf("%T: got %d sets of flags", command, len(sets))
		}
		for _, set := range sets {
			zero := reflect.New(set.Type()).Elem()
			setAll(set)
			var after server.Config
			command.Configure(&after)
			before.Engine, before.WarmEngine, after.Engine, after.WarmEngine = nil, nil, nil, nil // functions are never equal
			if reflect.DeepEqual(before, after) {
				t.Errorf("%T: %s changes nothing", command, set.Type())
			}
			set.Set(zero)
		}
	}
}

// flagSets returns the embedded configurers of a struct that embed no configurers themselves.
func flagSets(command reflect.Value) (sets []reflect.Value) {
	for i := range command.NumField() {
		field := command.Field(i)
		if !command.Type().Field(i).Anonymous {
			continue
		}
		field = reflect.NewAt(field.Type(), field.Addr().UnsafePointer()).Elem() // so that it can be set
		inner := flagSets(field)
		if _, ok := field.Interface().(settings.Configurer); ok && len(inner) == 0 {
			inner = []reflect.Value{field}
		}
		sets = append(sets, inner...)
	}
	return sets
}

// setAll sets every field of a set of flags.
func setAll(set reflect.Value) {
	for i := range set.NumField() {
		switch f := set.Field(i); f.Kind() {
		case reflect.Bool:
			f.SetBool(true)
		case reflect.Int, reflect.Int64:
			f.SetInt(7)
		case reflect.String:
			f.SetString("x")
		case reflect.Slice:
			f.Set(reflect.MakeSlice(f.Type(), 1, 1))
		}
	}
}
