package io.weft.control;

import io.weft.core.violation.Unreadable;
import java.io.IOException;
import java.io.PrintStream;
import java.util.concurrent.CountDownLatch;

/** The control plane as a process: runs until it is told to stop. */
public final class ControlMain {
    /** A start that failed. */
    public static final int EXIT_FAILED = 1;

    private ControlMain() {}

    /**
     * Starts a control plane, tells on {@code out} where it listens, and returns after SIGTERM or SIGINT.
     *
     * @return the exit code of the process
     */
    public static int run(ControlConfig config, PrintStream out, PrintStream errors) throws InterruptedException {
        long began = System.nanoTime();
        Control control;
        try {
            control = Control.start(config);
        } catch (IOException e) {
            errors.println("the control plane did not start: " + Unreadable.sentence(e));
            return EXIT_FAILED;
        }
        CountDownLatch stopped = new CountDownLatch(1);
        Runtime.getRuntime().addShutdownHook(Thread.ofPlatform().name("stop").unstarted(() -> {
            control.close();
            stopped.countDown();
        }));
        ServerFile where = control.serverFile();
        out.println("control plane " + where.version() + " of " + where.trustDomain() + " serves after "
                + (System.nanoTime() - began) / 1_000_000 + " ms");
        out.println("  REST     " + where.rest() + " (token in " + where.tokenFile() + ")");
        out.println("  xDS, CA  " + where.xds());
        out.println("  metrics  " + where.metrics() + "/metrics");
        out.flush();
        stopped.await();
        return 0;
    }
}
