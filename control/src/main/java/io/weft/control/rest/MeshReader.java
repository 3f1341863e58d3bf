package io.weft.control.rest;

import io.weft.control.config.ConfigStore;
import io.weft.control.config.Snapshot;
import io.weft.control.config.StoredDocument;
import io.weft.control.registry.Registry;
import io.weft.control.registry.RegistrySnapshot;
import io.weft.control.translate.Derivation;
import io.weft.control.translate.Facts;
import io.weft.control.translate.Query;
import io.weft.core.identity.TrustDomain;
import io.weft.resource.model.ResourceKey;
import java.util.Optional;

/** Answers questions about the mesh as it is configured and registered now, with the queries that also make the proxies' configuration. */
public final class MeshReader {
    private final TrustDomain trustDomain;
    private final ConfigStore store;
    private final Registry registry;
    private final Derivation derivation = new Derivation();
    private long revision = -1;
    private long registered = -1;

    public MeshReader(TrustDomain trustDomain, ConfigStore store, Registry registry) {
        this.trustDomain = trustDomain;
        this.store = store;
        this.registry = registry;
    }

    synchronized <T> T read(Query<T> query) {
        Snapshot snapshot = store.head().get();
        RegistrySnapshot instances = registry.snapshot().get();
        if (snapshot.revision() != revision || instances.version() != registered) {
            derivation.update(new Facts(trustDomain, snapshot.revision(), snapshot.resources(), instances));
            revision = snapshot.revision();
            registered = instances.version();
        }
        return derivation.get(query);
    }

    RegistrySnapshot instances() {
        return registry.snapshot().get();
    }

    Optional<StoredDocument> document(ResourceKey key) {
        return store.head().get().find(key);
    }
}
