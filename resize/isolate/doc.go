// Package isolate runs the engine in processes of its own, so that an image that breaks a decoder breaks nothing else.
//
//	Engine.Each ─► Pool ─► worker ══ stdin: a message ═══════════════════► Serve ─► resize.Engine.Each
//	                         │    ══ shared memory: the image ═══════════►   │
//	                         │    ◄═ stdout: a frame for each variant ════   │
//	                         │    ◄═ stdout: More? Spare? stdin: answer ═►   │
//	                         └─ kills it at the image's deadline             └─ sealed before the first image
//
// A worker has an empty environment and no files but its pipes and the shared memory. On Linux the pool bounds its memory by
// what the header of the image says that decoding takes (prlimit), it gives up new privileges, and has the kernel refuse
// every system call that decoding does not need (seccomp): it can open no file and no socket, start no process, and
// raise no limit.
// On other systems, or if the kernel has no seccomp, the process has an empty environment and is not restricted
// further; [Pool.Protections] lists what is in force.
//
// An image that crashes its worker, or is not decoded by the deadline, is corrupt; the next image gets a new worker.
// A worker that the system killed proves nothing about its image: the error then matches none of package resize.
package isolate
