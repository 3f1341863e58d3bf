# The only entry point. `make help` lists the targets.
export JAVA_HOME := $(shell packaging/find-jdk.sh)
MVN := mvn -B -ntp

.PHONY: help build test format clean

help: ## Lists the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):[^#]*## */\1\t/' | expand -t 16

build: ## Compiles and checks everything, without tests
	$(MVN) -q package -DskipTests

test: ## Builds, checks and runs all tests
	$(MVN) verify

format: ## Formats the sources
	$(MVN) -q spotless:apply

clean: ## Removes what was built
	$(MVN) -q clean
