package io.weft.control.change;

import io.weft.control.config.Snapshot;
import io.weft.control.config.StoredDocument;
import io.weft.control.ir.ProxyNode;
import io.weft.control.registry.RegistrySnapshot;
import io.weft.control.translate.Derivation;
import io.weft.control.translate.Facts;
import io.weft.control.translate.Inputs;
import io.weft.control.xds.EngineCheck;
import io.weft.control.xds.ResourceCache;
import io.weft.control.xds.XdsResource;
import io.weft.core.identity.TrustDomain;
import io.weft.core.violation.Violation;
import io.weft.resource.model.MeshConfig;
import io.weft.resource.model.ResourceKey;
import io.weft.resource.model.ResourceKind;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;

/**
 * Makes for trial what every connected proxy would get, and what a client in each namespace would get, and reads it with the engine's
 * parsers. What did not change since the last check is neither made nor read again.
 *
 * <p>Confined to the change that is being checked.
 */
public final class TrialTranslation implements ChangeCheck {
    private static final int MAX_VIOLATIONS = 50;

    private final TrustDomain trustDomain;
    private final Supplier<RegistrySnapshot> registry;
    private final Supplier<List<ProxyNode>> connected;
    private final Derivation derivation = new Derivation();
    private Set<XdsResource> sound = Set.of();

    public TrialTranslation(
            TrustDomain trustDomain, Supplier<RegistrySnapshot> registry, Supplier<List<ProxyNode>> connected) {
        this.trustDomain = trustDomain;
        this.registry = registry;
        this.connected = connected;
    }

    @Override
    public synchronized List<Violation> check(Snapshot prospective) {
        derivation.update(new Facts(trustDomain, prospective.revision(), prospective.resources(), registry.get()));
        List<ProxyNode> nodes = new ArrayList<>(connected.get());
        clientNamespaces(prospective).forEach(namespace -> nodes.add(clientIn(namespace)));
        Set<XdsResource> read = new HashSet<>();
        List<Violation> violations = new ArrayList<>(otherTrustDomain(prospective));
        for (ProxyNode node : nodes) {
            for (XdsResource resource :
                    derivation.get(new ResourceCache.Of(node)).resources().values()) {
                if (read.add(resource) && !sound.contains(resource)) {
                    EngineCheck.faults(resource).forEach(fault -> violations.add(blame(resource, fault, prospective)));
                }
            }
        }
        derivation.forgetUnused();
        if (violations.isEmpty()) {
            sound = read;
        }
        return violations.size() > MAX_VIOLATIONS ? violations.subList(0, MAX_VIOLATIONS) : violations;
    }

    /** The CA has its trust domain for life: a MeshConfig that names another would be believed by nobody. One that names none has the default. */
    private List<Violation> otherTrustDomain(Snapshot prospective) {
        return prospective
                .find(ResourceKind.MESH_CONFIG.key("", MeshConfig.NAME))
                .filter(document -> document.resource() instanceof MeshConfig mesh
                        && !mesh.trustDomain().equals(trustDomain)
                        && !mesh.trustDomain().equals(MeshConfig.DEFAULTS.trustDomain()))
                .map(document -> Violation.at(
                                "spec.trustDomain",
                                ((MeshConfig) document.resource()).trustDomain().name(),
                                "expected " + trustDomain + ", the trust domain of this control plane's CA")
                        .withHint("a new CA takes another: weft server --trust-domain, on an empty state directory")
                        .withLocation(document.location()))
                .map(List::of)
                .orElse(List.of());
    }

    private static ProxyNode clientIn(String namespace) {
        return new ProxyNode(
                "trial",
                ProxyNode.Client.WEFT,
                namespace,
                "trial",
                "default",
                Map.of(),
                List.of(),
                ProxyNode.DEFAULT_OUTBOUND_PORT,
                0,
                "",
                "",
                Set.of());
    }

    /** Those with services, and those whose routes are for their own clients alone. */
    private Set<String> clientNamespaces(Snapshot prospective) {
        Set<String> namespaces = new TreeSet<>(derivation.get(new Inputs.Namespaces()));
        for (ResourceKey key : prospective.documents().keySet()) {
            if (key.kind().equals(ResourceKind.HTTP_ROUTE.kind())
                    || key.kind().equals(ResourceKind.GRPC_ROUTE.kind())) {
                namespaces.add(key.namespace());
            }
        }
        return namespaces;
    }

    private static Violation blame(XdsResource resource, EngineCheck.Fault fault, Snapshot prospective) {
        String generated = resource.name().text() + ": " + fault.error().path();
        return origin(fault.part(), prospective)
                .map(document -> new Violation(
                        document.key().toString(),
                        fault.error().value(),
                        fault.error().expected(),
                        "proxies would refuse " + generated,
                        document.location()))
                .orElse(fault.error().under(resource.name().text()));
    }

    /**
     * What {@code part} was made from: a cluster {@code service/<namespace>/<name>/<port>} from its Service, a route from the resource
     * with whose key its name begins.
     */
    private static Optional<StoredDocument> origin(String part, Snapshot prospective) {
        String[] parts = part.split("/", -1);
        if (parts.length == 4 && parts[0].equals("service")) {
            return prospective.find(ResourceKind.SERVICE.key(parts[1], parts[2]));
        }
        return prospective.documents().values().stream()
                .filter(document -> part.startsWith(document.key() + " "))
                .max(Comparator.comparingInt(
                        document -> document.key().toString().length()));
    }
}
