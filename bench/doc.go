// Package bench holds benchmarks that compare the server's parts with the floor
// under them: a bare epoll loop, a bare sendto, Pebble's own batches. Both sides
// run in turn in the same process, in the same rounds; what is reported is the
// median, and the median of the ratios. Clients are a process of their own, so
// that the CPU time of this one is the server's alone.
//
// One iteration is one round: run it as `make bench` does, with -benchtime 5x.
package bench
