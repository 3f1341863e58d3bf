# The only entry point. `make help` lists the targets.
export JAVA_HOME := $(shell packaging/find-jdk.sh)
MVN := mvn -B -ntp
# Each module's class path at run time, for packaging/assemble.sh.
CLASSPATHS := dependency:build-classpath -Dmdep.outputFile=target/runtime.classpath -DincludeScope=runtime
# What the leak detector said of anything that was collected and not released, with where it was used; in leaks-PID.txt that of processes under test.
NO_LEAK := ! grep -A 30 'LEAK:'
OLD_LEAKS := tests/target/surefire-reports/leaks-*.txt

.PHONY: help build test test-faults chaos soak fuzz bench demo dist format clean home test-tools

help: ## Lists the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):[^#]*## */\1\t/' | expand -t 16

build: ## Compiles and checks everything, without running tests
	$(MVN) -q package -DskipTests

test: test-tools ## Builds, checks and runs all tests
	@rm -f $(OLD_LEAKS)
	$(MVN) verify $(CLASSPATHS)
	@$(NO_LEAK) */target/surefire-reports/*.txt
	@python3 -m unittest discover -q -s bench/side_by_side
	packaging/dist.sh
	packaging/check.sh build/dist/*.tar.gz

test-faults: test-tools ## Runs the tests of faults with their full counts, up to 45 minutes
	@rm -f $(OLD_LEAKS)
	$(MVN) test -pl tests -am -Dtest='io/weft/tests/faults/**/*Test' -Dsurefire.failIfNoSpecifiedTests=false -Dweft.faults.full=true
	@$(NO_LEAK) tests/target/surefire-reports/*.txt

SECONDS = 300
SEED =
chaos: ## Random faults in the demo's shop for SECONDS=300, from a SEED; what must hold is checked
	$(MVN) -q test-compile dependency:build-classpath -pl tests -am -Dspotless.check.skip -Dmdep.outputFile=target/test.classpath -DincludeScope=test
	@CLASSPATH="tests/target/test-classes:$$(cat tests/target/test.classpath)" \
	  "$(JAVA_HOME)/bin/java" -XX:+UseSerialGC -Xmx256m io.weft.tests.faults.chaos.Chaos "$(SECONDS)" "$(SEED)"

MINUTES = 10
soak: ## All protocols, peers that misbehave, a change each second, for MINUTES=10, from a SEED; nothing may leak or fail
	$(MVN) -q test-compile dependency:build-classpath -pl tests -am -Dspotless.check.skip -Dmdep.outputFile=target/test.classpath -DincludeScope=test
	@CLASSPATH="tests/target/test-classes:$$(cat tests/target/test.classpath)" \
	  "$(JAVA_HOME)/bin/java" -XX:+UseSerialGC -Xmx512m --enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow \
	    io.weft.tests.faults.soak.Soak "$(MINUTES)" "$(SEED)"

CASES =
ROUNDS =
CORES =
BENCH_FLAGS =
bench: ## Measures beside Envoy, HAProxy and nginx: CASES="..." ROUNDS=4 CORES=0,1
	@packaging/install-bench-tools.sh
	@packaging/install-envoy.sh
	@bench/distribution.sh
	@python3 bench/side_by_side --cases "$(CASES)" $(if $(ROUNDS),--rounds $(ROUNDS)) $(if $(CORES),--cores $(CORES)) $(BENCH_FLAGS)

fuzz: ## Fuzzes the codecs for SECONDS=300; what is learnt and found is left in build/fuzz
	$(MVN) -q test-compile dependency:build-classpath -pl proxy -am -Dspotless.check.skip -Dmdep.outputFile=target/test.classpath -DincludeScope=test
	@CLASSPATH="proxy/target/test-classes:proxy/target/classes:$$(cat proxy/target/test.classpath)" \
	  "$(JAVA_HOME)/bin/java" io.weft.proxy.codec.fuzz.Fuzzing "$(SECONDS)" proxy/src/test/resources/fuzz build/fuzz

demo: ## Builds what is missing and shows a mesh at work
	@./weft demo

dist: ## Makes build/dist/weft-VERSION-linux-ARCH.tar.gz, which needs no Java where it runs
	$(MVN) -q package -Dmaven.test.skip=true -pl cli,demo -am $(CLASSPATHS)
	packaging/dist.sh

format: ## Formats the sources
	$(MVN) -q spotless:apply

clean: ## Removes what was built
	$(MVN) -q clean
	rm -rf build

# What ./weft runs. The stamp is as old as the start of the build: a file saved meanwhile is newer than it.
home:
	@mkdir -p build/home && touch build/home/.building
	$(MVN) -q package -Dmaven.test.skip=true -Dspotless.check.skip -pl cli,demo -am $(CLASSPATHS)
	packaging/assemble.sh build/home
	@ln -sfn "$(JAVA_HOME)" build/home/runtime && mv build/home/.building build/home/.built

# What some tests need beside Java.
test-tools:
	@packaging/install-test-tools.sh
	@packaging/install-envoy.sh
	@packaging/install-clients.sh
