package io.weft.control.registry;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class WithdrawalsTest {
    private static final Duration BOUND = Duration.ofSeconds(10);
    private static final Duration LEASE = Duration.ofSeconds(15);

    private final ManualScheduler time = new ManualScheduler();
    private final Withdrawals withdrawals = new Withdrawals(time, LEASE);
    private final List<String> told = new ArrayList<>();

    private void await(long version) {
        withdrawals.await("shop/cart-1", version, BOUND, told::add);
    }

    @Test
    void isConfirmedWhenTheLastProxyHasAcknowledged() {
        withdrawals.joined("a");
        withdrawals.joined("b");
        withdrawals.acknowledged("a", 3);
        await(3);
        withdrawals.acknowledged("b", 2);
        assertThat(told).isEmpty();
        withdrawals.acknowledged("b", 4);
        time.advance(BOUND);
        assertThat(told).containsExactly("");
        assertThat(withdrawals.confirmed()).isOne();
    }

    @Test
    void nobodyToAskConfirms() {
        await(7);
        assertThat(told).containsExactly("");
    }

    @Test
    void theBoundNamesWhoDidNotAcknowledge() {
        withdrawals.joined("quick");
        withdrawals.joined("slow");
        await(1);
        withdrawals.acknowledged("quick", 1);
        time.advance(BOUND);
        withdrawals.acknowledged("slow", 1);
        assertThat(told).containsExactly("slow did not acknowledge it within 10 s");
        assertThat(withdrawals.unconfirmed()).isOne();
        assertThat(withdrawals.pending()).isZero();
    }

    @Test
    void aBrokenStreamStillCountsAndAnOrderlyEndDoesNot() {
        withdrawals.joined("broken");
        withdrawals.joined("orderly");
        withdrawals.gone("broken", false);
        await(1);
        withdrawals.gone("orderly", true);
        assertThat(told).isEmpty();
        withdrawals.joined("broken");
        withdrawals.acknowledged("broken", 1);
        assertThat(told).containsExactly("");
    }

    @Test
    void whoDoesNotComeBackWithinALeaseIsForgotten() {
        withdrawals.joined("dead");
        withdrawals.gone("dead", false);
        time.advance(LEASE);
        await(1);
        assertThat(told).containsExactly("");
    }

    @Test
    void whatIsForgottenIsNeitherConfirmedNorMissed() {
        withdrawals.joined("a");
        withdrawals.await("shop/cart-1", 1, BOUND, told::add).cancel();
        time.advance(BOUND);
        withdrawals.acknowledged("a", 1);
        assertThat(told).isEmpty();
        assertThat(withdrawals.pending()).isZero();
        assertThat(withdrawals.unconfirmed()).isZero();
    }

    @Test
    void aReconnectBeforeTheOldStreamEndsLosesNothing() {
        withdrawals.joined("a");
        withdrawals.joined("a");
        withdrawals.gone("a", true);
        await(1);
        assertThat(told).isEmpty();
        withdrawals.acknowledged("a", 1);
        assertThat(told).containsExactly("");
    }

    @Test
    void afterARestartNothingIsConfirmedBeforeProxiesHadTimeToReturn() {
        withdrawals.awaitReunion(LEASE);
        await(1);
        time.advance(BOUND);
        assertThat(told).singleElement().asString().contains("started just now");
        await(2);
        time.advance(LEASE.minus(BOUND));
        assertThat(told).hasSize(2).last().isEqualTo("");
    }
}
