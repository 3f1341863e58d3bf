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
import io.weft.resource.model.ResourceKind;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
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
        derivation.get(new Inputs.Namespaces()).forEach(namespace -> nodes.add(clientIn(namespace)));
        Set<XdsResource> read = new HashSet<>();
        List<Violation> violations = new ArrayList<>();
        for (ProxyNode node : nodes) {
            for (XdsResource resource :
                    derivation.get(new ResourceCache.Of(node)).resources().values()) {
                if (read.add(resource) && !sound.contains(resource)) {
                    EngineCheck.errors(resource).forEach(error -> violations.add(blame(resource, error, prospective)));
                }
            }
        }
        derivation.forgetUnused();
        if (violations.isEmpty()) {
            sound = read;
        }
        return violations.size() > MAX_VIOLATIONS ? violations.subList(0, MAX_VIOLATIONS) : violations;
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

    private static Violation blame(XdsResource resource, Violation error, Snapshot prospective) {
        Violation told = error.under(resource.name().text())
                .withHint("this is what would be generated, and proxies would refuse it");
        return service(resource.name().text(), prospective)
                .map(document -> told.withLocation(document.location()))
                .orElse(told);
    }

    /** The Service that {@code service/<namespace>/<name>/<port>} was made from, where there is one. */
    private static Optional<StoredDocument> service(String xdsName, Snapshot prospective) {
        String[] parts = xdsName.split("/", -1);
        return parts.length == 4 && parts[0].equals("service")
                ? prospective.find(ResourceKind.SERVICE.key(parts[1], parts[2]))
                : Optional.empty();
    }
}
