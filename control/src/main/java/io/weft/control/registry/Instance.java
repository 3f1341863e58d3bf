package io.weft.control.registry;

import io.weft.resource.model.Locality;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * One running copy of a workload, as its proxy registered it.
 *
 * @param key who it is
 * @param serviceAccount proved by the SVID of the connection that registered it
 * @param labels of the workload, for selectors and versions
 * @param address an IP address where other proxies reach its inbound listener
 * @param inboundPort the inbound listener's port
 * @param locality where it runs
 * @param offers what it serves
 * @param draining whether it wants no new requests
 */
public record Instance(
        Key key,
        String serviceAccount,
        Map<String, String> labels,
        String address,
        int inboundPort,
        Locality locality,
        List<Offer> offers,
        boolean draining) {
    private static final int MAX_OFFERS = 100;
    private static final int MAX_LABELS = 64;
    private static final int MAX_LABEL = 317;
    // Literals only: a name here would make every other proxy ask DNS on behalf of whoever registered it.
    private static final Pattern IPV4 = Pattern.compile("((25[0-5]|2[0-4]\\d|1?\\d?\\d)(\\.(?!$)|$)){4}");
    private static final Pattern IPV6 = Pattern.compile("(?=.*:.*:)[0-9A-Fa-f:]{2,39}");

    public Instance {
        Names.requireLabel("service account", serviceAccount);
        labels = Map.copyOf(labels);
        offers = List.copyOf(offers);
        if (!isAddress(address)) {
            throw new IllegalArgumentException("address \"" + address + "\": expected an IPv4 or IPv6 address");
        }
        Offer.requirePort("inbound port", inboundPort);
        requireAtMost("services", offers.size(), MAX_OFFERS);
        requireAtMost("labels", labels.size(), MAX_LABELS);
        labels.forEach((name, value) ->
                requireAtMost("characters of a label", Math.max(name.length(), value.length()), MAX_LABEL));
        long distinct = offers.stream()
                .map(offer -> offer.service() + ":" + offer.servicePort())
                .distinct()
                .count();
        if (distinct != offers.size()) {
            throw new IllegalArgumentException("workload " + key + " offers the same port of a service twice");
        }
    }

    public String namespace() {
        return key.namespace();
    }

    public String workload() {
        return key.workload();
    }

    /** The same instance, leaving. */
    public Instance asDraining() {
        return new Instance(key, serviceAccount, labels, address, inboundPort, locality, offers, true);
    }

    private static boolean isAddress(String address) {
        return IPV4.matcher(address).matches() || IPV6.matcher(address).matches();
    }

    private static void requireAtMost(String what, int count, int bound) {
        if (count > bound) {
            throw new IllegalArgumentException(count + " " + what + ", expected at most " + bound);
        }
    }

    /**
     * An instance's name: several instances may run the same workload, each on a node of its own.
     *
     * @param nodeId the proxy process, unique in the mesh
     * @param namespace the workload's namespace
     * @param workload the workload's name
     */
    public record Key(String nodeId, String namespace, String workload) {
        public Key {
            Names.requireName("node id", nodeId);
            Names.requireLabel("namespace", namespace);
            Names.requireName("workload", workload);
        }

        @Override
        public String toString() {
            return namespace + "/" + workload + "@" + nodeId;
        }
    }
}
