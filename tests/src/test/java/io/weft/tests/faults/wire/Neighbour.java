package io.weft.tests.faults.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.weft.tests.faults.Load;
import java.time.Duration;
import java.util.function.Function;

/** Somebody else's requests to the same proxy, all the time: none may fail, and none may wait for long. */
final class Neighbour implements AutoCloseable {
    private static final double PER_SECOND = 50;

    private final Load load;

    Neighbour(StaticProxy proxy) {
        load = new Load(
                "neighbour", proxy.http(), PER_SECOND, _ -> Load.Request.get("http://shop/ok?neighbour"), (Function<
                                Load.Answer, String>)
                        Load::notOk);
        load.awaitPassed(5);
    }

    void assertUndisturbed(Duration slowest) throws InterruptedException {
        load.awaitPassed(5);
        load.end();
        load.assertNoneFailed();
        assertThat(load.slowest()).isLessThan(slowest);
    }

    @Override
    public void close() {
        load.close();
    }
}
