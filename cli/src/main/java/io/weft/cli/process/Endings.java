package io.weft.cli.process;

import java.time.Duration;
import java.util.Collection;
import java.util.concurrent.TimeUnit;

/** Ends processes. */
public final class Endings {
    private Endings() {}

    /** Asks all to end, and kills what has not after the bound. */
    public static void end(Collection<Process> processes, Duration bound) {
        processes.forEach(Process::destroy);
        long deadline = System.nanoTime() + bound.toNanos();
        boolean interrupted = false;
        for (Process process : processes) {
            try {
                if (!interrupted && process.waitFor(deadline - System.nanoTime(), TimeUnit.NANOSECONDS)) {
                    continue;
                }
            } catch (InterruptedException e) {
                interrupted = true;
            }
            process.destroyForcibly();
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
