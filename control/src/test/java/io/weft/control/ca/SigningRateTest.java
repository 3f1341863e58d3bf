package io.weft.control.ca;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class SigningRateTest {
    private long now = Long.MAX_VALUE - 5;

    @Test
    void allowsABurstAndThenItsRate() {
        SigningRate rate = new SigningRate(10, 3, () -> now);

        assertThat(takenAtOnce(rate)).isEqualTo(3);
        now += Duration.ofMillis(200).toNanos();
        assertThat(takenAtOnce(rate)).isEqualTo(2);
        now += Duration.ofHours(1).toNanos();
        assertThat(takenAtOnce(rate)).isEqualTo(3);
    }

    private static int takenAtOnce(SigningRate rate) {
        int taken = 0;
        while (taken < 100 && rate.take()) {
            taken++;
        }
        return taken;
    }
}
