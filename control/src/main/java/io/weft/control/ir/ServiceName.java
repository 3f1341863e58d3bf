package io.weft.control.ir;

import io.weft.resource.model.ResourceKey;
import io.weft.resource.model.ResourceKind;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** A service of the mesh. */
public record ServiceName(String namespace, String name) implements Comparable<ServiceName> {
    private static final String SUFFIX = ".svc.cluster.local";
    private static final Comparator<ServiceName> ORDER =
            Comparator.comparing(ServiceName::namespace).thenComparing(ServiceName::name);

    /** The longest name: {@code cart.shop.svc.cluster.local}. */
    public String host() {
        return name + "." + namespace + SUFFIX;
    }

    /** All names by which a client in {@code clientNamespace} may call it, the longest first. */
    public List<String> hosts(String clientNamespace) {
        List<String> hosts = new ArrayList<>(List.of(host(), name + "." + namespace + ".svc", name + "." + namespace));
        if (clientNamespace.equals(namespace)) {
            hosts.add(name);
        }
        return hosts;
    }

    /** The TLS server name that stands for one port: {@code 8080.cart.shop.svc.cluster.local}. */
    public String serverName(int port) {
        return port + "." + host();
    }

    /** The name of the cluster and of its endpoints. */
    public String clusterName(int port) {
        return "service/" + namespace + "/" + name + "/" + port;
    }

    public ResourceKey key() {
        return ResourceKind.SERVICE.key(namespace, name);
    }

    @Override
    public int compareTo(ServiceName other) {
        return ORDER.compare(this, other);
    }

    @Override
    public String toString() {
        return namespace + "/" + name;
    }
}
