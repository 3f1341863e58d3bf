package io.weft.proxy.listener;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class HandshakeLineTest {
    private static final long MILLI = TimeUnit.MILLISECONDS.toNanos(1);

    private final List<Integer> begun = new ArrayList<>();
    private final List<Integer> refused = new ArrayList<>();
    private final List<Integer> crowdedOut = new ArrayList<>();
    private final Set<Integer> gone = new HashSet<>();
    private long now = -5;
    private long alarm = Long.MAX_VALUE;

    private HandshakeLine<Integer> line(int perSecond, int atOnce) {
        return new HandshakeLine<>(
                new HandshakeLimits(perSecond, atOnce),
                new HandshakeLine.Turns<>() {
                    @Override
                    public void begin(Integer connection) {
                        begun.add(connection);
                    }

                    @Override
                    public void refuse(Integer connection) {
                        refused.add(connection);
                    }

                    @Override
                    public void crowdOut(Integer connection) {
                        crowdedOut.add(connection);
                    }

                    @Override
                    public boolean isOpen(Integer connection) {
                        return !gone.contains(connection);
                    }
                },
                nanos -> {
                    assertThat(alarm).as("one alarm at a time").isEqualTo(Long.MAX_VALUE);
                    alarm = now + nanos;
                });
    }

    private void pass(HandshakeLine<Integer> line, long nanos) {
        long until = now + nanos;
        while (alarm <= until) {
            now = alarm;
            alarm = Long.MAX_VALUE;
            line.onTime(now);
        }
        now = until;
    }

    private void enter(HandshakeLine<Integer> line, int from, int to) {
        for (int connection = from; connection < to; connection++) {
            line.enter(connection, now);
        }
    }

    @Test
    void aBurstIsSmoothedAndServedInOrder() {
        HandshakeLine<Integer> line = line(200, 1000);
        enter(line, 0, 110);
        assertThat(begun).hasSize(11);
        pass(line, 100 * MILLI);
        assertThat(begun).hasSizeBetween(28, 32).isSorted();
        pass(line, 700 * MILLI);
        assertThat(begun).hasSize(110).isSorted();
        assertThat(refused).isEmpty();
    }

    @Test
    void whoWouldWaitTooLongIsRefused() {
        HandshakeLine<Integer> line = line(100, 1000);
        enter(line, 0, 1000);
        assertThat(line.waiting()).isEqualTo(100);
        assertThat(refused).hasSize(894).contains(999);
        pass(line, 1_100 * MILLI);
        assertThat(begun.size() + refused.size()).isEqualTo(1000);
        assertThat(begun.size()).isBetween(100, 110);
    }

    @Test
    void theRateHoldsOverTime() {
        HandshakeLine<Integer> line = line(100, 1_000_000);
        int next = 0;
        for (int i = 0; i < 1000; i++) {
            enter(line, next, next + 5);
            next += 5;
            pass(line, 10 * MILLI);
        }
        assertThat(begun.size()).isBetween(990, 1010);
    }

    @Test
    void handshakesThatAreNotOverHoldOthersUp() {
        HandshakeLine<Integer> line = line(1000, 2);
        enter(line, 0, 4);
        assertThat(begun).containsExactly(0, 1);
        pass(line, 500 * MILLI);
        assertThat(begun).containsExactly(0, 1);
        line.leave(0, now);
        pass(line, 60 * MILLI);
        assertThat(begun).containsExactly(0, 1, 2);
        pass(line, 500 * MILLI);
        assertThat(refused).containsExactly(3);
    }

    @Test
    void theOldestMakesRoomOnceItHadItsTime() {
        HandshakeLine<Integer> line = line(1000, 2);
        enter(line, 0, 2);
        pass(line, UnfinishedSetups.FAIR_NANOS);
        enter(line, 2, 3);
        assertThat(crowdedOut).containsExactly(0);
        assertThat(begun).containsExactly(0, 1, 2);
    }

    @Test
    void whoLeftTheLineTakesNoTurn() {
        HandshakeLine<Integer> line = line(20, 1000);
        enter(line, 0, 10);
        assertThat(begun).containsExactly(0, 1);
        gone.addAll(List.of(2, 3, 4));
        pass(line, 60 * MILLI);
        assertThat(begun).containsExactly(0, 1, 5);
    }

    @Test
    void eachLoopHasItsShare() {
        assertThat(new HandshakeLimits(100, 3).share(2)).isEqualTo(new HandshakeLimits(50, 2));
        assertThat(HandshakeLimits.DEFAULT.share(4)).isEqualTo(new HandshakeLimits(2000, 512));
    }
}
