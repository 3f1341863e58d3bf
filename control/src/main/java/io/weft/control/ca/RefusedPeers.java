package io.weft.control.ca;

import io.weft.core.identity.TlsRejectedException;
import io.weft.core.identity.TlsRejection;
import io.weft.core.identity.X509Svid;
import io.weft.core.time.Ticker;
import java.security.cert.X509Certificate;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.atomic.LongAdder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The client certificates that the control plane's port did not accept: counted by reason, and told of, so many a second. */
public final class RefusedPeers {
    private static final Logger AUDIT = LoggerFactory.getLogger("io.weft.audit.certificates");
    private static final int LINES_PER_SECOND = 20;
    private static final int MAX_CHARS = 512;

    private final Map<TlsRejection, LongAdder> counts = new EnumMap<>(TlsRejection.class);
    private final SigningRate lines;
    private final RefusedJoins joins;

    public RefusedPeers(Ticker ticker, RefusedJoins joins) {
        this.joins = joins;
        lines = new SigningRate(LINES_PER_SECOND, LINES_PER_SECOND, ticker);
        for (TlsRejection reason : TlsRejection.values()) {
            counts.put(reason, new LongAdder());
        }
    }

    void add(TlsRejectedException rejected, X509Certificate[] chain) {
        Objects.requireNonNull(counts.get(rejected.rejection())).increment();
        String reason = rejected.rejection().wireName();
        String claim = chain.length == 0 ? "" : claim(chain[0]);
        String message = printable(String.valueOf(rejected.getMessage()));
        joins.add(claim, "its certificate was not accepted, " + reason + ": " + message);
        if (lines.take()) {
            AUDIT.warn("refused handshake reason={} claim={}: {}", reason, claim, message);
        }
    }

    /** Since the start, by reason. */
    public Map<String, Long> counts() {
        Map<String, Long> byReason = new TreeMap<>();
        counts.forEach((reason, count) -> byReason.put(reason.wireName(), count.sum()));
        return byReason;
    }

    private static String claim(X509Certificate leaf) {
        try {
            return printable(X509Svid.idOf(leaf).toString());
        } catch (IllegalArgumentException e) {
            return printable(leaf.getSubjectX500Principal().getName());
        }
    }

    private static String printable(String text) {
        return RefusedJoins.printable(text, MAX_CHARS);
    }
}
