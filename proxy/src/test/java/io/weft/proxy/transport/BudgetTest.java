package io.weft.proxy.transport;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class BudgetTest {
    private final Budget budget = new Budget(1000);

    @Test
    void whatIsGivenBackCanBeTakenAgain() {
        assertThat(budget.tryTake(1000)).isTrue();
        assertThat(budget.tryTake(1)).isFalse();
        budget.give(1);
        assertThat(budget.tryTake(1)).isTrue();
        assertThat(budget.used()).isEqualTo(1000);
    }

    @Test
    void connectionWithManyRequestsFindsItsBoundBeforeThoseWithOne() {
        long many = 0;
        while (!budget.isBeyondShare(many, false)) {
            budget.take(10);
            many += 10;
        }
        assertThat(many).isBetween(40L, 60L);
        assertThat(budget.isBeyondShare(10, true)).isFalse();
    }

    @Test
    void manyConnectionsWithManyRequestsEachLeaveSomethingToThoseWithOne() {
        for (int connection = 0; connection < 100; connection++) {
            long held = 0;
            do {
                budget.take(10);
                held += 10;
            } while (!budget.isBeyondShare(held, false) && held < 500);
            if (budget.isBeyondShare(held, false)) {
                budget.give(10);
            }
        }
        assertThat(budget.used()).isLessThanOrEqualTo(750);
        budget.take(10);
        assertThat(budget.isBeyondShare(10, true)).isFalse();
    }

    @Test
    void nobodyGetsMoreThanThereIs() {
        budget.take(1010);
        assertThat(budget.isBeyondShare(10, true)).isTrue();
        budget.give(10);
        assertThat(budget.isBeyondShare(10, true)).isFalse();
    }
}
