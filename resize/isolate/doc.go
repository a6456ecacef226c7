// Package isolate runs engines in processes of their own, so that a picture which breaks a decoder breaks nothing
// else.
//
//	Engine.Each ─► Pool ─► worker ══ stdin: job ═════════════════════► Serve ─► resize.Engine.Each
//	                         │    ══ memory that both see: the picture ►   │
//	                         │    ◄═ stdout: one variant after another ═   │
//	                         │    ◄═ stdout: More? Spare? ═ stdin: yes ►   │
//	                         └─ kills it at the picture's deadline         └─ sealed before the first picture
//
// A worker has no environment and no files but its pipes. On Linux it bounds its memory by what the picture's header
// says that it takes (setrlimit), gives up new privileges, and lets the kernel refuse every system call that
// decoding does not need (seccomp): it can open no file, no socket and no other process. Elsewhere, or where the
// kernel has no seccomp, it is a process with an empty environment and no more; [Pool.Protections] tells.
//
// A picture that crashes its worker, or outlasts the deadline, is corrupt; the next one gets a new worker.
package isolate
