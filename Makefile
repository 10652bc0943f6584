# Go alone is needed for build, run, test, bench and fuzz; race needs a C compiler.
GO       ?= go
FUZZTIME ?= 60s

.PHONY: build run test race lint bench bench-peers fuzz long clean

build: ## the program, as ./throng
	CGO_ENABLED=0 $(GO) build -o throng .

run: build ## the main job: a server, a load on it, checks, a record under runs/, in under a minute
	./throng run

test: ## all tests; needs nothing but Go
	CGO_ENABLED=0 $(GO) test ./...

race: ## all tests under the race detector; needs a C compiler
	CGO_ENABLED=1 $(GO) test -race ./...

lint: ## gofmt, go vet, staticcheck, govulncheck where its database can be reached
	@unformatted=$$(gofmt -l .); test -z "$$unformatted" || { echo "gofmt would change: $$unformatted"; exit 1; }
	$(GO) vet ./...
	GOOS=darwin $(GO) vet ./...
	$(GO) tool staticcheck ./...
	@out=$$($(GO) tool govulncheck ./... 2>&1) && echo "$$out" || { \
	  case "$$out" in *"fetching vulnerabilities"*) echo "govulncheck: its database cannot be reached, skipped";; \
	  *) echo "$$out"; exit 1;; esac; }

bench: ## benchmarks in the format that benchstat reads; ./bench compares with the floors, a round an iteration
	$(GO) test -run '^$$' -bench . -benchtime 5x ./bench
	$(GO) test -run '^$$' -bench . -benchtime 200ms $$($(GO) list ./... | grep -v /bench$$)

PEERS ?=
bench-peers: ## the same small servers on other libraries, side by side, in ten minutes (Linux); PEERS are its flags, see docs/peers.md
	@cd bench/peers && $(GO) run . $(PEERS)

fuzz: ## every fuzz target for FUZZTIME
	@for target in $$($(GO) test -list '^Fuzz' ./... | awk '/^Fuzz/{f[++n]=$$1} /^ok/{for(i=1;i<=n;i++) print $$2":"f[i]; n=0}'); do \
	  echo "$${target#*:} in $${target%%:*}"; \
	  $(GO) test -run '^$$' -fuzz "^$${target#*:}$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 10x $${target%%:*} || exit 1; \
	done

long: ## the full forms, an hour: 200 kills for each durability, 15,000 half upgrades, a soak of 30 minutes, a minute of fuzzing a target; keep the result in docs/long.md
	THRONG_KILLS=200 $(GO) test -count=1 -run Kill -v ./server ./server/store
	THRONG_LORIS=15000 $(GO) test -count=1 -run Loris -v ./server
	THRONG_SOAK=30m $(GO) test -count=1 -run Soak -timeout 1h -v ./server
	$(MAKE) fuzz FUZZTIME=60s

clean:
	rm -f throng
