package io.weft.proxy;

import io.weft.core.violation.InvalidInputException;
import io.weft.core.violation.Violation;
import java.io.PrintStream;
import java.util.concurrent.CountDownLatch;

/** The proxy as a process: runs until it is told to stop. */
public final class ProxyMain {
    /** A start that failed. */
    public static final int EXIT_FAILED = 1;

    /** A bootstrap file that is wrong. */
    public static final int EXIT_INVALID = 2;

    private ProxyMain() {}

    /**
     * Starts a proxy, tells on {@code out} where it listens, and returns after SIGTERM or SIGINT, once it has drained.
     *
     * @return the exit code of the process
     */
    public static int run(ProxyOptions options, PrintStream out, PrintStream errors) throws InterruptedException {
        long began = System.nanoTime();
        Proxy proxy;
        try {
            proxy = Proxy.start(options);
        } catch (InvalidInputException e) {
            for (Violation violation : e.violations()) {
                errors.println(violation);
            }
            return EXIT_INVALID;
        } catch (ProxyFailedException e) {
            errors.println("the proxy did not start: " + e.getMessage());
            return EXIT_FAILED;
        }
        CountDownLatch stopped = new CountDownLatch(1);
        Runtime.getRuntime().addShutdownHook(Thread.ofPlatform().name("stop").unstarted(() -> {
            proxy.drain();
            proxy.close();
            stopped.countDown();
        }));
        out.println("proxy serves after " + (System.nanoTime() - began) / 1_000_000 + " ms");
        proxy.addresses().forEach((name, address) -> out.println("  " + name + " on " + address));
        out.flush();
        stopped.await();
        return 0;
    }
}
