package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/imgorigin/imgorigin/cmd/imgorigin/build"
	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/resize/resizetest"
)

// stackCommands are the commands that the roles of a stack run. sweep, warm and the state of each run where the worker does.
var stackCommands = map[string][]string{
	"ServeRole": {"serve"},
	"WorkRole":  {"work", "sweep", "warm", "drop", "redrive", "doctor"},
}

// exceptStatements are the statements of roles for what is not requested by a command, or by none of those that run here: a ticket for
// an upload is used by a browser, and logs, traces and keys are used by AWS itself, or by a collector.
var exceptStatements = []string{"GiveUploads", "Log", "Trace", "UseKey"}

// Each command runs with the settings that the template gives it, on doubles of AWS, and the role that runs it in the stack has the
// permissions that its requests need, and no others.
func TestStackRoles(t *testing.T) {
	t.Parallel() // most of it is waiting for what is settled twice
	text := readStackTemplate(t)
	cloud := newStackCloud(t)
	s := cloud.stack(t, text, map[string]string{"SweepEvery": "rate(7 days)", "Jobs": "true", "Warm": "w=160&fm=jpeg"})
	cloud.runAll(t, s)
	s.checkPermissionsTable(t, cloud.used)
	for _, problem := range s.compareRoles(stackCommands, cloud.used) {
		t.Error(problem)
	}
	for _, broken := range []struct{ old, new, want string }{
		{"Action: cloudfront:GetDistributionConfig", "Action: cloudfront:GetDistribution", "doctor needs cloudfront:GetDistributionConfig"},
		{"Action: cloudfront:GetFunction", "Action: cloudfront:DescribeFunction", "doctor needs cloudfront:GetFunction"},
		{"Action: s3:GetBucketNotification", "Action: s3:GetBucketLocation", "doctor needs s3:GetBucketNotification"},
		{"Action: s3:ListBucketVersions", "Action: s3:ListBucketMultipartUploads", "work needs s3:ListBucketVersions"},
		{"s3:GetObjectTagging]", "s3:GetObject]", "work needs s3:GetObjectTagging"},
		{"[dynamodb:PutItem, ", "[", "work needs dynamodb:PutItem"},
		{"[dynamodb:PutItem, ", "[dynamodb:GetItem, dynamodb:PutItem, ", "WorkRole may dynamodb:GetItem"},
		{"${Variants.Arn}/sweep.json", "${Variants.Arn}/position.json", "sweep needs s3:PutObject on arn:aws:s3:::imgorigin-variants-000000000000-us-east-1/sweep.json"},
		{"${Variants.Arn}/jobs/*", "${Variants.Arn}/job/*", "warm needs s3:PutObject"},
		{"sqs:ChangeMessageVisibility, ", "", "work needs sqs:ChangeMessageVisibility"},
		{"Action: s3:ListBucket\n", "Action: s3:ListAllMyBuckets\n", "serve needs s3:ListBucket"},
		{"Action: [s3:GetObject, s3:PutObject, s3:DeleteObject]", "Action: [s3:GetObject, s3:PutObject]", "serve needs s3:DeleteObject"},
		{"Action: [s3:GetObject, s3:PutObject, s3:DeleteObject]", "Action: [s3:GetObject, s3:PutObject, s3:DeleteObject, s3:PutObjectAcl]", "ServeRole may s3:PutObjectAcl"},
	} {
		changed := strings.Replace(text, broken.old, broken.new, 1)
		problems := parseStackTemplate(t, changed, s.values).compareRoles(stackCommands, cloud.used)
		if changed == text || !slices.ContainsFunc(problems, func(p string) bool { return strings.Contains(p, broken.want) }) {
			t.Errorf("with %s: got %q, want that %s", broken.new, problems, broken.want)
		}
	}
}

// runAll runs every command of the stack.
func (c *stackCloud) runAll(t *testing.T, s stackTemplate) {
	t.Helper()
	originals := s.ref("Originals").(string)
	photo := resizetest.JPEG(resizetest.Photo(60, 40), 80)
	for _, key := range []string{"cat.jpg", "dog.jpg", "old.jpg"} {
		c.s3.PutObject(originals, key, photo)
	}
	c.s3.PutObject(originals, "broken.jpg", []byte("\xff\xd8 broken"))
	task := func(args ...string) error {
		command, out := c.start(t, s, "WorkTask", args...)
		err := command.Wait()
		if err != nil {
			t.Logf("%s: %s", args[0], out)
		}
		return err
	}

	c.serve(t, s, originals, photo)
	c.work(t, s, originals)
	c.s3.PutObject(originals, "broken.jpg", photo) // after a fix
	must(t, task("warm", "--state", "s3://"+s.ref("Variants").(string)+"/jobs/warm-1.json", "cat.jpg"))
	must(t, task("warm", "--state", "s3://"+s.ref("Variants").(string)+"/jobs/warm-1.json"))
	c.s3.DeleteObject(originals, "dog.jpg") // without an event
	must(t, task("sweep", "--state", "s3://"+s.ref("Variants").(string)+"/sweep.json"))
	must(t, task("redrive", "--distribution", "")) // whose purge would wait for others
	keys := []string{"cat.jpg"}                    // and others, whose purges are more than CloudFront takes at once
	for i := range 8 {
		keys = append(keys, fmt.Sprintf("%d/cat.jpg", i))
	}
	must(t, task(append([]string{"drop"}, keys...)...))
	_ = task("doctor") // see TestDoctorInTheStack
}

// serve has the service make images, find out that an original is missing, and that another was replaced.
func (c *stackCloud) serve(t *testing.T, s stackTemplate, originals string, photo []byte) {
	t.Helper()
	command, out := c.start(t, s, "ServeTask", "serve", "--revalidate", "0s", "--drain-delay", "0s", "--listen", "127.0.0.1:0", "--admin-listen", "none")
	address := "http://" + out.await(t, `"addr":"([^"]+)"`)
	for path, want := range map[string]int{"cat.jpg": 200, "none.jpg": 404, "broken.jpg": 415} {
		if r, body := get(t, address+"/img/"+path+"?w=160&fm=jpeg"); r.StatusCode != want {
			t.Errorf("%s: got %s, want %d: %s", path, r.Status, want, body)
		}
	}
	c.s3.PutObject(originals, "cat.jpg", resizetest.JPEG(resizetest.Photo(60, 50), 80))
	get(t, address+"/img/cat.jpg?w=160&fm=jpeg")
	must(t, command.Process.Signal(os.Interrupt))
	must(t, command.Wait())
	c.s3.PutObject(originals, "cat.jpg", photo)
}

// work has the worker settle an original that is new, one that is gone, and one that is broken, and a dead letter.
func (c *stackCloud) work(t *testing.T, s stackTemplate, originals string) {
	t.Helper()
	command, out := c.start(t, s, "WorkTask", "work")
	in := func(message string) string { return strings.Replace(message, `"any"`, `"`+originals+`"`, 1) }
	sendMessage(t, c.sqs, s.values["Events"], in(created("cat.jpg", 1)))
	sendMessage(t, c.sqs, s.values["Events"], in(created("broken.jpg", 2)))
	overwritten := strings.Replace(in(created("old.jpg", 4)), `"sequencer"`, `"versionId":"v2","sequencer"`, 1)
	sendMessage(t, c.sqs, s.values["Events"], overwritten)
	for _, queue := range []string{"Events", "Removals", "DeadLetters"} {
		sendMessage(t, c.sqs, s.values[queue], "not an event")
	}
	sendMessage(t, c.sqs, s.values["Removals"], in(removed("gone.jpg")))
	sendMessage(t, c.sqs, s.values["DeadLetters"], in(created("dog.jpg", 3)))
	for queue, left := range map[string]int{"Events": 4, "Removals": 2, "DeadLetters": 2} { // second settlements, and what is tried again
		eventually(t, queue+" are settled", func() bool {
			visible, later := c.sqs.Count(s.values[queue])
			return visible == 0 && later <= left && len(c.s3.Keys(s.ref("Quarantine").(string))) > 0
		})
	}
	must(t, command.Process.Signal(os.Interrupt))
	if err := command.Wait(); err != nil {
		t.Errorf("%v: %s", err, out)
	}
}

// compareRoles returns what roles lack, and what they may do that none of their commands does, without the excepted statements and actions.
func (s stackTemplate) compareRoles(
	commands map[string][]string, used map[string]map[grant]bool, except ...string,
) (problems []string) {
	for _, role := range slices.Sorted(maps.Keys(commands)) {
		allowed := s.grantsOf(role, slices.Concat(exceptStatements, except))
		isUsed := make(map[grant]bool)
		for _, command := range commands[role] {
			for needed := range used[command] {
				lacks := true
				for _, g := range allowed {
					if g.covers(needed) {
						isUsed[g], lacks = true, false
					}
				}
				if lacks {
					problems = append(problems, fmt.Sprintf("%s: %s needs %s on %s", role, command, needed.action, needed.resource))
				}
			}
		}
		for _, g := range allowed {
			if !isUsed[g] {
				problems = append(problems, fmt.Sprintf("%s may %s on %s, which no command does", role, g.action, g.resource))
			}
		}
	}
	slices.Sort(problems)
	return problems
}

// covers reports whether a grant, whose resource may be a pattern, allows what is needed.
func (g grant) covers(needed grant) bool {
	before, _, isPattern := strings.Cut(g.resource, "*")
	return g.action == needed.action && (g.resource == needed.resource || isPattern && strings.HasPrefix(needed.resource, before))
}

// grantsOf returns what a role may do, without some statements and actions.
func (s stackTemplate) grantsOf(role string, except []string) (allowed []grant) {
	for _, policy := range s.property(role, "Policies").([]any) {
		document := policy.(map[string]any)["PolicyDocument"].(map[string]any)
		for _, statement := range document["Statement"].([]any) {
			statement := statement.(map[string]any)
			if slices.Contains(except, statement["Sid"].(string)) {
				continue
			}
			for _, action := range texts(statement["Action"]) {
				if slices.Contains(except, action) {
					continue
				}
				for _, resource := range texts(statement["Resource"]) {
					allowed = append(allowed, grant{action, resource})
				}
			}
		}
	}
	return allowed
}

// texts returns the texts of a value of the template that is one, or a list of them.
func texts(v any) (all []string) {
	if text, ok := v.(string); ok {
		return []string{text}
	}
	for _, element := range v.([]any) {
		all = append(all, element.(string))
	}
	return all
}

// The doctor finds nothing wrong with the stack from the task of its worker, which is where an operator of the stack runs it.
func TestDoctorInTheStack(t *testing.T) {
	for _, signed := range []string{"off", "allowed", "required"} {
		cloud := newStackCloud(t)
		cloud.begin("doctor")
		for name, value := range cloud.env {
			t.Setenv(name, value)
		}
		s := cloud.stack(t, readStackTemplate(t), map[string]string{"SignedUrls": signed, "Formats": formatsInAnyOrder()})
		env := s.environment("WorkTask")
		var out bytes.Buffer
		_ = run(t.Context(), []string{"doctor", "--json"}, func(name string) string { return env[name] }, &out)
		var findings []finding
		must(t, json.Unmarshal(out.Bytes(), &findings))
		isCompared := false
		for _, f := range findings {
			if f.State == "error" && f.About != "memory" { // that of the machine that tests, not of the task
				t.Errorf("signed URLs %s: got %+v", signed, f)
			}
			isCompared = isCompared || strings.Contains(f.Found, "its function imgorigin-us-east-1 is this service's")
		}
		if !isCompared {
			t.Errorf("signed URLs %s: got %+v, want the function compared", signed, findings)
		}
	}
}

// formatsInAnyOrder returns the formats that this build writes, as the template takes them.
func formatsInAnyOrder() string {
	var formats []string
	for _, f := range resize.Formats() {
		if f.IsImage() && f != resize.Auto && build.NewEngine(resize.Limits{}).Encodes(f) {
			formats = append(formats, string(f))
		}
	}
	slices.Reverse(formats)
	return strings.Join(formats, ",")
}

// checkPermissionsTable holds the table of permissions in deploy/SETTINGS.md to what the commands used.
func (s stackTemplate) checkPermissionsTable(t *testing.T, used map[string]map[grant]bool) {
	t.Helper()
	const name, begin, end = "../../deploy/SETTINGS.md", "<!-- permissions -->\n", "<!-- /permissions -->"
	page, err := os.ReadFile(name)
	must(t, err)
	before, rest, _ := strings.Cut(string(page), begin)
	_, after, isMarked := strings.Cut(rest, end)
	if !isMarked {
		t.Fatal("SETTINGS.md has no marks around the table of permissions")
	}
	columns := []struct{ title, resource string }{
		{"originals", "arn:aws:s3:::" + s.ref("Originals").(string)}, {"variants", "arn:aws:s3:::" + s.ref("Variants").(string)},
		{"quarantine", "arn:aws:s3:::" + s.ref("Quarantine").(string)}, {"queues", "arn:aws:sqs:"}, {"failures table", "arn:aws:dynamodb:"},
		{"CloudFront", "arn:aws:cloudfront:"},
	}
	var table strings.Builder
	head, line := "| command |", "|---|"
	for _, column := range columns {
		head, line = head+" "+column.title+" |", line+"---|"
	}
	fmt.Fprintf(&table, "%s\n%s\n", head, line)
	worker, _, _ := strings.Cut(strings.Join(stackCommands["WorkRole"], " "), " doctor")
	for _, row := range [][]string{stackCommands["ServeRole"], strings.Fields(worker), {"doctor"}} {
		fmt.Fprintf(&table, "| `%s` |", strings.Join(row, "`, `"))
		for _, column := range columns {
			actions := make(map[string]bool)
			for _, command := range row {
				for g := range used[command] {
					if strings.HasPrefix(g.resource, column.resource) {
						_, action, _ := strings.Cut(g.action, ":")
						actions[action] = true
					}
				}
			}
			fmt.Fprintf(&table, " %s |", strings.Join(slices.Sorted(maps.Keys(actions)), ", "))
		}
		table.WriteByte('\n')
	}
	want := before + begin + table.String() + end + after
	if *update {
		must(t, os.WriteFile(name, []byte(want), 0o644))
	} else if string(page) != want {
		t.Error("the permissions in deploy/SETTINGS.md are not those that commands use: go test ./cmd/imgorigin -run StackRoles -update")
	}
}
