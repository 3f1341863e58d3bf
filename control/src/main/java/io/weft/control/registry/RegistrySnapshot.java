package io.weft.control.registry;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * All instances at one moment.
 *
 * @param version rises with each change; within one process
 * @param instances by key
 */
public record RegistrySnapshot(long version, Map<Instance.Key, Instance> instances) {
    public static final RegistrySnapshot EMPTY = new RegistrySnapshot(0, Map.of());

    public RegistrySnapshot {
        instances = Map.copyOf(instances);
    }

    /** The next snapshot, without what {@code node} had and with {@code offered}; this one where nothing changes. */
    RegistrySnapshot with(String node, Iterable<Instance> offered) {
        Map<Instance.Key, Instance> next = new LinkedHashMap<>(instances);
        next.keySet().removeIf(key -> key.nodeId().equals(node));
        for (Instance instance : offered) {
            next.put(instance.key(), instance);
        }
        return next.equals(instances) ? this : new RegistrySnapshot(version + 1, next);
    }
}
