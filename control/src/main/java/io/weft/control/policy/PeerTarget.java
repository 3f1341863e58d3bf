package io.weft.control.policy;

import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/**
 * What a PeerAuthentication can be about.
 *
 * @param labels of the workload
 * @param applicationPort on which the workload's application listens
 */
public record PeerTarget(String namespace, Map<String, String> labels, int applicationPort) {
    public PeerTarget {
        labels = Collections.unmodifiableMap(new TreeMap<>(labels));
    }
}
