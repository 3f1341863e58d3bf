package io.weft.control.xds;

import io.envoyproxy.envoy.config.core.v3.ControlPlane;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryResponse;
import io.envoyproxy.envoy.service.discovery.v3.Resource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What one client has of one type, what it asked for, and what it refused (delta xDS). At most one response is unanswered: what changes
 * meanwhile is sent after its answer, in its latest form. Confined to its session's thread.
 */
final class Subscription {
    /** Below gRPC's default bound of 4 MiB for a message. */
    private static final int MAX_RESPONSE_BYTES = 2 << 20;

    private static final int MAX_NAMES = 200_000;
    private static final String WILDCARD = "*";
    /** Stands for a version where the client was told that there is no such resource. */
    private static final String ABSENT = "";

    private final XdsType type;
    private final Set<String> names = new HashSet<>();
    private final Map<String, String> known = new HashMap<>();
    private final Map<String, Refused> refused = new TreeMap<>();
    private boolean asked;
    private boolean wildcard;
    private @Nullable Unanswered unanswered;
    private long nonce;

    Subscription(XdsType type) {
        this.type = type;
    }

    /** A version that the client did not take. */
    record Refused(String version, String reason) {}

    private record Unanswered(String nonce, Map<String, String> sent, List<String> removed) {}

    /** What became of a response. */
    enum Answer {
        /** The request answered nothing: it only asks. */
        NONE,
        ACKNOWLEDGED,
        REFUSED
    }

    /** @throws IllegalArgumentException where it asks for too much */
    Answer take(DeltaDiscoveryRequest request) {
        Answer answer = request.getResponseNonce().isEmpty() ? Answer.NONE : answer(request);
        if (!asked && request.getResourceNamesSubscribeCount() == 0) {
            // The older form of a wildcard, which only the roots of a configuration have: a first request that names
            // nothing.
            wildcard = type == XdsType.CLUSTER || type == XdsType.LISTENER;
        }
        if (!asked) {
            known.putAll(request.getInitialResourceVersionsMap());
        }
        for (String name : request.getResourceNamesSubscribeList()) {
            if (name.equals(WILDCARD)) {
                wildcard = true;
            } else {
                names.add(name);
                // Whoever asks again wants it again, unless he says which version he has.
                if (!request.containsInitialResourceVersions(name)) {
                    known.remove(name);
                }
            }
        }
        for (String name : request.getResourceNamesUnsubscribeList()) {
            if (name.equals(WILDCARD)) {
                wildcard = false;
            } else {
                names.remove(name);
                known.remove(name);
            }
        }
        asked = true;
        if (names.size() > MAX_NAMES || known.size() > MAX_NAMES) {
            throw new IllegalArgumentException("more than " + MAX_NAMES + " names of " + type);
        }
        return answer;
    }

    private Answer answer(DeltaDiscoveryRequest request) {
        Unanswered response = unanswered;
        if (response == null || !response.nonce.equals(request.getResponseNonce())) {
            // About a response that a later one made obsolete.
            return Answer.NONE;
        }
        unanswered = null;
        for (String name : response.removed) {
            if (names.contains(name)) {
                known.put(name, ABSENT);
            } else {
                known.remove(name);
            }
            refused.remove(name);
        }
        if (!request.hasErrorDetail()) {
            response.sent.forEach((name, version) -> {
                known.put(name, version);
                refused.remove(name);
            });
            return Answer.ACKNOWLEDGED;
        }
        String reason = request.getErrorDetail().getMessage();
        List<String> named = response.sent.keySet().stream()
                .filter(name -> names(reason, name))
                .toList();
        for (String name : named.isEmpty() ? response.sent.keySet() : named) {
            refused.put(name, new Refused(response.sent.getOrDefault(name, ABSENT), reason));
        }
        return Answer.REFUSED;
    }

    /** Whether a reason speaks of a resource, and not only of one whose name is longer. */
    static boolean names(String reason, String name) {
        for (int at = reason.indexOf(name); at >= 0; at = reason.indexOf(name, at + 1)) {
            int end = at + name.length();
            if ((at == 0 || !isOfName(reason.charAt(at - 1)))
                    && (end == reason.length() || !isOfName(reason.charAt(end)))) {
                return true;
            }
        }
        return false;
    }

    private static boolean isOfName(char c) {
        return Character.isLetterOrDigit(c) || c == '/' || c == '-' || c == '_';
    }

    boolean isAsked() {
        return asked;
    }

    boolean isAnswered() {
        return unanswered == null;
    }

    /** What of the target it refused, and why, by name. */
    Map<String, String> refusedOf(ResourceSet target) {
        Map<String, String> reasons = new TreeMap<>();
        for (XdsResource resource : ofType(target)) {
            Refused last = refused.get(resource.name().text());
            if (last != null && isRefused(resource)) {
                reasons.put(resource.name().text(), last.reason());
            }
        }
        return reasons;
    }

    /** What the client lacks of the target, as much as fits into one response; empty where it has all. */
    Optional<DeltaDiscoveryResponse> additions(ResourceSet target) {
        if (!asked) {
            return Optional.empty();
        }
        DeltaDiscoveryResponse.Builder response = DeltaDiscoveryResponse.newBuilder();
        Map<String, String> sent = new HashMap<>();
        long bytes = 0;
        for (XdsResource resource : wanted(target)) {
            String name = resource.name().text();
            if (!resource.version().equals(known.get(name)) && !isRefused(resource)) {
                bytes += resource.body().getValue().size();
                if (!sent.isEmpty() && bytes > MAX_RESPONSE_BYTES) {
                    break;
                }
                sent.put(name, resource.version());
                response.addResources(Resource.newBuilder()
                        .setName(name)
                        .setVersion(resource.version())
                        .setResource(resource.body()));
            }
        }
        List<String> absent = names.stream()
                .filter(name ->
                        !known.containsKey(name) && !target.resources().containsKey(new XdsResource.Name(type, name)))
                .toList();
        return respond(response, sent, absent);
    }

    /** What the client has and the target has no longer; empty where there is no such thing. */
    Optional<DeltaDiscoveryResponse> removals(ResourceSet target) {
        if (!asked) {
            return Optional.empty();
        }
        return respond(DeltaDiscoveryResponse.newBuilder(), Map.of(), gone(target));
    }

    private List<String> gone(ResourceSet target) {
        return known.entrySet().stream()
                .filter(entry -> !entry.getValue().equals(ABSENT)
                        && !target.resources().containsKey(new XdsResource.Name(type, entry.getKey())))
                .map(Map.Entry::getKey)
                .sorted()
                .toList();
    }

    private Optional<DeltaDiscoveryResponse> respond(
            DeltaDiscoveryResponse.Builder response, Map<String, String> sent, List<String> removed) {
        if (sent.isEmpty() && removed.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(response.setTypeUrl(type.typeUrl())
                .addAllRemovedResources(removed)
                .setControlPlane(ControlPlane.newBuilder().setIdentifier("weft"))
                .setNonce(Long.toString(nonce + 1))
                .build());
    }

    /** The response went out. */
    void sent(DeltaDiscoveryResponse response) {
        nonce++;
        Map<String, String> sent = new HashMap<>();
        response.getResourcesList().forEach(resource -> sent.put(resource.getName(), resource.getVersion()));
        unanswered = new Unanswered(response.getNonce(), sent, response.getRemovedResourcesList());
    }

    /** Names and versions that are live at the client once it has all of the target. */
    Map<String, String> live(ResourceSet target) {
        Map<String, String> live = new TreeMap<>();
        ofType(target).forEach(resource -> live.put(resource.name().text(), resource.version()));
        return live;
    }

    private boolean isRefused(XdsResource resource) {
        Refused last = refused.get(resource.name().text());
        return last != null && last.version().equals(resource.version());
    }

    private List<XdsResource> wanted(ResourceSet target) {
        return wildcard
                ? ofType(target)
                : ofType(target).stream()
                        .filter(resource -> names.contains(resource.name().text()))
                        .toList();
    }

    private List<XdsResource> ofType(ResourceSet target) {
        return new ArrayList<>(target.resources()
                .subMap(new XdsResource.Name(type, ""), new XdsResource.Name(type, "\uffff"))
                .values());
    }
}
