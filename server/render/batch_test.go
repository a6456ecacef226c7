package render

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/imgorigin/imgorigin/resize"
)

// phaseTest is a batch in some phase, with a transform of 100 px that a request has asked for.
type phaseTest struct {
	batches batches
	batch   *batch
}

const batchTime = time.Minute

// newPhaseTest takes a batch to a phase. Its gate gives it memory for 200 px, and its original is a JPEG of 1600 × 1200
// that is decoded for 100 px.
func newPhaseTest(t *testing.T, to phase, prefetch ...resize.Transform) *phaseTest {
	t.Helper()
	p := new(phaseTest)
	var isNew bool
	p.batch, _, isNew = p.batches.join("cat.jpg", resize.Transform{Width: 100})
	if !isNew {
		t.Fatal("the first request opens no batch")
	}
	need := func(ts ...resize.Transform) (bytes int64) {
		for _, t := range ts {
			bytes = max(bytes, int64(t.Width))
		}
		return bytes
	}
	if to >= admitted {
		p.batches.admit(p.batch, need, []resize.Transform{{Width: 200}})
	}
	if to >= decoding {
		src := &source{header: resize.Header{Format: resize.JPEG, Width: 1600, Height: 1200, Frames: 1}, need: need}
		var jobs []*job
		for _, t := range prefetch {
			jobs = append(jobs, newJob(t, prefetched))
		}
		p.batches.beginDecode(p.batch, jobs, src, time.Now().Add(batchTime/2))
	}
	if to >= sealed {
		p.batches.sealOriginal("cat.jpg")
	}
	return p
}

// TestWhoMayJoinWhen is the table of the package doc.
func TestWhoMayJoinWhen(t *testing.T) {
	tests := []struct {
		name      string
		transform resize.Transform
		after     time.Duration
		joins     map[phase]bool
	}{
		{"smaller", resize.Transform{Width: 50}, 0, map[phase]bool{open: true, admitted: true, decoding: true}},
		{"the same", resize.Transform{Width: 100}, 0, map[phase]bool{open: true, admitted: true, decoding: true}},
		{"larger, within the memory", resize.Transform{Width: 200}, 0, map[phase]bool{open: true, admitted: true}},
		{"larger than the memory", resize.Transform{Width: 201}, 0, map[phase]bool{open: true}},
		{"slow", resize.Transform{Width: 50, Format: resize.AVIF}, 0, map[phase]bool{open: true, admitted: true}},
		{"late", resize.Transform{Width: 50}, batchTime / 2, map[phase]bool{open: true, admitted: true}},
	}
	for _, test := range tests {
		for _, phase := range []phase{open, admitted, decoding, sealed} {
			synctest.Test(t, func(t *testing.T) {
				p := newPhaseTest(t, phase)
				time.Sleep(test.after)
				b, _, isNew := p.batches.join("cat.jpg", test.transform)
				if joined := b == p.batch && !isNew; joined != test.joins[phase] {
					t.Errorf("%s, %v: joined is %t, want %t", test.name, phase, joined, test.joins[phase])
				}
				if other, _, isNew := p.batches.join("dog.jpg", test.transform); other == p.batch || !isNew {
					t.Errorf("%s, %v: a request for another original joined", test.name, phase)
				}
			})
		}
	}
}

// What joins a batch that has entered the gate takes the memory that it lacks, and a batch that can't have it opens. The
// batch gives back what it took when it leaves, and takes nothing afterwards.
func TestJoiningTakesMemory(t *testing.T) {
	const free = 70 // bytes, beside the batch
	taken := int64(0)
	extend := func(bytes int64) (giveBack func(), ok bool) {
		if taken+bytes > free {
			return nil, false
		}
		taken += bytes
		return func() { taken -= bytes }, true
	}
	for _, phase := range []phase{admitted, decoding} {
		p := newPhaseTest(t, phase)
		p.batch.reserved.need = sumOfWidths // 100 of the request, of the 200 that the batch has
		p.batches.enter(p.batch, extend)
		for _, step := range []struct {
			width int
			joins bool
			taken int64
		}{
			{60, true, 0}, {50, true, 10}, {60, true, 70}, {1, false, 70},
		} {
			b, _, _ := p.batches.join("cat.jpg", resize.Transform{Width: step.width, Height: int(step.taken)})
			if joins := b == p.batch; joins != step.joins || taken != step.taken {
				t.Errorf("%v, %d px: joins is %t with %d bytes taken, want %t and %d", phase, step.width, joins, taken, step.joins, step.taken)
			}
		}
		p.batches.leave(p.batch)
		if taken != 0 || p.batch.reserved.makeRoom([]resize.Transform{{Width: 1000}}) {
			t.Errorf("%v: %d bytes are taken by a batch that has left, or it takes more", phase, taken)
		}
	}
}

func sumOfWidths(ts ...resize.Transform) (bytes int64) {
	for _, t := range ts {
		bytes += int64(t.Width)
	}
	return bytes
}

func TestRequestsBeyondTheMostJobsOpenABatch(t *testing.T) {
	p := newPhaseTest(t, open)
	for i := range maxJobs - 1 {
		if b, _, _ := p.batches.join("cat.jpg", resize.Transform{Width: i + 1}); b != p.batch {
			t.Fatalf("request %d did not join", i+2)
		}
	}
	if b, _, isNew := p.batches.join("cat.jpg", resize.Transform{Width: 500}); b == p.batch || !isNew {
		t.Error("one request more than the limit joined")
	}
}

// A request for what is being prefetched waits for that job, and keeps its variant.
func TestRequestClaimsAPrefetchedJob(t *testing.T) {
	p := newPhaseTest(t, decoding, resize.Transform{Width: 40}, resize.Transform{Width: 60}, resize.Transform{Width: 300})
	if got := len(p.batch.jobs); got != 3 {
		t.Fatalf("got %d jobs, want the request and the two prefetched ones that fit its memory", got)
	}
	_, claimed, isNew := p.batches.join("cat.jpg", resize.Transform{Width: 40})
	if isNew || claimed != p.batch.jobs[1] {
		t.Error("the request got a job of its own")
	}
	for _, job := range p.batch.jobs {
		job.finish(Variant{Transform: job.transform}, nil)
	}
	if got := p.batches.unclaimed(p.batch); len(got) != 1 || got[0].Transform.Width != 60 {
		t.Errorf("got unclaimed %+v, want the prefetched 60 px only", got)
	}
}

// What joined a decode and got nothing of it is retried, once.
func TestSealParts(t *testing.T) {
	p := newPhaseTest(t, decoding, resize.Transform{Width: 40}, resize.Transform{Width: 60})
	_, late, _ := p.batches.join("cat.jpg", resize.Transform{Width: 30})
	_, claimed, _ := p.batches.join("cat.jpg", resize.Transform{Width: 40})
	joined, others := p.batches.seal(p.batch)
	if len(joined) != 2 || joined[0] != claimed || joined[1] != late {
		t.Errorf("got %d jobs that joined, want the late and the claimed one", len(joined))
	}
	if len(others) != 2 {
		t.Errorf("got %d others, want the first request and the prefetched 60 px", len(others))
	}
	retried := p.batches.retry("cat.jpg", joined)
	if joined, others := p.batches.seal(retried); len(joined) != 0 || len(others) != 2 {
		t.Errorf("the retried jobs would be retried again: got %d and %d others", len(joined), len(others))
	}
}

// A batch never goes back, and what was sealed while it waited at the gate stays so.
func TestPhasesOnlyAdvance(t *testing.T) {
	p := newPhaseTest(t, open)
	p.batches.sealOriginal("cat.jpg")
	p.batches.admit(p.batch, func(...resize.Transform) int64 { return 1000 }, nil)
	if p.batch.phase != sealed {
		t.Errorf("got phase %v, want sealed", p.batch.phase)
	}
	if b, _, isNew := p.batches.join("cat.jpg", resize.Transform{Width: 1}); b == p.batch || !isNew {
		t.Error("a request joined a sealed batch")
	}
}
