package io.weft.proxy;

import io.weft.core.violation.InvalidInputException;
import io.weft.core.violation.Violation;
import java.io.PrintStream;
import org.jspecify.annotations.Nullable;

/** The proxy as a process: runs until it is told to stop. */
public final class ProxyMain {
    /** A start that failed. */
    public static final int EXIT_FAILED = 1;

    /** A bootstrap file that is wrong. */
    public static final int EXIT_INVALID = 2;

    /** Stopped before it served: as a shell tells of SIGTERM. */
    public static final int EXIT_STOPPED = 143;

    private ProxyMain() {}

    /**
     * Starts a proxy, tells on {@code out} where it listens, and returns once it was asked to stop and has drained; asked twice, it does not wait.
     *
     * @return the exit code of the process
     */
    public static int run(ProxyOptions options, StopRequests stops, PrintStream out, PrintStream errors)
            throws InterruptedException {
        long began = System.nanoTime();
        try (Proxy proxy = start(options, stops)) {
            if (proxy == null) {
                return EXIT_STOPPED;
            }
            out.println("proxy serves after " + (System.nanoTime() - began) / 1_000_000 + " ms");
            proxy.addresses().forEach((name, address) -> out.println("  " + name + " on " + address));
            out.flush();
            stops.await();
            drain(proxy, stops);
            return 0;
        } catch (InvalidInputException e) {
            for (Violation violation : e.violations()) {
                errors.println(violation);
            }
            return EXIT_INVALID;
        } catch (ProxyFailedException e) {
            errors.println("the proxy did not start: " + e.getMessage());
            return EXIT_FAILED;
        }
    }

    /** Null: it was stopped meanwhile. */
    private static @Nullable Proxy start(ProxyOptions options, StopRequests stops)
            throws InvalidInputException, ProxyFailedException {
        stops.startBegins();
        try {
            return Proxy.start(options);
        } catch (ProxyFailedException | RuntimeException e) {
            if (stops.isRequested()) {
                return null;
            }
            throw e;
        } finally {
            stops.startEnds();
        }
    }

    private static void drain(Proxy proxy, StopRequests stops) throws InterruptedException {
        Thread impatience = Thread.ofVirtual().name("second-stop").start(() -> {
            try {
                stops.await();
                proxy.hurry();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        proxy.drain();
        impatience.interrupt();
    }
}
