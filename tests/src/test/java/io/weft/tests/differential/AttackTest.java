package io.weft.tests.differential;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicContainer.dynamicContainer;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.TestFactory;

/**
 * Attacks on where a message ends and where it goes: each line of {@code smuggling/} is sent to a running Weft, and to Envoy where it is installed,
 * before an upstream that keeps every byte. What is seen is left in {@code target/smuggling}.
 */
class AttackTest {
    private static final AttackTable TABLE = AttackTable.load(Path.of("src/test/resources/smuggling"));
    private static final Path BOOTSTRAP = Path.of("src/test/resources/smuggling/bootstrap.yaml");
    private static final Path RESULTS = Path.of("target/smuggling").toAbsolutePath();

    @TestFactory
    Stream<DynamicContainer> weftPassesTheVerdictOfTheTable() throws Exception {
        List<ProxyKind> proxies = new ArrayList<>(List.of(new ProxyKind.Weft()));
        EnvoyBinary.find().ifPresent(binary -> proxies.add(new ProxyKind.Envoy(binary)));
        Map<ProxyKind, Map<Attack, String>> verdicts = new LinkedHashMap<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Map<ProxyKind, Future<Map<Attack, String>>> running = new LinkedHashMap<>();
            proxies.forEach(proxy -> running.put(proxy, threads.submit(() -> verdicts(proxy))));
            for (var each : running.entrySet()) {
                verdicts.put(each.getKey(), each.getValue().get());
            }
        }
        return verdicts.entrySet().stream().map(each -> compared(each.getKey(), each.getValue()));
    }

    private static DynamicContainer compared(ProxyKind proxy, Map<Attack, String> verdicts) {
        String who = proxy.getClass().getSimpleName();
        return dynamicContainer(
                who,
                TABLE.families().entrySet().stream()
                        .map(family -> dynamicContainer(
                                family.getKey(),
                                family.getValue().stream()
                                        .map(attack -> dynamicTest(
                                                attack.name(),
                                                () -> assertThat(verdicts.get(attack))
                                                        .isEqualTo(expected(proxy, attack)))))));
    }

    private static String expected(ProxyKind proxy, Attack attack) {
        return switch (proxy) {
            case ProxyKind.Weft _ -> attack.weft();
            case ProxyKind.Envoy _ -> attack.envoyOrSame();
        };
    }

    private static Map<Attack, String> verdicts(ProxyKind proxy) throws Exception {
        String who = proxy.getClass().getSimpleName();
        Path folder = RESULTS.resolve(who);
        Files.createDirectories(folder);
        Map<Attack, String> verdicts = new LinkedHashMap<>();
        StringBuilder shown = new StringBuilder();
        DifferentialCase smuggling = new DifferentialCase("smuggling", Files.readString(BOOTSTRAP), List.of());
        try (Side side = new Side(new TestCertificates(folder))) {
            side.start(proxy, side.writeBootstrap(smuggling, folder));
            for (Attack attack : TABLE.all().toList()) {
                String verdict = attack.verdict(side);
                verdicts.put(attack, verdict);
                shown.append(attack.getClass().getSimpleName())
                        .append('\t')
                        .append(attack.name())
                        .append('\t')
                        .append(verdict)
                        .append('\n');
            }
        } finally {
            Files.writeString(folder.resolve("verdicts.tsv"), shown);
        }
        return verdicts;
    }
}
