package io.weft.proxy.identity;

import io.weft.core.identity.SpiffeId;
import io.weft.core.identity.WorkloadIdentity;
import io.weft.core.identity.X509Svid;
import io.weft.core.lifecycle.Component;
import io.weft.core.time.Scheduler;
import io.weft.core.watch.Watched;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Holds a workload's SVID and keeps it alive: from the disk at the start where there is one, renewed at about 70% of its life,
 * and asked for again, less and less often, while the control plane does not answer. Meanwhile the present one serves on, to
 * its end and past it: peers decide whom they believe.
 */
public final class SvidManager implements Component {
    private static final Logger LOG = LoggerFactory.getLogger(SvidManager.class);

    /** How long a start without a stored SVID waits for the control plane. */
    static final Duration START_TIMEOUT = Duration.ofSeconds(60);

    // Between 65% and 75% of a life: proxies that started together do not renew together.
    private static final double EARLIEST_RENEWAL = 0.65;
    private static final double RENEWAL_SPREAD = 0.10;
    // Delays run on the monotonic clock, lives on the wall clock: looking again now and then bridges a suspended
    // machine.
    private static final Duration LONGEST_DELAY = Duration.ofMinutes(5);
    private static final Duration SHORTEST_DELAY = Duration.ofMillis(500);
    private static final Duration FIRST_RETRY = Duration.ofMillis(250);
    private static final Duration LAST_RETRY = Duration.ofSeconds(30);
    // Without a certificate nothing else reaches the control plane either: one that is back would remove the instance
    // after a lease.
    private static final Duration LAST_RETRY_WITHOUT = Duration.ofSeconds(2);

    private final SpiffeId id;
    private final Signer signer;
    private final SvidCache cache;
    private final Scheduler scheduler;
    private final Executor blocking;
    private final InstantSource clock;
    private final RandomGenerator random;

    private final CompletableFuture<Watched<WorkloadIdentity>> first = new CompletableFuture<>();
    private Instant renewAt = Instant.MAX;
    private long renewals;
    private long failures;
    private int failuresInARow;
    private @Nullable String lastError;
    private @Nullable Instant failingSince;
    /** When it was said last that the certificate has ended. */
    private @Nullable Instant endTold;

    private boolean stopped;
    private Scheduler.@Nullable Cancellable next;

    /**
     * For metrics and the admin server.
     *
     * @param expiresAt the present SVID's end; absent before there is one
     * @param renewals since the start
     * @param failures since the start
     * @param renewAt when it is renewed, where the control plane answers; absent before there is one
     * @param failingSince since when attempts fail; absent after a success
     * @param lastError why the last attempt failed; absent after a success
     */
    public record Status(
            @Nullable Instant expiresAt,
            @Nullable Instant renewAt,
            long renewals,
            long failures,
            @Nullable Instant failingSince,
            @Nullable String lastError) {}

    /**
     * A manager for one workload.
     *
     * @param blocking runs calls to the control plane, such as on virtual threads
     */
    public SvidManager(
            SpiffeId id,
            Signer signer,
            SvidCache cache,
            Scheduler scheduler,
            Executor blocking,
            InstantSource clock,
            RandomGenerator random) {
        this.id = id;
        this.signer = signer;
        this.cache = cache;
        this.scheduler = scheduler;
        this.blocking = blocking;
        this.clock = clock;
        this.random = random;
    }

    @Override
    public String name() {
        return "workload identity";
    }

    /**
     * Returns when there is an SVID: at once where a stored one lives.
     *
     * @throws SigningException where the control plane refuses, or cannot be reached within 60 s
     */
    @Override
    public void start() throws SigningException, InterruptedException {
        WorkloadIdentity stored = cache.load(id);
        if (stored != null) {
            LOG.info(
                    "using the stored certificate of {} until {}",
                    id,
                    stored.svid().notAfter());
            accept(stored);
        } else {
            blocking.execute(this::attempt);
        }
        try {
            first.get(START_TIMEOUT.toSeconds(), TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            stop();
            throw e.getCause() instanceof SigningException refused
                    ? refused
                    : SigningException.permanent("no certificate: " + e.getCause(), e);
        } catch (TimeoutException e) {
            String why = lastError();
            stop();
            throw SigningException.passing(
                    "no certificate within " + START_TIMEOUT.toSeconds() + " s: "
                            + (why == null ? "the control plane does not answer" : why),
                    e);
        }
    }

    @Override
    public synchronized void stop() {
        stopped = true;
        if (next != null) {
            next.cancel();
        }
    }

    /**
     * The identity of the moment.
     *
     * @throws IllegalStateException before {@link #start} has returned
     */
    public Watched<WorkloadIdentity> identity() {
        if (!first.isDone() || first.isCompletedExceptionally()) {
            throw new IllegalStateException("the workload's identity is asked for before it was started");
        }
        return first.join();
    }

    public synchronized Status status() {
        WorkloadIdentity current = current();
        return new Status(
                current == null ? null : current.svid().notAfter(),
                current == null ? null : renewAt,
                renewals,
                failures,
                failingSince,
                lastError);
    }

    private synchronized @Nullable String lastError() {
        return lastError;
    }

    private @Nullable WorkloadIdentity current() {
        return first.isDone() && !first.isCompletedExceptionally()
                ? first.join().get()
                : null;
    }

    /** Runs on {@code blocking}; never twice at once, since each attempt ends by scheduling the next. */
    private void attempt() {
        WorkloadIdentity signed;
        try {
            signed = signer.sign(current());
        } catch (SigningException e) {
            failed(e);
            return;
        } catch (RuntimeException e) {
            failed(SigningException.passing("the control plane cannot be asked to sign: " + e, e));
            return;
        }
        try {
            cache.store(signed);
        } catch (IOException e) {
            // It serves from memory; only a restart without the control plane would miss it.
            LOG.warn("the certificate cannot be stored: {}", e.getMessage());
        }
        LOG.info("got a certificate of {} until {}", id, signed.svid().notAfter());
        synchronized (this) {
            renewals++;
        }
        accept(signed);
    }

    private void accept(WorkloadIdentity identity) {
        if (!first.complete(new Watched<>(identity))) {
            first.join().set(identity);
        }
        X509Svid svid = identity.svid();
        double share = EARLIEST_RENEWAL + RENEWAL_SPREAD * random.nextDouble();
        synchronized (this) {
            failuresInARow = 0;
            lastError = null;
            failingSince = null;
            endTold = null;
            renewAt = svid.issuedAt().plusMillis((long) (svid.life().toMillis() * share));
        }
        scheduleRenewal();
    }

    private void failed(SigningException e) {
        Duration delay;
        synchronized (this) {
            failures++;
            delay = retryDelay(current(), failuresInARow++, e.isPermanent());
            lastError = e.getMessage();
            if (failingSince == null) {
                failingSince = clock.instant();
            }
        }
        if (e.isPermanent() && first.completeExceptionally(e)) {
            return;
        }
        tell(e, delay, current());
        schedule(delay, () -> blocking.execute(this::attempt));
    }

    private synchronized void tell(SigningException e, Duration delay, @Nullable WorkloadIdentity current) {
        if (current == null) {
            LOG.warn("no certificate yet, trying again in {} ms: {}", delay.toMillis(), e.getMessage());
            return;
        }
        Instant end = current.svid().notAfter();
        Duration left = Duration.between(clock.instant(), end);
        if (left.isPositive()) {
            LOG.warn(
                    "no new certificate, trying again in {} ms; the present one ends in {} s, at {}: {}",
                    delay.toMillis(),
                    left.toSeconds(),
                    end,
                    e.getMessage());
        } else if (endTold == null || !clock.instant().isBefore(endTold.plus(LAST_RETRY))) {
            endTold = clock.instant();
            LOG.error(
                    "the certificate of {} ended at {}: open connections go on, new ones are refused by peers; trying again in"
                            + " {} ms: {}",
                    id,
                    end,
                    delay.toMillis(),
                    e.getMessage());
        }
    }

    /** Doubles, with a jitter of a quarter, so that many proxies do not fall upon a control plane that comes back. */
    private Duration retryDelay(@Nullable WorkloadIdentity current, int failuresBefore, boolean permanent) {
        Duration left = current == null
                ? Duration.ZERO
                : Duration.between(clock.instant(), current.svid().notAfter());
        Duration most = left.isPositive() || permanent ? LAST_RETRY : LAST_RETRY_WITHOUT;
        Duration doubled = FIRST_RETRY.multipliedBy(1L << Math.min(failuresBefore, 20));
        Duration capped = doubled.compareTo(most) > 0 ? most : doubled;
        Duration delay = Duration.ofMillis((long) (capped.toMillis() * (0.75 + 0.5 * random.nextDouble())));
        // The end of a life is a moment to try, and to tell.
        return left.isPositive() && left.compareTo(delay) < 0 ? left.plusMillis(1) : delay;
    }

    private void scheduleRenewal() {
        Instant at;
        synchronized (this) {
            at = renewAt;
        }
        Duration left = Duration.between(clock.instant(), at);
        if (left.compareTo(LONGEST_DELAY) > 0) {
            schedule(LONGEST_DELAY, this::renewIfDue);
        } else {
            schedule(left.compareTo(SHORTEST_DELAY) < 0 ? SHORTEST_DELAY : left, this::renewIfDue);
        }
    }

    private void renewIfDue() {
        boolean due;
        synchronized (this) {
            due = !clock.instant().isBefore(renewAt);
        }
        if (due) {
            blocking.execute(this::attempt);
        } else {
            scheduleRenewal();
        }
    }

    private synchronized void schedule(Duration delay, Runnable task) {
        if (!stopped) {
            next = scheduler.schedule(delay, task);
        }
    }
}
