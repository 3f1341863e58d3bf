package io.weft.proxy.upstream;

import io.netty.channel.embedded.EmbeddedChannel;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.SplittableRandom;

/** A loop whose time stands still until a test moves it; everything runs on the test's thread. */
public final class TestLoop {
    /** What its requests may hold. */
    public static final long REQUEST_BYTES = 1024 * 1024;

    private record Alarm(long atNanos, Runnable task) {}

    private final EmbeddedChannel channel = new EmbeddedChannel();
    private final PriorityQueue<Alarm> alarms = new PriorityQueue<>(Comparator.comparingLong(Alarm::atNanos));
    private long nowNanos = 1_000_000_000L;
    private final Loop loop = new Loop(
            0,
            channel.eventLoop(),
            () -> nowNanos,
            REQUEST_BYTES,
            (delay, task) -> alarms.add(new Alarm(nowNanos + delay, task)),
            new SplittableRandom(42));

    public Loop loop() {
        return loop;
    }

    public Loops loops() {
        return new Loops(List.of(loop), () -> nowNanos);
    }

    public EmbeddedChannel channel() {
        return channel;
    }

    /** Runs what was given to the loop. */
    public void runTasks() {
        channel.runPendingTasks();
    }

    public void advance(Duration time) {
        long until = nowNanos + time.toNanos();
        runTasks();
        while (!alarms.isEmpty() && alarms.peek().atNanos <= until) {
            Alarm next = alarms.remove();
            nowNanos = Math.max(nowNanos, next.atNanos);
            next.task.run();
            runTasks();
        }
        nowNanos = until;
    }

    /** How often the loop was asked to wake up and has not yet. */
    public int pendingAlarms() {
        return alarms.size();
    }
}
