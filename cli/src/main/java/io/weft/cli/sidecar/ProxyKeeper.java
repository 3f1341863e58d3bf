package io.weft.cli.sidecar;

import io.weft.core.time.Backoff;
import java.io.IOException;
import java.io.PrintStream;
import java.time.Duration;
import java.util.SplittableRandom;
import java.util.function.BooleanSupplier;

/** Starts a sidecar again when it dies while its program runs, and says so; the pause before that grows while it keeps dying. */
final class ProxyKeeper {
    private static final Backoff PAUSE = new Backoff(Duration.ofMillis(200), Duration.ofSeconds(10));
    /** One that ran for so long did not die of its start. */
    private static final Duration LASTING = Duration.ofSeconds(30);

    private final Sidecar sidecar;
    private final PrintStream errors;
    private final BooleanSupplier stopped;
    private final SplittableRandom random = new SplittableRandom();
    private final Thread thread;

    /** @param stopped whether the program is to end: its proxy then ends with it */
    ProxyKeeper(Sidecar sidecar, PrintStream errors, BooleanSupplier stopped) {
        this.stopped = stopped;
        this.sidecar = sidecar;
        this.errors = errors;
        this.thread = Thread.ofVirtual().name("proxy-keeper").start(this::keep);
    }

    private void keep() {
        try {
            int failures = 0;
            while (true) {
                long begun = System.nanoTime();
                int code = sidecar.process().waitFor();
                if (stopped.getAsBoolean()) {
                    errors.println(
                            "weft run: the proxy ended with exit code " + code + "; its log is " + sidecar.log());
                    return;
                }
                failures = System.nanoTime() - begun > LASTING.toNanos() ? 1 : failures + 1;
                Duration pause = PAUSE.after(failures, random);
                errors.println("weft run: the proxy ended with exit code " + code + " and is started again in "
                        + pause.toMillis()
                        + " ms; the program goes on, and reaches nothing through it meanwhile; its log is "
                        + sidecar.log());
                Thread.sleep(pause);
                startAgain();
            }
        } catch (InterruptedException e) {
            // The program has ended: nobody needs the proxy any longer.
        }
    }

    private void startAgain() throws InterruptedException {
        try {
            if (sidecar.startAgain()) {
                errors.println("weft run: the proxy is ready again");
            }
        } catch (IOException e) {
            errors.println("weft run: the proxy cannot be started again: " + e.getMessage());
        }
    }

    /** Lets the proxy be; its end is the sidecar's own matter from now on. */
    void end() throws InterruptedException {
        thread.interrupt();
        thread.join();
    }
}
