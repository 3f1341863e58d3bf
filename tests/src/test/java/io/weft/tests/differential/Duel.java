package io.weft.tests.differential;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** One case, run: the oracle and the proxy under test, started from the same bootstrap, get the same requests. */
final class Duel implements Closeable {
    /** What a request showed: why the case is wrong, how the proxies differ, and all that was seen. */
    record Outcome(List<String> surprises, List<String> differences, Observation envoy, Observation other) {}

    private final Side oracle;
    private final Side other;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

    private Duel(Side oracle, Side other) {
        this.oracle = oracle;
        this.other = other;
    }

    /** @param folder where bootstraps and logs of both are left for who looks into a failure */
    static Duel start(
            DifferentialCase oraclesCase,
            ProxyKind.Envoy envoy,
            DifferentialCase othersCase,
            ProxyKind other,
            TestCertificates certificates,
            Path folder)
            throws Exception {
        // A port that was free when it was chosen may be taken when a proxy wants it: then others are chosen, once.
        try {
            return startOnce(oraclesCase, envoy, othersCase, other, certificates, folder);
        } catch (IllegalStateException | ExecutionException e) {
            if (String.valueOf(e.getMessage()).contains("in use")) {
                return startOnce(oraclesCase, envoy, othersCase, other, certificates, folder);
            }
            throw e;
        }
    }

    private static Duel startOnce(
            DifferentialCase oraclesCase,
            ProxyKind.Envoy envoy,
            DifferentialCase othersCase,
            ProxyKind other,
            TestCertificates certificates,
            Path folder)
            throws Exception {
        Duel duel = new Duel(new Side(certificates), new Side(certificates));
        try {
            Path first = duel.oracle.writeBootstrap(oraclesCase, folder.resolve("envoy"));
            Path second = duel.other.writeBootstrap(othersCase, folder.resolve("weft"));
            Future<?> started = duel.threads.submit(() -> {
                duel.other.start(other, second);
                return true;
            });
            duel.oracle.start(envoy, first);
            started.get();
            return duel;
        } catch (Exception e) {
            duel.close();
            throw e;
        }
    }

    Outcome run(Request request) throws Exception {
        Future<Observation> ofOther = threads.submit(() -> other.send(request));
        Observation envoys = oracle.send(request);
        Observation others = ofOther.get();
        Comparison comparison = new Comparison(request);
        return new Outcome(comparison.surprises(envoys), comparison.differences(envoys, others), envoys, others);
    }

    @Override
    public void close() throws IOException {
        threads.shutdownNow();
        try (oracle;
                other) {
            threads.close();
        }
    }
}
