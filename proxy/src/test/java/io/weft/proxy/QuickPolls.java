package io.weft.proxy;

import java.time.Duration;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * What tests wait for is mostly there within milliseconds: it is looked at after 5 ms, then ever more seldom, at last each 100 ms, which is how often
 * Awaitility does. JUnit finds this for all tests of the module.
 */
public final class QuickPolls implements BeforeAllCallback {
    private static final Duration FIRST = Duration.ofMillis(5);
    private static final Duration LAST = Duration.ofMillis(100);

    @Override
    public void beforeAll(ExtensionContext context) {
        Awaitility.setDefaultPollInterval((count, previous) -> {
            Duration twice = previous.multipliedBy(2);
            return count <= 1 ? FIRST : twice.compareTo(LAST) < 0 ? twice : LAST;
        });
    }
}
