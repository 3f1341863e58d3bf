package io.weft.control.translate;

import io.weft.control.registry.Instance;
import io.weft.control.registry.RegistrySnapshot;
import io.weft.core.identity.TrustDomain;
import io.weft.resource.model.Resource;
import io.weft.resource.model.ResourceKey;
import io.weft.resource.model.ResourceKind;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** All inputs of a translation at one moment. */
public final class Facts {
    public static final Facts EMPTY = new Facts(new TrustDomain("cluster.local"), 0, List.of(), RegistrySnapshot.EMPTY);

    private final TrustDomain trustDomain;
    private final long revision;
    private final RegistrySnapshot registry;
    private final Map<ResourceKey, Resource> resources;
    private final Map<ResourceKind, Map<String, List<Resource>>> byKind;
    private final Map<String, List<Instance>> instances = new HashMap<>();

    /**
     * @param trustDomain the mesh's own
     * @param revision of the configuration
     * @param resources the whole configuration
     */
    public Facts(
            TrustDomain trustDomain,
            long revision,
            Collection<? extends Resource> resources,
            RegistrySnapshot registry) {
        this(trustDomain, revision, index(resources), byKind(resources), registry);
    }

    private Facts(
            TrustDomain trustDomain,
            long revision,
            Map<ResourceKey, Resource> resources,
            Map<ResourceKind, Map<String, List<Resource>>> byKind,
            RegistrySnapshot registry) {
        this.trustDomain = trustDomain;
        this.revision = revision;
        this.resources = resources;
        this.byKind = byKind;
        this.registry = registry;
        registry.instances().values().stream()
                .sorted(Comparator.comparing(
                        (Instance instance) -> instance.key().toString()))
                .forEach(instance -> instances
                        .computeIfAbsent(instance.namespace(), namespace -> new ArrayList<>())
                        .add(instance));
    }

    /** The same configuration with other instances. */
    public Facts with(RegistrySnapshot newRegistry) {
        return new Facts(trustDomain, revision, resources, byKind, newRegistry);
    }

    private static Map<ResourceKey, Resource> index(Collection<? extends Resource> resources) {
        Map<ResourceKey, Resource> index = new TreeMap<>();
        resources.forEach(resource -> index.put(resource.key(), resource));
        return index;
    }

    private static Map<ResourceKind, Map<String, List<Resource>>> byKind(Collection<? extends Resource> resources) {
        Map<ResourceKind, Map<String, List<Resource>>> byKind = new HashMap<>();
        resources.stream()
                .sorted(Comparator.comparing(Resource::key))
                .forEach(resource -> byKind.computeIfAbsent(resource.kind(), kind -> new TreeMap<>())
                        .computeIfAbsent(resource.metadata().namespace(), namespace -> new ArrayList<>())
                        .add(resource));
        return byKind;
    }

    public TrustDomain trustDomain() {
        return trustDomain;
    }

    public long revision() {
        return revision;
    }

    public RegistrySnapshot registry() {
        return registry;
    }

    public Collection<Resource> resources() {
        return resources.values();
    }

    Optional<Resource> find(ResourceKey key) {
        return Optional.ofNullable(resources.get(key));
    }

    List<Resource> ofKind(ResourceKind kind, String namespace) {
        return byKind.getOrDefault(kind, Map.of()).getOrDefault(namespace, List.of());
    }

    List<Resource> ofKind(ResourceKind kind) {
        return byKind.getOrDefault(kind, Map.of()).values().stream()
                .flatMap(List::stream)
                .toList();
    }

    List<Instance> instances(String namespace) {
        return instances.getOrDefault(namespace, List.of());
    }

    /** Namespaces that hold a Service, a Workload or an instance, sorted. */
    List<String> namespaces() {
        Map<String, Boolean> names = new TreeMap<>();
        for (ResourceKind kind : List.of(ResourceKind.SERVICE, ResourceKind.WORKLOAD)) {
            byKind.getOrDefault(kind, Map.of()).keySet().forEach(name -> names.put(name, true));
        }
        instances.keySet().forEach(name -> names.put(name, true));
        return List.copyOf(names.keySet());
    }
}
