package io.weft.control.config;

import io.weft.resource.model.Resource;
import io.weft.resource.model.ResourceKey;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * All resources at one revision.
 *
 * @param revision 0 where nothing was ever written
 * @param documents by key
 */
public record Snapshot(long revision, SortedMap<ResourceKey, StoredDocument> documents) {
    public static final Snapshot EMPTY = new Snapshot(0, new TreeMap<>());

    public Snapshot {
        documents = Collections.unmodifiableSortedMap(new TreeMap<>(documents));
    }

    public Optional<StoredDocument> find(ResourceKey key) {
        return Optional.ofNullable(documents.get(key));
    }

    public Collection<Resource> resources() {
        List<Resource> resources =
                documents.values().stream().map(StoredDocument::resource).toList();
        return resources;
    }
}
