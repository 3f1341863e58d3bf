package io.weft.proxy.listener;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class UnfinishedSetupsTest {
    private static final long LATER = UnfinishedSetups.FAIR_NANOS + 1;

    private final UnfinishedSetups<String> setups = new UnfinishedSetups<>(2, 2);

    @Test
    void theOldestGoesOnceItHadItsTime() {
        assertThat(setups.add(0, "first", 0)).isNull();
        assertThat(setups.add(0, "second", 10)).isNull();

        assertThat(setups.add(0, "third", LATER)).isEqualTo("first");

        assertThat(setups.size(0)).isEqualTo(2);
        assertThat(setups.add(0, "fourth", LATER + 10)).isEqualTo("second");
    }

    @Test
    void inAStormTheNewestGoes() {
        setups.add(0, "first", 0);
        setups.add(0, "second", 0);

        assertThat(setups.add(0, "third", 100)).isEqualTo("third");

        assertThat(setups.size(0)).isEqualTo(2);
    }

    @Test
    void whatHasEndedMakesRoom() {
        setups.add(0, "first", 0);
        setups.add(0, "second", 0);
        setups.remove(0, "first");

        assertThat(setups.add(0, "third", 100)).isNull();
    }

    @Test
    void loopsDoNotShare() {
        setups.add(0, "first", 0);
        setups.add(0, "second", 0);

        assertThat(setups.add(1, "third", 0)).isNull();
    }
}
