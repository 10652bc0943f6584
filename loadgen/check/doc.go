// Package check judges what a chat server delivered. It is told what was sent,
// acknowledged and received, and counts what is not as promised: messages lost,
// doubled, invented, damaged or out of order.
//
// It is pure: no clock, no network, no goroutine. Its memory does not grow with
// the number of messages. What a receiver saw is a seq up to which it has all,
// and the ranges above it; that all saw the same order is judged by a digest of
// each 1,024 seqs; which message a seq carries is remembered for the newest seqs
// of a conversation only. So memory grows with what is amiss: with holes that
// nothing fills, with second copies, with refused sends. Those that a faulty
// server alone makes are bounded, and the bounds are constants of this package.
//
// The words: a place is one receiver (a session) of one conversation. An entry is
// what has a seq: a message, or a change of members. What is owed to a place is
// every acknowledged message of its conversation from the place's first seq on.
//
// What always holds:
//
//  1. expected = delivered + lost, and what is owed.offline is in none of them.
//  2. A pair of a message and a place is in delivered at most once, however often
//     the message came, and only if the message was acknowledged.
//  3. The first entry that a place sees at a seq decides what that seq was to it:
//     a client that drops repeated seqs sees no other. A message behind a change
//     of members at its own seq is a duplicate by seq, and stays lost.
//  4. Each arrival is judged in this order, and by one figure only: out of the
//     conversation's numbers (order.violations), before the place's first seq
//     (misdelivered), without a header (phantom), damaged (corrupted), of
//     another run (foreign), of another conversation (misdelivered), never sent
//     (phantom). Only what passes all of them takes part in the judgement of
//     senders' orders and of second copies.
//  5. It does not matter whether a message is acknowledged before or after it
//     arrives, nor how the calls of different goroutines fall together. Only which
//     of two copies is called the second depends on which was seen first.
package check
