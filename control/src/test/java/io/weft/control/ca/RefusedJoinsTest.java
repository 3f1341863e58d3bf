package io.weft.control.ca;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class RefusedJoinsTest {
    private Instant now = Instant.EPOCH;
    private final RefusedJoins joins = new RefusedJoins(() -> now);

    @Test
    void thoseOfOneReasonAreCountedTogether() {
        joins.add("cart", "expired");
        joins.add("cart", "forged");
        now = now.plusSeconds(1);
        joins.add("cart", "expired");
        assertThat(joins.recent())
                .containsExactly(
                        new RefusedJoin("cart", "expired", 2, Instant.EPOCH, now),
                        new RefusedJoin("cart", "forged", 1, Instant.EPOCH, Instant.EPOCH));
    }

    @Test
    void theLeastRecentGivesWay() {
        joins.add("first", "expired");
        for (int i = 0; i < RefusedJoins.MOST; i++) {
            now = now.plusSeconds(1);
            joins.add("n" + i, "expired");
        }
        assertThat(joins.recent())
                .hasSize(RefusedJoins.MOST)
                .noneMatch(join -> join.identity().equals("first"));
    }

    @Test
    void aDayLaterItIsForgotten() {
        joins.add("cart", "expired");
        now = now.plus(Duration.ofDays(1));
        assertThat(joins.recent()).hasSize(1);
        now = now.plusSeconds(1);
        assertThat(joins.recent()).isEmpty();
    }

    @Test
    void whatStrangersSayIsCutAndPrintable() {
        joins.add("c\u001b[2Jart", "x".repeat(10_000));
        RefusedJoin join = joins.recent().getFirst();
        assertThat(join.identity()).isEqualTo("c?[2Jart");
        assertThat(join.reason()).hasSize(512);
    }
}
