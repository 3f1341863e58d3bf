package io.weft.tests.differential;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.abort;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.junit.jupiter.api.DynamicContainer.dynamicContainer;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * Sends each request of each case to Envoy and to Weft. {@code -Dweft.differential.case=NAME} runs one case only; bootstraps, logs
 * and what both showed are left in {@code target/differential}.
 */
class DifferentialTest {
    private static final Path CASES = Path.of("src/test/resources/differential");
    private static final Path REFUSED = Path.of("src/test/resources/differential-refused");
    private static final Path RESULTS = Path.of("target/differential").toAbsolutePath();

    /** {@code -Dweft.differential.self=true} compares Envoy with itself, while a case is written. */
    private static final boolean SELF = Boolean.getBoolean("weft.differential.self");

    private static @Nullable TestCertificates certificates;

    @BeforeAll
    static void makeCertificates() throws Exception {
        Path folder = RESULTS.resolve("certificates");
        Files.createDirectories(folder);
        certificates = new TestCertificates(folder);
    }

    @TestFactory
    Stream<DynamicContainer> weftDoesWhatEnvoyDoes() throws Exception {
        ProxyKind.Envoy envoy = new ProxyKind.Envoy(EnvoyBinary.require());
        String only = System.getProperty("weft.differential.case", "");
        return DifferentialCase.all(CASES).stream()
                .filter(each -> only.isEmpty() || each.name().equals(only))
                .map(each -> compared(each, envoy, SELF ? envoy : new ProxyKind.Weft()));
    }

    @TestFactory
    Stream<DynamicNode> envoyAcceptsEachBootstrap() throws Exception {
        ProxyKind.Envoy envoy = new ProxyKind.Envoy(EnvoyBinary.require());
        return DifferentialCase.all(CASES).stream()
                .map(each -> dynamicTest(each.name(), () -> {
                    try (Side side = new Side(certificates())) {
                        Path bootstrap = side.writeBootstrap(
                                each, RESULTS.resolve(each.name()).resolve("validate"));
                        Path log = bootstrap.resolveSibling("validate.log");
                        assertThat(ProxyProcess.failureOf(envoy.validation(bootstrap), log))
                                .isEmpty();
                    }
                }));
    }

    /** Weft may be stricter, never laxer: what Envoy refuses is refused, with the file and the line. */
    @TestFactory
    Stream<DynamicNode> whatEnvoyRefusesIsRefused() throws Exception {
        ProxyKind.Envoy envoy = new ProxyKind.Envoy(EnvoyBinary.require());
        return RefusedBootstrap.all(REFUSED).stream()
                .map(each -> dynamicTest(each.name(), () -> {
                    Path folder = RESULTS.resolve("refused").resolve(each.name());
                    Files.createDirectories(folder);
                    Path bootstrap = folder.resolve("bootstrap.yaml");
                    Files.writeString(bootstrap, each.text());
                    assertThat(ProxyProcess.failureOf(envoy.validation(bootstrap), folder.resolve("envoy.log")))
                            .as("Envoy refuses it")
                            .isNotEmpty();
                    assertThat(ProxyProcess.failureOf(
                                    new ProxyKind.Weft().command(bootstrap), folder.resolve("weft.log")))
                            .contains(bootstrap + ":" + each.line())
                            .contains(each.words());
                }));
    }

    /** What differs between two Envoys is the harness's own noise. */
    @Test
    void twoEnvoysDoNotDiffer() throws Exception {
        ProxyKind.Envoy envoy = new ProxyKind.Envoy(EnvoyBinary.require());
        DifferentialCase basics = named("http1");
        try (Duel duel = Duel.start(
                basics,
                envoy,
                basics,
                envoy,
                certificates(),
                RESULTS.resolve("self").resolve("same"))) {
            for (Request request : basics.requests()) {
                if (request.difference() == null) {
                    Duel.Outcome outcome = duel.run(request);
                    assertThat(outcome.surprises()).as(request.name()).isEmpty();
                    assertThat(outcome.differences()).as(request.name()).isEmpty();
                }
            }
        }
    }

    @Test
    void anAlteredProxyIsNoticed() throws Exception {
        ProxyKind.Envoy envoy = new ProxyKind.Envoy(EnvoyBinary.require());
        DifferentialCase routing = named("routing");
        DifferentialCase altered =
                routing.withBootstrap(routing.bootstrap().replace("Hello from the proxy", "Hello from another"));
        try (Duel duel = Duel.start(
                routing,
                envoy,
                altered,
                envoy,
                certificates(),
                RESULTS.resolve("self").resolve("altered"))) {
            Request direct = routing.requests().stream()
                    .filter(request -> request.name().equals("direct response"))
                    .findFirst()
                    .orElseThrow();
            assertThat(duel.run(direct).differences()).anyMatch(difference -> difference.startsWith("body: "));
        }
    }

    private static DynamicContainer compared(DifferentialCase each, ProxyKind.Envoy envoy, ProxyKind other) {
        AtomicReference<@Nullable Duel> running = new AtomicReference<>();
        Stream<DynamicNode> start = Stream.of(dynamicTest(
                "both proxies start",
                () -> running.set(Duel.start(each, envoy, each, other, certificates(), RESULTS.resolve(each.name())))));
        Stream<DynamicNode> requests = each.requests().stream()
                .map(request -> dynamicTest(request.name(), () -> agree(each, request, running.get())));
        // The last node runs whatever failed before.
        Stream<DynamicNode> end = Stream.of(dynamicTest("both proxies end", () -> {
            Duel duel = running.getAndSet(null);
            if (duel != null) {
                duel.close();
            }
        }));
        return dynamicContainer(each.name(), Stream.of(start, requests, end).flatMap(nodes -> nodes));
    }

    private static void agree(DifferentialCase each, Request request, @Nullable Duel duel) throws Exception {
        if (duel == null) {
            abort("the proxies did not start");
            return;
        }
        Duel.Outcome outcome = duel.run(request);
        String seen = "\n  Envoy showed:" + Comparison.describe(outcome.envoy().fields()) + "\n  Weft showed:"
                + Comparison.describe(outcome.other().fields());
        Files.writeString(
                RESULTS.resolve(each.name()).resolve(request.name().replaceAll("[^A-Za-z0-9]+", "-") + ".txt"), seen);
        assertThat(outcome.surprises())
                .as("Envoy itself does not do what the case says" + seen)
                .isEmpty();
        assumeTrue(!SELF || request.difference() == null, "Envoy does not differ from itself");
        assertThat(outcome.differences()).as("the proxies differ" + seen).isEmpty();
        if (!SELF) {
            assertThat(new Comparison(request).untold(outcome.other())).as(seen).isEmpty();
        }
    }

    private static DifferentialCase named(String name) throws Exception {
        List<DifferentialCase> cases = DifferentialCase.all(CASES);
        return cases.stream()
                .filter(each -> each.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    private static TestCertificates certificates() {
        if (certificates == null) {
            throw new IllegalStateException("not before the certificates are made");
        }
        return certificates;
    }
}
