package io.weft.cli.show;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;

/** By which groups the TLS connections of a proxy exchanged their keys, as its admin server tells. */
final class KeyExchanges {
    private KeyExchanges() {}

    /** Such as "X25519MLKEM768 12, X25519 3 (5 resumed)", the most frequent first; empty: there was no handshake. */
    static String of(JsonNode certs) {
        Map<String, Long> groups = new LinkedHashMap<>();
        long resumed = 0;
        for (JsonNode agreed : certs.path("handshakes")) {
            long count = agreed.path("count").asLong(0);
            String group = agreed.path("group").asString("");
            groups.merge(group.isEmpty() ? "unknown" : group, count, Long::sum);
            if (agreed.path("resumed").asBoolean(false)) {
                resumed += count;
            }
        }
        String told = groups.entrySet().stream()
                .sorted(Map.Entry.<String, Long>comparingByValue().reversed())
                .map(group -> group.getKey() + " " + group.getValue())
                .collect(Collectors.joining(", "));
        return resumed == 0 ? told : told + " (" + resumed + " resumed)";
    }
}
