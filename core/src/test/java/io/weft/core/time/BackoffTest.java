package io.weft.core.time;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Duration;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

class BackoffTest {
    private final Backoff backoff = new Backoff(Duration.ofMillis(500), Duration.ofSeconds(30));

    @Test
    void waitsDoubleUpToTheMost() {
        RandomGenerator random = RandomGenerator.of("SplittableRandom");
        for (int i = 0; i < 100; i++) {
            assertThat(backoff.after(1, random)).isBetween(Duration.ofMillis(250), Duration.ofMillis(500));
            assertThat(backoff.after(3, random)).isBetween(Duration.ofSeconds(1), Duration.ofSeconds(2));
            assertThat(backoff.after(7, random)).isBetween(Duration.ofSeconds(15), Duration.ofSeconds(30));
            assertThat(backoff.after(Integer.MAX_VALUE, random))
                    .isBetween(Duration.ofSeconds(15), Duration.ofSeconds(30));
        }
    }

    @Test
    void waitsDiffer() {
        RandomGenerator random = RandomGenerator.of("SplittableRandom");
        assertThat(backoff.after(2, random)).isNotEqualTo(backoff.after(2, random));
    }

    @Test
    void aRangeThatIsNoneIsRefused() {
        assertThatIllegalArgumentException().isThrownBy(() -> new Backoff(Duration.ZERO, Duration.ofSeconds(1)));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Backoff(Duration.ofSeconds(2), Duration.ofSeconds(1)));
    }
}
