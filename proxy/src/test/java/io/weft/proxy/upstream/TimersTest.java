package io.weft.proxy.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class TimersTest {
    private final TestLoop loop = new TestLoop();
    private final Timers timers = loop.loop().timers();

    @Test
    void firesNeverEarlyAndAtMostATickLate() {
        SplittableRandom random = new SplittableRandom(1);
        List<Long> lateness = new ArrayList<>();
        for (int i = 0; i < 500; i++) {
            long delay = TimeUnit.MILLISECONDS.toNanos(random.nextLong(20_000));
            long due = loop.loop().nowNanos() + delay;
            timers.set(new Timers.Timer(() -> lateness.add(loop.loop().nowNanos() - due)), delay);
            loop.advance(Duration.ofMillis(random.nextLong(30)));
        }
        loop.advance(Duration.ofSeconds(21));
        assertThat(lateness).hasSize(500).allSatisfy(late -> assertThat(late).isBetween(0L, 2 * Timers.TICK_NANOS));
        assertThat(timers.size()).isZero();
    }

    @Test
    void cancelledTimerDoesNotFire() {
        List<String> fired = new ArrayList<>();
        Timers.Timer timer = new Timers.Timer(() -> fired.add("cancelled"));
        timers.set(timer, 1_000_000);
        timers.cancel(timer);
        timers.cancel(timer);
        loop.advance(Duration.ofSeconds(1));
        assertThat(fired).isEmpty();
    }

    @Test
    void movedTimerFiresOnceAtItsNewTime() {
        List<Long> fired = new ArrayList<>();
        Timers.Timer timer = new Timers.Timer(() -> fired.add(loop.loop().nowNanos()));
        long start = loop.loop().nowNanos();
        timers.set(timer, Duration.ofMillis(50).toNanos());
        timers.set(timer, Duration.ofSeconds(6).toNanos());
        loop.advance(Duration.ofSeconds(7));
        assertThat(fired)
                .singleElement()
                .satisfies(at -> assertThat(at - start)
                        .isBetween(
                                Duration.ofSeconds(6).toNanos(),
                                Duration.ofMillis(6_020).toNanos()));
    }

    @Test
    void timerMayCancelAnotherOfTheSameTime() {
        List<String> fired = new ArrayList<>();
        Timers.Timer[] pair = new Timers.Timer[2];
        pair[0] = new Timers.Timer(() -> {
            fired.add("first");
            timers.cancel(pair[1]);
        });
        pair[1] = new Timers.Timer(() -> {
            fired.add("second");
            timers.cancel(pair[0]);
        });
        timers.set(pair[0], 1_000_000);
        timers.set(pair[1], 1_000_000);
        loop.advance(Duration.ofSeconds(1));
        assertThat(fired).hasSize(1);
    }
}
