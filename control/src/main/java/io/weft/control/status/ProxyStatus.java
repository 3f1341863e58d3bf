package io.weft.control.status;

import io.weft.control.ir.ProxyNode;
import java.util.List;

/**
 * How a connected proxy stands.
 *
 * @param node as it presented itself
 * @param revision the newest revision of the configuration of which it runs all that concerns it; 0: none yet
 * @param waitingFor the newest revision that was translated
 * @param rejections what it refused, and goes on without
 */
public record ProxyStatus(ProxyNode node, long revision, long waitingFor, List<Rejection> rejections) {
    public ProxyStatus {
        rejections = List.copyOf(rejections);
    }

    public State state() {
        if (!rejections.isEmpty()) {
            return State.REJECTED;
        }
        return revision < waitingFor ? State.PENDING : State.SYNCED;
    }

    /** In one word. */
    public enum State {
        SYNCED,
        /** It has not acknowledged everything yet. */
        PENDING,
        /** It refused something; the last good version stays. */
        REJECTED
    }

    /**
     * @param type of the xDS resource, as in its type URL
     * @param name of the xDS resource
     * @param reason as the proxy gave it
     */
    public record Rejection(String type, String name, String reason) {}
}
