package wire

import (
	"fmt"
	"iter"
)

// The roles of a server, each in a process of its own.
const (
	RoleIdle   = "idle"    // connections that have said a word and are silent
	RoleEcho   = "echo"    // each sends again once it was answered
	RoleFanOut = "fan-out" // one sends to all
	RoleAccept = "accept"  // they only connect
)

// In RoleIdle, everyone is in so many conversations of so many members.
const (
	Each     = 5
	Together = 3
)

// Conversations of a chat server, in which the n users of a role are, by id.
func Conversations(role string, n int) iter.Seq2[string, []int] {
	return func(yield func(string, []int) bool) {
		switch role {
		case RoleIdle:
			for i := range Each * n / Together {
				if !yield(Conversation(i), circle(i, n)) {
					return
				}
			}
		case RoleEcho:
			for i := range n {
				if !yield(Conversation(i), []int{i}) {
					return
				}
			}
		case RoleFanOut:
			all := make([]int, n)
			for i := range all {
				all[i] = i
			}
			yield(Conversation(0), all)
		}
	}
}

// circle is who is in conversation i of RoleIdle: three users, a third of all
// apart, and in each turn others.
func circle(i, n int) []int {
	turn := i / n
	return []int{i % n, (i + n/3 + turn) % n, (i + n*2/3 + 3*turn) % n}
}

// Conversation is the id of one.
func Conversation(i int) string { return fmt.Sprint("c", i) }

// User is the id of one.
func User(i int) string { return fmt.Sprint("u", i) }

// Memberships is Conversations by user: which each of the n is in.
func Memberships(role string, n int) [][]string {
	of := make([][]string, n)
	for id, members := range Conversations(role, n) {
		for _, m := range members {
			of[m] = append(of[m], id)
		}
	}
	return of
}
