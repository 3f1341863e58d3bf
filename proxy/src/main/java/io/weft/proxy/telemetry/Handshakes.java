package io.weft.proxy.telemetry;

import io.weft.core.identity.TlsRejection;
import io.weft.core.time.Ticker;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Counts TLS handshakes of both sides, and tells of those that failed: so many a second, since who connects may be hostile. Safe on any thread.
 */
public final class Handshakes {
    private static final Logger LOG = LoggerFactory.getLogger(Handshakes.class);
    private static final int LINES_PER_SECOND = 20;
    /** More than versions, ciphers and groups can be combined to; what were beyond is only in the total. */
    private static final int MAX_TERMS = 256;

    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

    /** Which end of a connection this process was. */
    public enum Side {
        SERVER,
        CLIENT;

        private final String label = name().toLowerCase(Locale.ROOT);

        /** As metrics have it. */
        public String label() {
            return label;
        }
    }

    private final Ticker ticker;
    private final Counts server = new Counts();
    private final Counts client = new Counts();
    private final AtomicLong secondBegan;
    private final AtomicLong lines = new AtomicLong();
    private final LongAdder deferred = new LongAdder();
    private final LongAdder untold = new LongAdder();

    public Handshakes(Ticker ticker) {
        this.ticker = ticker;
        this.secondBegan = new AtomicLong(ticker.nanos());
    }

    private static final class Counts {
        final LongAdder succeeded = new LongAdder();
        final Map<TlsRejection, LongAdder> failed = new EnumMap<>(TlsRejection.class);
        final Map<TlsTerms, LongAdder> byTerms = new ConcurrentHashMap<>();

        Counts() {
            for (TlsRejection reason : TlsRejection.values()) {
                failed.put(reason, new LongAdder());
            }
        }

        LongAdder failed(TlsRejection reason) {
            return Objects.requireNonNull(failed.get(reason));
        }
    }

    private Counts counts(Side side) {
        return switch (side) {
            case SERVER -> server;
            case CLIENT -> client;
        };
    }

    public void succeeded(Side side, TlsTerms terms) {
        Counts counts = counts(side);
        counts.succeeded.increment();
        LongAdder sessions = counts.byTerms.get(terms);
        if (sessions == null && counts.byTerms.size() < MAX_TERMS) {
            sessions = counts.byTerms.computeIfAbsent(terms, _ -> new LongAdder());
        }
        if (sessions != null) {
            sessions.increment();
        }
    }

    /** One has to wait for its turn. */
    public void deferred() {
        deferred.increment();
    }

    /** Handshakes that agreed on the same. */
    public record Agreed(Side side, TlsTerms terms, long count) {}

    /** What handshakes agreed on since the start, the most frequent first. */
    public List<Agreed> agreed() {
        List<Agreed> all = new ArrayList<>();
        for (Side side : Side.values()) {
            counts(side).byTerms.forEach((terms, count) -> all.add(new Agreed(side, terms, count.sum())));
        }
        all.sort(Comparator.comparingLong(Agreed::count).reversed());
        return all;
    }

    /**
     * @param where the listener, or what was connected to
     * @param peer the other end's address
     * @param sentence what happened; of network bytes only what is printable
     */
    public void failed(Side side, String where, String peer, TlsRejection reason, String sentence) {
        counts(side).failed(reason).increment();
        if (reason == TlsRejection.CONNECTION_CLOSED) {
            // Probes of ports and clients that go away: told where somebody looks for it.
            LOG.debug("{}: handshake with {} failed, {}: {}", where, peer, reason.wireName(), sentence);
            return;
        }
        if (mayTell()) {
            long left = untold.sumThenReset();
            LOG.warn(
                    "{}: handshake with {} failed, {}: {}{}",
                    where,
                    peer,
                    reason.wireName(),
                    sentence,
                    left == 0 ? "" : " (" + left + " more were not told)");
        } else {
            untold.increment();
        }
    }

    private boolean mayTell() {
        long now = ticker.nanos();
        long began = secondBegan.get();
        if (now - began >= SECOND && secondBegan.compareAndSet(began, now)) {
            lines.set(0);
        }
        return lines.incrementAndGet() <= LINES_PER_SECOND;
    }

    public long count(Side side, TlsRejection reason) {
        return counts(side).failed(reason).sum();
    }

    /** Prometheus' text format, version 0.0.4. Reasons are there from the start, so that a rise can be seen from zero. */
    public String text() {
        StringBuilder out = new StringBuilder(4096)
                .append("# HELP weft_tls_handshakes_total TLS handshakes that succeeded.\n")
                .append("# TYPE weft_tls_handshakes_total counter\n");
        for (Side side : Side.values()) {
            out.append("weft_tls_handshakes_total{side=\"")
                    .append(side.label)
                    .append("\"} ")
                    .append(counts(side).succeeded.sum())
                    .append('\n');
        }
        out.append("# HELP weft_tls_handshakes_deferred_total TLS handshakes that waited, as too many came at once.\n")
                .append("# TYPE weft_tls_handshakes_deferred_total counter\n")
                .append("weft_tls_handshakes_deferred_total ")
                .append(deferred.sum())
                .append('\n');
        out.append("# HELP weft_tls_sessions_total TLS handshakes that succeeded, by what they agreed on.\n")
                .append("# TYPE weft_tls_sessions_total counter\n");
        for (Agreed agreed : agreed()) {
            TlsTerms terms = agreed.terms();
            out.append("weft_tls_sessions_total{side=\"")
                    .append(agreed.side().label)
                    .append("\",version=\"")
                    .append(terms.version())
                    .append("\",cipher=\"")
                    .append(terms.cipher())
                    .append("\",group=\"")
                    .append(terms.group())
                    .append("\",resumed=\"")
                    .append(terms.resumed())
                    .append("\"} ")
                    .append(agreed.count())
                    .append('\n');
        }
        out.append("# HELP weft_tls_handshake_failures_total TLS handshakes that failed, by side and reason.\n")
                .append("# TYPE weft_tls_handshake_failures_total counter\n");
        for (Side side : Side.values()) {
            counts(side)
                    .failed
                    .forEach((reason, count) -> out.append("weft_tls_handshake_failures_total{side=\"")
                            .append(side.label)
                            .append("\",reason=\"")
                            .append(reason.wireName())
                            .append("\"} ")
                            .append(count.sum())
                            .append('\n'));
        }
        return out.toString();
    }
}
