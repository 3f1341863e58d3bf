package io.weft.control.status;

import io.weft.control.ir.MeshEndpoint;
import io.weft.control.ir.MeshService;
import io.weft.control.ir.OutboundRoutes;
import io.weft.control.ir.ServiceName;
import io.weft.control.policy.Effective;
import io.weft.control.policy.TrafficTarget;
import io.weft.control.translate.Derivation;
import io.weft.control.translate.Facts;
import io.weft.control.translate.Inputs;
import io.weft.control.translate.Members;
import io.weft.control.translate.Query;
import io.weft.control.translate.Routes;
import io.weft.control.translate.Services;
import io.weft.control.translate.Settings;
import io.weft.resource.model.ResourceKey;
import io.weft.resource.model.TrafficSettings;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Supplier;

/** Answers how things stand, from the present configuration and registry. Thread-safe; one question at a time. */
public final class MeshStatus {
    private static final int MAX_REFUSALS = 5;

    private final Supplier<Facts> present;
    private final Supplier<Fleet> fleet;
    private final Derivation derivation = new Derivation();
    private long seenRevision = -1;
    private long seenRegistry = -1;

    /**
     * @param present the inputs as they are now
     * @param fleet the proxies
     */
    public MeshStatus(Supplier<Facts> present, Supplier<Fleet> fleet) {
        this.present = present;
        this.fleet = fleet;
    }

    /** Which proxies run a revision. */
    public RevisionStatus revision(long number) {
        return RevisionStatus.of(number, fleet.get());
    }

    /**
     * A resource's conditions.
     *
     * @param changedAt the revision that last changed it
     */
    public List<Condition> conditions(ResourceKey key, long changedAt) {
        List<Condition> conditions = new ArrayList<>(get(new ConditionsOf(key)));
        if (!conditions.isEmpty()) {
            conditions.add(programmed(revision(changedAt)));
        }
        return List.copyOf(conditions);
    }

    private static Condition programmed(RevisionStatus revision) {
        if (revision.isComplete()) {
            return new Condition(
                    Condition.PROGRAMMED,
                    true,
                    "Programmed",
                    revision.current() == 1 ? "1 proxy runs it" : revision.current() + " proxies run it");
        }
        List<String> behind = new ArrayList<>();
        revision.behind().forEach(proxy -> behind.add(proxy.node().id() + " (" + proxy.state() + ")"));
        revision.missing().forEach(node -> behind.add(node + " (not back since the control plane started)"));
        List<String> refusals = revision.behind().stream()
                .flatMap(proxy -> proxy.rejections().stream()
                        .map(rejection ->
                                proxy.node().id() + " refused " + rejection.name() + ": " + rejection.reason()))
                .limit(MAX_REFUSALS)
                .toList();
        return new Condition(
                Condition.PROGRAMMED,
                false,
                refusals.isEmpty() ? "Pending" : "Refused",
                "these proxies do not run it yet: " + String.join(", ", behind)
                        + (refusals.isEmpty() ? "" : "; " + String.join("; ", refusals)));
    }

    /** All services, by namespace and name. */
    public List<MeshService> services() {
        List<MeshService> services = new ArrayList<>();
        for (String namespace : get(new Inputs.Namespaces())) {
            services.addAll(new TreeMap<>(get(new Services.InNamespace(namespace))).values());
        }
        return services;
    }

    /** What gets requests for a service's port now. */
    public List<MeshEndpoint> endpoints(ServiceName service, int port) {
        return get(new Members.Endpoints(service, port));
    }

    /** All that serve a service's port, also those that should not get requests now. */
    public List<Members.Member> members(ServiceName service, int port) {
        return get(new Members.Of(service, port));
    }

    /** Where requests of clients in a namespace go. */
    public OutboundRoutes routes(String namespace) {
        return get(new Routes.Outbound(namespace));
    }

    /** How clients reach a service's port, and which policy says so; empty where there is no such port. */
    public Optional<Effective<TrafficSettings>> settings(ServiceName service, int port) {
        return get(new Services.Named(service))
                .flatMap(found -> found.port(port))
                .map(found -> get(new Settings.For(TrafficTarget.port(service, found.name()))));
    }

    private synchronized <T> T get(Query<T> query) {
        Facts facts = present.get();
        if (facts.revision() != seenRevision || facts.registry().version() != seenRegistry) {
            seenRevision = facts.revision();
            seenRegistry = facts.registry().version();
            derivation.forgetUnused();
            derivation.update(facts);
        }
        return derivation.get(query);
    }
}
