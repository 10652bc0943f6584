package conversation

import "sync/atomic"

// Counts is what a node's sessions did since it started.
type Counts struct {
	Welcomed, Replaced          atomic.Uint64 // hellos that were answered; sessions that came back elsewhere
	Sends                       atomic.Uint64 // submitted to the log
	Acks, Duplicates, Refused   atomic.Uint64 // acknowledgements, of which duplicates; errors said
	Messages, Members, Receipts atomic.Uint64 // published, however many listen
	BodyBytes                   atomic.Uint64 // of those messages
	Syncs, SyncEntries          atomic.Uint64 // range requests; entries sent for them
	Published, PublishedInBatch atomic.Uint64 // writes told; batches of them
}
