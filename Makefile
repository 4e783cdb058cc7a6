SHELL := /bin/bash

# Kiosk. `make run` sells in a simulated street; `make test` proves it.

ADDR ?= 127.0.0.1:8080
DATA ?= ./var
SALES ?= 20000
SEED ?= 1
BITS ?= 100

VERSION := $(shell git describe --tags --always --dirty --abbrev=12 2>/dev/null || echo dev)
COMMIT := $(shell git rev-parse --short=12 HEAD 2>/dev/null || echo unknown)
BUILT := $(shell git log -1 --format=%cI 2>/dev/null || echo unknown)
PACKAGE := $(shell systemd/version 2>/dev/null || echo 0~dev)
STAMP := -X main.version=$(VERSION) -X main.commit=$(COMMIT) -X main.built=$(BUILT)
# No HTTP/2: the gateway is asked in HTTP/1.1, and the page is small. What the caller's environment could change is said here:
# the same commit and the same Go give the same bytes.
PI := CGO_ENABLED=0 GOFLAGS=-buildvcs=false GOWORK=off GOEXPERIMENT= GOFIPS140=off GOARM64=v8.0 GOAMD64=v1 go build -tags nethttpomithttp2 -trimpath -ldflags "-s -w -buildid= $(STAMP)"

STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.8.2
GOVULNCHECK := golang.org/x/vuln/cmd/govulncheck@v1.6.0
TOOLS := zbarimg:zbar-tools systemd-analyze:systemd /usr/sbin/sshd:openssh-server lintian:lintian shellcheck:shellcheck ssh-keygen:openssh-client
BROWSER := chromium-headless-shell:chromium-headless-shell node:nodejs npm:npm /usr/share/fonts/truetype/droid/DroidSansFallbackFull.ttf:fonts-droid-fallback

.PHONY: run quick test browser deps check build pi deb deploy reproduce arm rig rig-deploy bench bits storm clean

run: bin/kiosk-sim
	@exec bin/kiosk-sim -addr $(ADDR) -data $(DATA) run

# The storms run by themselves, so that their seeds and sums are printed.
STORMS := ^(TestStorm|TestStreetStorm|TestCampaign)$$
# What systemd says of the unit, and the packages' lives, are printed, too.
UNIT := ^TestTheUnit

# What make quick leaves out: each of these takes more than two seconds on two cores, or a program that make test installs.
# A test in house holds the names to what is there.
SLOW := TestAWalkAsANewUserWould TestADayOfSalesAgainstItsBill TestStreetStormV3 TestPowerCutAnywhere TestPowerCutAgain \
	TestNoticesComeInEveryOrder TestPlantedBugs TestThePanelsLookAsTheyWereAgreed \
	TestSameSeedSameHistory TestLimitsOfDaysAreReachedByAKioskThatSleepsAtNight \
	TestWhateverHappensNoMoneyIsMadeOrLost \
	TestATornLogLosesNoSyncedMove TestAPowerCutLosesNoMove TestNoSaleHasToFoldTheLog TestProveGrowsNothing \
	TestWhatWasDoneToTheBookBehindTheKiosksBackShows TestNoRottenBitLosesAMoveInSilence TestADamagedBookIsSetAside TestALogThatNobodyFoldsIsBounded \
	TestAThousandSlowClientsHoldNobodyUp TestWhatAServerMayBeMadeToMisread TestAHundredThousandGuessesNeverExceedTheRate \
	TestAShortTapeReplaysFromWhatTheShopKnew TestAStormReplaysStepByStepOnAnotherMachine \
	TestHostileTextStaysInside TestAPhoneReadsTheCodeOnEveryPanel TestRootTakesNothingOnTrustInAnotherUsersFolder TestAStormOfRefusals

space := $(subst ,, )
QUICK_SKIP := ^($(subst $(space),|,$(strip $(SLOW))))$$|$(STORMS)|$(UNIT)

# While one writes: both vets and the rooms' tests, under 90 seconds once compiled. It prints what it leaves to make test.
quick:
	go vet ./...
	go vet -tags sim ./...
	go vet -C rig ./...
	@set -e; rooms="$$(go list ./... | grep -v systemd/deploy)"; echo "go test ./..."; go test -timeout 5m -skip '$(QUICK_SKIP)' $$rooms
	@echo "left to make test: the storms, the browser, systemd, packages, deploys, the rig, the kiosk in its street (-tags sim), and"; \
	printf '%s\n' $(SLOW) | sed 's/^/  /'

test: deps
	go test -timeout 15m -skip '$(STORMS)|$(UNIT)' ./...
	@set -o pipefail; echo "go test -v -run '$(STORMS)' ./sale ./house"; \
	go test -timeout 15m -v -run '$(STORMS)' ./sale ./house | { grep -vE '^(=== | +--- PASS)' || true; }
	go test -timeout 10m -tags sim ./cmd/kiosk
	go test -C rig -timeout 10m ./...
	@set -o pipefail; echo "go test -v -run '$(UNIT)' ./house"; go test -count=1 -v -run '$(UNIT)' ./house | { grep -vE '^(=== |--- PASS)' || true; }
	@set -o pipefail; echo "go test -C systemd/pack -v ."; go test -C systemd/pack -count=1 -timeout 10m -v . | { grep -vE '^(=== |[0-9a-f]{64}  )' || true; }
	$(MAKE) --no-print-directory browser

# The technician's page in a real browser: what it shows on a telephone and on a desk, and a whole service visit.
# PICTURES=dir keeps what was seen elsewhere than in bin/pictures.
browser: deps bin/kiosk-sim
	status/browser/run

# What the tests need beside Go: a second decoder for the QR code, systemd's own word on the unit, and a browser with a
# Chinese font. A command or a file, and the package it is in. MORE is what the target that asks for it needs besides.
MORE :=
deps:
	@missing=""; for t in $(TOOLS) $(BROWSER) $(MORE); do command -v $${t%%:*} >/dev/null 2>&1 || [ -e $${t%%:*} ] || missing="$$missing $${t##*:}"; done; \
	if [ -z "$$missing" ]; then exit 0; fi; \
	if [ "$$(id -u)" = 0 ]; then \
		install="env DEBIAN_FRONTEND=noninteractive apt-get -qq -o Acquire::Retries=5 -o DPkg::Lock::Timeout=600"; \
		$$install install -y --no-install-recommends $$missing >/dev/null 2>&1 || \
		{ $$install update && $$install install -y --no-install-recommends $$missing >/dev/null; }; \
	else echo "tools are missing, install them with: sudo apt-get install -y$$missing" >&2; exit 1; fi

check: MORE := gcc:gcc /usr/include/stdlib.h:libc6-dev
check: deps
	@fmt="$$(gofmt -l .)"; [ -z "$$fmt" ] || { echo "gofmt these:"; echo "$$fmt"; exit 1; }
	go vet ./...
	go vet -tags sim ./...
	go vet -C rig ./...
	go vet -C systemd/pack ./...
	go run $(STATICCHECK) ./...
	go run $(STATICCHECK) -tags sim ./...
	cd rig && go run $(STATICCHECK) ./...
	cd systemd/pack && go run $(STATICCHECK) ./...
	@out="$$(go run $(GOVULNCHECK) ./... 2>&1)"; rc=$$?; \
	if [ $$rc -ne 0 ] && echo "$$out" | grep -qiE 'vuln.go.dev|fetching vulnerabilities|no such host|dial tcp|Forbidden'; then echo "govulncheck: not run: no database"; \
	else echo "$$out"; exit $$rc; fi
	STORM_SEEDS=40 go test -race -timeout 30m ./...
	go test -C rig -race -timeout 10m ./...
	go test -race -tags sim -timeout 10m ./cmd/kiosk

build: bin/kiosk bin/kiosk-sim

.PHONY: bin/kiosk bin/kiosk-sim
bin/kiosk:
	@mkdir -p bin
	go build -ldflags "$(STAMP)" -o $@ ./cmd/kiosk
bin/kiosk-sim:
	@mkdir -p bin; [ -e $@ ] || echo "building $@: the first time takes some minutes, SQLite is in it"
	@go build -tags sim -ldflags "$(STAMP)" -o $@ ./cmd/kiosk

# As shipped, for each board. ARCHES="amd64" makes a package of this machine's own; SIGN=key signs with an SSH key.
ARCHES ?= arm64 armhf
SIGN ?=
BINARY_arm64 := dist/kiosk-linux-arm64
BINARY_armhf := dist/kiosk-linux-armv6
BINARY_amd64 := dist/kiosk-linux-amd64

pi: dist/kiosk-linux-arm64 dist/kiosk-linux-armv7 dist/kiosk-linux-armv6
	@go version; cd dist && sha256sum $(notdir $^) && wc -c $(notdir $^)

BOARD_arm64 := GOARCH=arm64
BOARD_amd64 := GOARCH=amd64
BOARD_armv7 := GOARCH=arm GOARM=7
BOARD_armv6 := GOARCH=arm GOARM=6
BINARIES := $(patsubst %,dist/kiosk-linux-%,arm64 armv7 armv6 amd64)
.PHONY: $(BINARIES)
$(BINARIES): dist/kiosk-linux-%:
	@mkdir -p dist
	GOOS=linux $(BOARD_$*) $(PI) -o $@ ./cmd/kiosk

# dist/kiosk_VERSION_ARCH.deb, what is linked into it beside it, and SHA256SUMS over all of that.
deb: $(foreach a,$(ARCHES),$(BINARY_$(a)))
	@SOURCE_DATE_EPOCH=$$(git log -1 --format=%ct) GOWORK=off GOFLAGS= GOEXPERIMENT= go run -C systemd/pack . -root '$(CURDIR)' -out '$(CURDIR)/dist' -version '$(PACKAGE)' \
		$(if $(SIGN),-sign $(abspath $(patsubst ~/%,$(HOME)/%,$(SIGN)))) $(foreach a,$(ARCHES),$(a)='$(CURDIR)/$(BINARY_$(a))')

# Twice, as on two machines: prints sums and sizes, and fails where they differ. Minutes, since the second has nothing compiled.
reproduce:
	@systemd/reproduce $(REPRODUCE)

# From here to a running kiosk, or to several one after the other: docs/deploy.md.
# HOST=user@kiosk [PORT=22], or HOSTS="a b c"; SSH="ssh -F FILE" where yours needs more words.
HOSTS ?= $(HOST)
PORT ?=
SSH ?= ssh
deploy: $(if $(strip $(HOSTS)),deb)
	@mkdir -p bin && go build -o bin/deploy ./systemd/deploy
	@bin/deploy -version '$(PACKAGE)' $(foreach a,$(ARCHES),-deb '$(a)=dist/kiosk_$(PACKAGE)_$(a).deb') \
		$(if $(PORT),-port '$(PORT)') -ssh '$(SSH)' $(HOSTS)

# The shipped arm64 kiosk on a real kernel with simulated pins: docs/rig.md.
rig: deps
	rig/kernel/build.sh .rig
	@mkdir -p dist
	GOOS=linux GOARCH=arm64 $(PI) -o dist/kiosk-linux-arm64 ./cmd/kiosk
	cd rig && GOOS=linux GOARCH=arm64 $(PI) -o ../.rig/agent ./agent
	@mkdir -p bin && go build -C rig -o ../bin/rig .
	bin/rig -kiosk dist/kiosk-linux-arm64 -agent .rig/agent

# Debian with systemd on that kernel: make deploy of good and bad versions over ssh, power cuts in the switch, the watchdog.
# ROWS=14 plays the rows of these numbers, of which 1 sets up.
COMMA := ,
rig-deploy: deps
	rig/kernel/build.sh .rig
	rig/system/root/build.sh .rig
	cd rig && GOOS=linux GOARCH=arm64 $(PI) -o ../.rig/agent ./agent
	GOOS=linux GOARCH=arm64 $(subst -tags ,-tags sim$(COMMA),$(PI)) -o .rig/kiosk-sim ./cmd/kiosk
	@mkdir -p bin && go build -C rig -o ../bin/rig-system ./system
	bin/rig-system -rows '$(ROWS)'

# The shipped binaries, and the rooms' own tests, on the processors they are for: emulated, so that no hardware is needed.
ROOMS := ./hw ./status ./web ./metrics ./alert ./store ./pay ./display ./sale ./record
arm: MORE := qemu-aarch64-static:qemu-user-static
arm: deps pi
	@set -e; for a in "arm64:arm64::qemu-aarch64-static" "armv7:arm:7:qemu-arm-static" "armv6:arm:6:qemu-arm-static -cpu arm1176"; do \
		IFS=: read -r name arch level under <<< "$$a"; \
		echo "$$name: the shipped binary under $$under"; \
		KIOSK_PROGRAM="$$under $(CURDIR)/dist/kiosk-linux-$$name" go test -count=1 ./cmd/kiosk; \
		echo "$$name: the rooms' tests"; \
		STORM_SEEDS=4 KIOSK_UNDER="$$under" CGO_ENABLED=0 GOARCH=$$arch GOARM=$$level go test -count=1 -timeout 30m -exec "$$under" $(ROOMS); \
	done

bench:
	go test -run '^$$' -bench . -benchmem ./...
	go test -tags sim -run '^$$' -bench . -benchtime 1x -timeout 40m ./cmd/kiosk

storm:
	STORM_SALES=$(SALES) STORM_SEED=$(SEED) go test -count=1 -timeout 0 -v -run TestCampaign ./sale

# Single bits, so many in each of four files, rotted at random: what the kiosk makes of each at its next start.
bits:
	BITS=$(BITS) SEED=$(SEED) go test -count=1 -timeout 30m -v -run TestNoRottenBitLosesAMoveInSilence ./store

clean:
	rm -rf bin dist
