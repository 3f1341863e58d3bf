package io.weft.control.xds;

import java.util.Collection;
import java.util.Collections;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Predicate;

/** What one proxy should have; never with a reference to something that is not in it. */
public record ResourceSet(SortedMap<XdsResource.Name, XdsResource> resources) {
    public static final ResourceSet EMPTY = new ResourceSet(new TreeMap<>());

    public ResourceSet {
        resources = Collections.unmodifiableSortedMap(new TreeMap<>(resources));
    }

    public static ResourceSet of(Collection<XdsResource> resources) {
        TreeMap<XdsResource.Name, XdsResource> byName = new TreeMap<>();
        resources.forEach(resource -> byName.put(resource.name(), resource));
        return new ResourceSet(byName);
    }

    /** This set with those of {@code other} that pass {@code test} added or replaced. */
    ResourceSet with(ResourceSet other, Predicate<XdsResource> test) {
        TreeMap<XdsResource.Name, XdsResource> merged = new TreeMap<>(resources);
        for (Map.Entry<XdsResource.Name, XdsResource> entry : other.resources.entrySet()) {
            if (test.test(entry.getValue())) {
                merged.put(entry.getKey(), entry.getValue());
            }
        }
        return new ResourceSet(merged);
    }
}
