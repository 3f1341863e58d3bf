package io.weft.control.ca;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Who wanted to be part of the mesh and was refused, as operators are shown it: each identity with a reason is one entry, the least recent gives way to a
 * new one, and a day later it is forgotten. Everything in it comes from peers that proved nothing. Thread-safe.
 */
public final class RefusedJoins {
    static final int MOST = 50;
    private static final Duration TOLD = Duration.ofDays(1);
    private static final int MAX_IDENTITY = 256;
    private static final int MAX_REASON = 512;

    private final InstantSource clock;
    /** Least recent first. */
    private final Map<Key, RefusedJoin> entries = new LinkedHashMap<>();

    public RefusedJoins(InstantSource clock) {
        this.clock = clock;
    }

    private record Key(String identity, String reason) {}

    /** It is cut, and freed of what is not printable. */
    public void add(String identity, String reason) {
        Key key = new Key(printable(identity, MAX_IDENTITY), printable(reason, MAX_REASON));
        Instant now = clock.instant();
        synchronized (entries) {
            RefusedJoin known = entries.remove(key);
            entries.put(
                    key,
                    known == null
                            ? new RefusedJoin(key.identity, key.reason, 1, now, now)
                            : new RefusedJoin(key.identity, key.reason, known.count() + 1, known.first(), now));
            if (entries.size() > MOST) {
                entries.remove(entries.keySet().iterator().next());
            }
        }
    }

    /** Of the last day, most recent first. */
    public List<RefusedJoin> recent() {
        Instant oldest = clock.instant().minus(TOLD);
        synchronized (entries) {
            entries.values().removeIf(each -> each.last().isBefore(oldest));
            List<RefusedJoin> recent = new ArrayList<>(entries.values());
            recent.sort(Comparator.comparing(RefusedJoin::last).reversed());
            return recent;
        }
    }

    static String printable(String text, int most) {
        return text.substring(0, Math.min(text.length(), most)).replaceAll("[^\\x20-\\x7e]", "?");
    }
}
