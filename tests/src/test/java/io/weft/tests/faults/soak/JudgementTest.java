package io.weft.tests.faults.soak;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.weft.tests.faults.soak.Trend.Sample;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@code make soak} judges by. */
class JudgementTest {
    private static final Act.Play NOTHING = _ -> 1;

    private static List<Sample> samples(int count, double slope, double noise) {
        SplittableRandom random = new SplittableRandom(3);
        return IntStream.range(0, count)
                .mapToObj(i -> new Sample(i, 100 + slope * i + noise * (random.nextDouble() - 0.5)))
                .toList();
    }

    @Test
    void whatGrowsIsSeenThroughWhatComesAndGoes() {
        Trend grows = Trend.of(samples(400, 0.1, 50));
        assertThat(grows.growth()).isCloseTo(40, within(8.0));
        assertThat(grows.slope() * 399).isEqualTo(grows.growth());
        assertThat(Trend.of(samples(400, 0, 50)).growth()).isCloseTo(0, within(8.0));
    }

    @Test
    void aLineIsFitExactly() {
        assertThat(Trend.of(samples(10, -2, 0))).isEqualTo(new Trend(-2, -18));
        assertThat(Trend.of(samples(1, -2, 0))).isEqualTo(new Trend(0, 0));
        assertThat(Trend.of(List.of())).isEqualTo(new Trend(0, 0));
    }

    @Test
    void anErrorThatNobodyProvokedIsAViolation() {
        List<String> told = new ArrayList<>();
        Ledger ledger = new Ledger(told::add);
        Act honest = Act.honest("HTTP/1.1", "a request", NOTHING);
        Act provoking = Act.provoking("HTTP/1.1", "a head that is too large", NOTHING);
        Act other = Act.honest("TCP", "bytes", NOTHING);
        ledger.passed(honest, 7);
        ledger.passed(provoking, 2);
        assertThat(ledger.violations()).isEmpty();
        ledger.failed(honest, 1.5, new IOException("cut"));
        assertThat(ledger.violations())
                .hasSize(2)
                .first()
                .asString()
                .isEqualTo("1 times an error that no peer has caused: HTTP/1.1, a request");
        assertThat(ledger.violations().getLast()).contains("1.5 to", "HTTP/1.1, a request", "cut");
        assertThat(told).containsExactly(ledger.violations().getLast());
        assertThat(ledger.table().lines().skip(1))
                .containsExactly("  HTTP/1.1                 7                 2                  1");
        assertThat(ledger.missing(List.of(honest, provoking, other))).containsExactly(other);
    }

    @Test
    void warningsErrorsAndLeaksAreFoundAndCounted(@TempDir Path directory) throws IOException {
        Path log = directory.resolve("proxy.log");
        Files.writeString(log, """
                2026-11-21T14:36:00.597Z INFO  io.weft.proxy.Proxy no ERROR here
                {"path":"/WARN","details":"LEAK: of the access log"}
                2026-11-21T14:36:00.597Z WARN  io.weft.proxy.Proxy port 17 is odd
                2026-11-21T14:36:01.597Z WARN  io.weft.proxy.Proxy port 19 is odd
                2026-11-21T14:36:01.597Z WARN  io.weft.proxy.Proxy peers may provoke this
                2026-11-21T14:36:01.597Z ERROR i.n.u.ResourceLeakDetector LEAK: ByteBuf.release() was not called
                Exception in thread "weft-0" java.lang.IllegalStateException
                """);
        assertThat(LogScan.unexpected("client", log, List.of(Pattern.compile("may provoke"))))
                .containsExactly(
                        "client wrote 2 times: 2026-11-21T14:36:00.597Z WARN  io.weft.proxy.Proxy port 17 is odd",
                        "client wrote 1 times: 2026-11-21T14:36:01.597Z ERROR i.n.u.ResourceLeakDetector LEAK:"
                                + " ByteBuf.release() was not called",
                        "client wrote 1 times: Exception in thread \"weft-0\" java.lang.IllegalStateException");
    }
}
