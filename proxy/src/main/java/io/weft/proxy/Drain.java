package io.weft.proxy;

import io.weft.engine.config.Listener.Direction;
import io.weft.proxy.listener.DrainPlan;
import io.weft.proxy.listener.ListenerManager;
import io.weft.proxy.registration.Withdrawal;
import java.time.Duration;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A proxy's end, in the order in which nobody loses anything: its instances are withdrawn, and every proxy that held them acknowledges it; the
 * requests that others sent end, while the application goes on and may send its own; only then, when the process is told to stop, those end.
 */
final class Drain {
    /** How far it is. */
    enum Phase {
        SERVING,
        /** Until every proxy that held the instances has acknowledged their removal. */
        WITHDRAWING,
        /** Until requests from others have ended. */
        ENDING,
        /** Nobody sends anything; the application may end, and may still send requests itself. */
        DRAINED,
        /** The application's own requests end. */
        STOPPING
    }

    private static final Logger LOG = LoggerFactory.getLogger(Drain.class);
    private static final Duration WITHDRAWAL_BOUND = Duration.ofSeconds(11);
    private static final Set<Direction> FROM_OTHERS = EnumSet.of(Direction.INBOUND, Direction.UNSPECIFIED);
    private static final Set<Direction> FROM_THE_APPLICATION = EnumSet.of(Direction.OUTBOUND);

    private final Duration bound;
    private final Supplier<CompletableFuture<Withdrawal>> withdraw;
    private final ListenerManager listeners;
    private final AtomicBoolean begun = new AtomicBoolean();
    private final CountDownLatch drained = new CountDownLatch(1);
    private final CompletableFuture<Withdrawal> hurry = new CompletableFuture<>();
    private final Map<Phase, Long> millis = new EnumMap<>(Phase.class);
    private volatile Status status = new Status(Phase.SERVING, "", 0, Map.of());
    private long phaseNanos = System.nanoTime();

    /**
     * How things stand.
     *
     * @param unconfirmed who may still send requests though the instances are withdrawn; empty: nobody
     * @param cut requests that had not ended at the bound
     * @param millis how long each phase took that is over
     */
    record Status(Phase phase, String unconfirmed, long cut, Map<Phase, Long> millis) {}

    /**
     * @param bound of the requests that run; zero: nothing is awaited
     * @param withdraw begins to withdraw the instances
     */
    Drain(Duration bound, Supplier<CompletableFuture<Withdrawal>> withdraw, ListenerManager listeners) {
        this.bound = bound;
        this.withdraw = withdraw;
        this.listeners = listeners;
    }

    Status status() {
        Status now = status;
        return new Status(now.phase, now.unconfirmed, listeners.cut(), now.millis);
    }

    /** Begins; idempotent, returns at once. */
    void begin() {
        if (begun.compareAndSet(false, true)) {
            Thread.ofVirtual().name("weft-drain").start(this::drain);
        }
    }

    /** Returns true once nobody sends anything to the application any more. */
    boolean await(Duration most) throws InterruptedException {
        return drained.await(most.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** Begins where that was not done, and returns when also the application's own requests have ended. */
    void finish() {
        begin();
        try {
            drained.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return;
        }
        enter(Phase.STOPPING, status.unconfirmed);
        listeners.drain(FROM_THE_APPLICATION, DrainPlan.unannounced(bound), hurry::isDone);
    }

    /** From now on nothing is awaited. */
    void hurry() {
        if (hurry.complete(new Withdrawal("the proxy was told to stop at once"))) {
            LOG.info("drain: told to stop at once");
        }
    }

    private void drain() {
        try {
            Withdrawal withdrawal = withdrawn();
            DrainPlan plan = withdrawal.isConfirmed() ? DrainPlan.announced(bound) : DrainPlan.partlyAnnounced(bound);
            enter(Phase.ENDING, withdrawal.unconfirmed());
            listeners.drain(FROM_OTHERS, bound.isZero() ? DrainPlan.unannounced(bound) : plan, hurry::isDone);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            enter(Phase.DRAINED, status.unconfirmed);
            drained.countDown();
        }
    }

    private Withdrawal withdrawn() throws InterruptedException {
        enter(Phase.WITHDRAWING, "");
        CompletableFuture<Withdrawal> asked = withdraw.get();
        Withdrawal withdrawal = bound.isZero() ? new Withdrawal("nothing is awaited") : outcome(asked);
        if (bound.isZero()) {
            LOG.info("drain: nothing is awaited, as it was started with");
        } else if (withdrawal.isConfirmed()) {
            LOG.info("drain: withdrawn, nobody sends requests any more");
        } else {
            LOG.warn("drain: it is not sure that nobody sends requests any more: {}", withdrawal.unconfirmed());
        }
        return withdrawal;
    }

    private Withdrawal outcome(CompletableFuture<Withdrawal> asked) throws InterruptedException {
        try {
            return asked.applyToEither(hurry, first -> first).get(WITHDRAWAL_BOUND.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException | TimeoutException e) {
            return new Withdrawal("no answer within " + WITHDRAWAL_BOUND.toSeconds() + " s");
        }
    }

    private synchronized void enter(Phase next, String unconfirmed) {
        long now = System.nanoTime();
        Phase last = status.phase;
        long took = TimeUnit.NANOSECONDS.toMillis(now - phaseNanos);
        phaseNanos = now;
        if (last != Phase.SERVING) {
            millis.put(last, took);
        }
        status = new Status(next, unconfirmed, 0, Map.copyOf(millis));
        switch (next) {
            case SERVING -> {}
            case WITHDRAWING -> LOG.info("drain: begins; this proxy's instances are withdrawn from the mesh");
            case ENDING ->
                LOG.info("drain: withdrawing took {} ms; requests end, within {} ms", took, bound.toMillis());
            case DRAINED -> {
                long cut = listeners.cut();
                if (cut > 0) {
                    LOG.warn(
                            "drain: {} requests or connections had not ended within {} ms and were cut",
                            cut,
                            bound.toMillis());
                }
                LOG.info("drain: the end of requests took {} ms; the application may end", took);
            }
            case STOPPING -> LOG.info("drain: the application's own requests end");
        }
    }
}
