.PHONY: help deps restore build test run pack publish image fuzz simulate torture latency soak bench streams screenshot clean

help: ## this list
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /\1\t/' | expand -t 12

deps:
	@eng/deps.sh

restore:
	@dotnet restore Functions.sln --verbosity quiet

build: restore ## compile everything, warnings are errors
	@dotnet build Functions.sln -c Release --no-restore --nologo --verbosity quiet -clp:ErrorsOnly

test: deps build ## all tests; installs what they need
	@eng/test.sh

run: ## the demo: a web shop's clickstream through the engine, 60 s
	@dotnet build src/Cli -c Release --nologo --verbosity quiet -clp:ErrorsOnly
	@dotnet src/Cli/bin/Release/net10.0/tidemark.dll demo $(ARGS)

# Both have objects of their own: those of a build are for this machine.
pack: ## the package that dotnet tool install takes, into out/; VERSION=0.1.0
	@dotnet pack src/Cli -c Release -p:Portable=true -p:Version=$(or $(VERSION),0.1.0) --artifacts-path out/obj -o out --nologo --verbosity quiet -clp:ErrorsOnly
	@ls out/*.nupkg

publish: ## one file per platform that needs no .NET, into out/; RIDS="linux-x64 osx-arm64", VERSION=0.1.0
	@RIDS="$(RIDS)" VERSION="$(VERSION)" eng/publish.sh

image: ## a container image `tidemark`; VERSION=0.1.0
	@docker build --build-arg VERSION=$(or $(VERSION),0.1.0) --tag tidemark .

fuzz: build ## the random tests with far more cases; minutes
	@TIDEMARK_FUZZ_LINES=20000000 dotnet test tests/Core.Tests -c Release --no-build --nologo --filter "FullyQualifiedName~Fuzz"
	@TIDEMARK_STREAMS=100000 dotnet test tests/Engine.Tests -c Release --no-build --nologo --filter "FullyQualifiedName~WindowEngineOracle"
	@TIDEMARK_STREAMS=20000 dotnet test tests/Engine.Tests -c Release --no-build --nologo --filter "FullyQualifiedName!~WindowEngineOracle"
	@TIDEMARK_SEEDS=20 dotnet test tests/Functions.Tests -c Release --no-build --nologo --filter "FullyQualifiedName~Proof|FullyQualifiedName~CostDocs"

simulate: build deps ## SEEDS=N runs of the exactly-once protocol under faults; FIRST=S, SCENARIO=NAME; see tests/Simulation/README.md
	@dotnet tests/Simulation/bin/Release/net10.0/Tidemark.Simulation.dll --seeds $(or $(SEEDS),1000) --first $(or $(FIRST),1) --scenario $(or $(SCENARIO),all) $(ARGS)

torture: deps ## RUNS=200 streams of EVENTS=2000000 killed at random moments, and everything compared; SEED=N, ONLY=RUN
	@dotnet build tests/Cli.Tests -c Release --nologo --verbosity quiet -clp:ErrorsOnly
	@TIDEMARK_TORTURE_RUNS=$(or $(RUNS),200) TIDEMARK_TORTURE_EVENTS=$(or $(EVENTS),2000000) TIDEMARK_TORTURE_SEED=$(SEED) TIDEMARK_TORTURE_ONLY=$(ONLY) \
		dotnet test tests/Cli.Tests -c Release --no-build --nologo --filter "FullyQualifiedName~Torture" --logger "console;verbosity=detailed"

bench: build deps ## compare with DuckDB and measure each layer; see tests/Benchmarks/README.md
	@dotnet tests/Benchmarks/bin/Release/net10.0/Tidemark.Benchmarks.dll $(ARGS)

latency: deps ## how soon an event and a closed window are in Redis, at 10 and 100 thousand events a second; SECONDS=60
	@dotnet build tests/Benchmarks -c Release --nologo --verbosity quiet -clp:ErrorsOnly
	@dotnet build src/Cli -c Release --nologo --verbosity quiet -clp:ErrorsOnly
	@dotnet tests/Benchmarks/bin/Release/net10.0/Tidemark.Benchmarks.dll latency $(or $(SECONDS),60) $(RATES)

soak: deps ## a service at RATE=10000 events a second for SECONDS=600: memory, handles and latency must stay flat
	@dotnet build tests/Benchmarks -c Release --nologo --verbosity quiet -clp:ErrorsOnly
	@dotnet build src/Cli -c Release --nologo --verbosity quiet -clp:ErrorsOnly
	@dotnet tests/Benchmarks/bin/Release/net10.0/Tidemark.Benchmarks.dll soak $(or $(SECONDS),600) $(or $(RATE),10000)

streams: deps ## CLIENTS=500 clients of the dashboard's stream for a minute: every one gets every window once, memory stays flat
	@dotnet build tests/Dashboard.Tests -c Release --nologo --verbosity quiet -clp:ErrorsOnly
	@TIDEMARK_STREAMS=$(or $(CLIENTS),500) TIDEMARK_STREAM_WINDOWS=1200 TIDEMARK_STREAM_PACE_MS=50 \
		dotnet test tests/Dashboard.Tests -c Release --no-build --nologo --filter "FullyQualifiedName~StreamClientsTests"

screenshot: deps ## the pictures of the dashboard in docs/images, light and dark; minutes
	@dotnet build src/Cli -c Release --nologo --verbosity quiet -clp:ErrorsOnly
	@dotnet build tests/Dashboard.Tests -c Release --nologo --verbosity quiet -clp:ErrorsOnly
	@node eng/screenshot.mjs

clean:
	@find . -name bin -o -name obj -o -name node_modules | xargs rm -rf
