package io.weft.proxy.upstream;

import io.weft.core.time.Scheduler;
import io.weft.proxy.host.EndpointDirectory;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * What clusters need of their process.
 *
 * @param directory endpoints by EDS name
 * @param loops where connections live
 * @param connector opens them
 * @param resolver finds addresses
 * @param scheduler of the control loop
 * @param ownAddresses guards against loops
 */
public record UpstreamServices(
        EndpointDirectory directory,
        Loops loops,
        Connector connector,
        Resolver resolver,
        Scheduler scheduler,
        OwnAddresses ownAddresses) {

    /** Runs a task again and again until closed; the first time after one interval. */
    AutoCloseable every(long intervalMillis, Runnable task) {
        AtomicBoolean ended = new AtomicBoolean();
        scheduleNext(Math.max(1, intervalMillis), task, ended);
        return () -> ended.set(true);
    }

    private void scheduleNext(long intervalMillis, Runnable task, AtomicBoolean ended) {
        var _ = scheduler.schedule(Duration.ofMillis(intervalMillis), () -> {
            if (!ended.get()) {
                // Before the task: one that throws must not end what it is a part of.
                scheduleNext(intervalMillis, task, ended);
                task.run();
            }
        });
    }
}
