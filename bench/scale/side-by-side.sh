#!/usr/bin/env bash
# More connections on one machine than one process may have files: several runs of
# `throng run idle` side by side, each with a server of its own. A run's clients and
# its server are two processes, so each may have as many connections as a process may
# have files, less some 500.
#
#   bench/scale/side-by-side.sh                      six runs of 17,000 users: 102,000 connections
#   bench/scale/side-by-side.sh -n 3 -u 2000         three of 2,000
#
#   -n RUNS     how many side by side (6)
#   -u USERS    of each (17000)
#   -w SECONDS  between two starts, so that they do not connect at the same time (20)
#   -o DIR      gets the records DIR/1, DIR/2, … and what the runs said (runs/side-by-side)
#   -p PROGRAM  the program (./throng, which `make build` makes)
#   What stands behind -- goes to every run.
#
# Source addresses need no care: connections are told apart by the destination's port
# too, and each server has its own.
set -euo pipefail
runs=6 users=17000 wait=20 out=runs/side-by-side program=./throng
while getopts n:u:w:o:p: flag; do
	case $flag in
	n) runs=$OPTARG ;; u) users=$OPTARG ;; w) wait=$OPTARG ;; o) out=$OPTARG ;; p) program=$OPTARG ;;
	*) sed -n '2,20p' "$0"; exit 2 ;;
	esac
done
shift $((OPTIND - 1))
[ ! -e "$out" ] || { echo "$out is already there: give -o another folder, or remove this one" >&2; exit 2; }
mkdir -p "$out"

# What the kernel holds of all this machine: slabs (sockets, files), in kB.
slab() { awk '/^Slab:/ {print $2}' /proc/meminfo; }
# The TCP sockets that are open, both ends.
sockets() { awk '/^TCP:/ {print $3}' /proc/net/sockstat; }

slab_before=$(slab) sockets_before=$(sockets)
pids=()
trap 'kill "${pids[@]}" 2>/dev/null || true' INT TERM
for i in $(seq "$runs"); do
	# The silence of the first lasts until the last has been weighed. They all talk at
	# the same time, so each of them a little.
	silence=$(((runs - i) * wait + 60 + users / 2000))
	"$program" run idle --out "$out/$i" --set population.users="$users" --set "phases[1].for=${silence}s" \
		--set "phases[2].traffic.send.rate=100/s" "$@" >"$out/$i.log" 2>&1 &
	pids+=($!)
	[ "$i" = "$runs" ] || sleep "$wait"
done

# Everyone is there: what does the kernel hold?
all=$((2 * runs * users)) most=0 slab_most=$slab_before
for _ in $(seq $((30 + users / 1000))); do
	now=$(($(sockets) - sockets_before))
	if [ "$now" -gt "$most" ]; then most=$now slab_most=$(slab); fi
	[ "$most" -lt "$all" ] || break
	sleep 1
done

status=0
for i in $(seq "$runs"); do
	code=0
	wait "${pids[$((i - 1))]}" || code=$?
	[ "$code" = 0 ] || { echo "run $i ended with status $code, see $out/$i.log"; status=1; }
done
go run ./bench/scale "$out"/*/
echo
echo "TCP sockets open at once  $most, of $all wanted"
echo "kernel slabs              $(((slab_most - slab_before) / 1024)) MiB more than before, $(((slab_most - slab_before) * 1024 / (most > 0 ? most / 2 : 1))) B a connection, both ends"
exit $status
