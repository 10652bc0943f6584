// Package conversation holds the chat rules: who may do what, what a send, a
// cursor and a resume mean, and who is told. It knows no sockets and no
// database; it declares the interfaces that logs, rooms and connections fulfil.
//
// Requests come in through [Service.Handle], on the goroutine that read them,
// which must not wait: what may touch the disk (hello, join, sync) goes to a
// bounded pool of workers, everything else is judged by what the session itself
// knows and is submitted to the [Log]. What the log took comes back through
// [Publishers.Committed], in the log's order, and is told to those whom it
// concerns. So a message reaches nobody before it is durable.
package conversation
