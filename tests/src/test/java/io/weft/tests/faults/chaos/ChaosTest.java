package io.weft.tests.faults.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A short run of {@code make chaos}, on a part of the shop. */
class ChaosTest {
    private static final List<String> INSTANCES = List.of("cart-1", "cart-2");

    @Test
    void whatMustHoldHoldsUnderRandomFaults(@TempDir Path directory) throws Exception {
        Chaos.Options options =
                new Chaos.Options(directory, 5, Duration.ofSeconds(8), List.of("reviews", "catalog"), 20, 1500);
        Chaos.Verdict verdict = new Chaos(options, System.out).run();
        assertThat(verdict.violations()).isEmpty();
    }

    @Test
    void aSeedIsASchedule() {
        assertThat(Schedule.of(7, Duration.ofMinutes(5), 3000, INSTANCES))
                .isEqualTo(Schedule.of(7, Duration.ofMinutes(5), 3000, INSTANCES))
                .isNotEqualTo(Schedule.of(8, Duration.ofMinutes(5), 3000, INSTANCES))
                .hasSizeGreaterThan(50)
                .extracting(Step::kind)
                .contains(Step.Kind.values());
    }
}
