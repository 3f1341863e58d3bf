package io.weft.control.policy;

import io.weft.control.ir.Origin;
import io.weft.resource.model.MeshConfig;
import io.weft.resource.model.Resource;
import io.weft.resource.model.ResourceKey;
import io.weft.resource.model.ResourceKind;
import io.weft.resource.model.TargetReference;
import io.weft.resource.model.TrafficPolicy;
import io.weft.resource.model.TrafficSettings;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * TrafficPolicy: the nearest wins field by field: route rule, route, service's port, service, namespace, mesh (GEP-713, inherited
 * policies). The mesh's own settings are those of MeshConfig.
 */
public final class TrafficPolicyKind implements PolicyKind<TrafficPolicy, TrafficTarget, TrafficSettings> {
    private static final int NOWHERE = -1;
    private static final int NAMESPACE = 1;
    private static final int SERVICE = 2;
    private static final int PORT = 3;
    private static final int ROUTE = 4;
    private static final int RULE = 5;

    private final Optional<MeshConfig> mesh;

    public TrafficPolicyKind(Optional<MeshConfig> mesh) {
        this.mesh = mesh;
    }

    @Override
    public ResourceKind kind() {
        return ResourceKind.TRAFFIC_POLICY;
    }

    @Override
    public Effective<TrafficSettings> effective(List<TrafficPolicy> policies, TrafficTarget target) {
        List<Layer> nearestFirst = new ArrayList<>(policies.stream()
                .filter(policy -> nearness(policy, target) != NOWHERE)
                .sorted(Comparator.comparingInt((TrafficPolicy policy) -> nearness(policy, target))
                        .reversed()
                        .thenComparing(PRECEDENCE))
                .map(policy -> new Layer(policy, policy.settings(), "spec."))
                .toList());
        mesh.ifPresent(config -> nearestFirst.add(new Layer(config, config.defaults(), "spec.defaults.")));
        TrafficSettings settings = TrafficSettings.UNSET;
        Map<String, Origin> origins = new TreeMap<>();
        for (Layer layer : nearestFirst) {
            settings = settings.orElse(layer.settings);
            for (String field : fieldsSet(layer.settings)) {
                origins.putIfAbsent(field, new Origin(layer.source.key(), layer.prefix + field));
            }
        }
        return new Effective<>(settings.orElse(TrafficSettings.DEFAULTS), origins);
    }

    private static int nearness(TrafficPolicy policy, TrafficTarget target) {
        return policy.targetRefs().stream()
                .mapToInt(ref -> nearness(policy.metadata().namespace(), ref, target))
                .max()
                .orElse(NOWHERE);
    }

    private static int nearness(String namespace, TargetReference ref, TrafficTarget target) {
        boolean inNamespace = namespace.equals(target.service().namespace());
        if (ref.group().isEmpty() && ref.kind().equals("Namespace")) {
            return inNamespace && ref.name().equals(namespace) ? NAMESPACE : NOWHERE;
        }
        if (ref.group().isEmpty() && ref.kind().equals("Service")) {
            if (!inNamespace || !ref.name().equals(target.service().name())) {
                return NOWHERE;
            }
            return ref.sectionName().isEmpty() ? SERVICE : ref.sectionName().equals(target.portName()) ? PORT : NOWHERE;
        }
        ResourceKey route = target.route();
        if (route == null || !route.equals(new ResourceKey(ref.group(), ref.kind(), namespace, ref.name()))) {
            return NOWHERE;
        }
        return ref.sectionName().isEmpty() ? ROUTE : ref.sectionName().equals(target.ruleName()) ? RULE : NOWHERE;
    }

    /** {@code loadBalancer}, {@code retries.attempts} ...: what is not null; a choice (the balancer) is one field. */
    private static List<String> fieldsSet(TrafficSettings settings) {
        List<String> fields = new ArrayList<>();
        for (RecordComponent group : TrafficSettings.class.getRecordComponents()) {
            read(group, settings).ifPresent(value -> {
                if (value instanceof Record parts && !(value instanceof TrafficSettings.LoadBalancer)) {
                    for (RecordComponent part : parts.getClass().getRecordComponents()) {
                        read(part, parts).ifPresent(set -> fields.add(group.getName() + "." + part.getName()));
                    }
                } else {
                    fields.add(group.getName());
                }
            });
        }
        return fields;
    }

    private static Optional<Object> read(RecordComponent component, Object owner) {
        try {
            return Optional.ofNullable(component.getAccessor().invoke(owner));
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("cannot read " + component.getName(), e);
        }
    }

    private record Layer(Resource source, TrafficSettings settings, String prefix) {}
}
