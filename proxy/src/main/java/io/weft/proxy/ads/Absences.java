package io.weft.proxy.ads;

import io.weft.core.time.Ticker;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * What is referred to and not there, and since when. After the bound, or once the control plane says so, it counts as absent for good, so that one dangling reference does not
 * freeze the rest.
 */
final class Absences {
    private final Ticker ticker;
    private final Duration bound;
    private final Map<Missing, Long> since = new HashMap<>();

    Absences(Ticker ticker, Duration bound) {
        this.ticker = ticker;
        this.bound = bound;
    }

    /** A name that is referred to. */
    record Missing(ResourceKind kind, String name) {}

    Duration bound() {
        return bound;
    }

    /** Notes that it is not there; true once that was so for longer than the bound. */
    boolean isOver(ResourceKind kind, String name) {
        long first = since.computeIfAbsent(new Missing(kind, name), missing -> ticker.nanos());
        return ticker.nanos() - first >= bound.toNanos();
    }

    /** Whoever would know says that there is no such thing: nothing is waited for. */
    void isTold(ResourceKind kind, String name) {
        since.put(new Missing(kind, name), ticker.nanos() - bound.toNanos());
    }

    void isThere(ResourceKind kind, String name) {
        since.remove(new Missing(kind, name));
    }

    /** When the next one passes the bound. */
    Optional<Duration> next() {
        long now = ticker.nanos();
        return since.values().stream()
                .map(first -> bound.toNanos() - (now - first))
                .filter(left -> left > 0)
                .min(Long::compare)
                .map(Duration::ofNanos);
    }

    /** Those past the bound, for operators: {@code endpoints service/shop/cart/80}. */
    List<Missing> over() {
        long now = ticker.nanos();
        return since.entrySet().stream()
                .filter(entry -> now - entry.getValue() >= bound.toNanos())
                .map(Map.Entry::getKey)
                .toList();
    }

    /** Keeps only what is still referred to. */
    void retain(Predicate<Missing> referred) {
        since.keySet().removeIf(missing -> !referred.test(missing));
    }
}
