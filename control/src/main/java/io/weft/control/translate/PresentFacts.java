package io.weft.control.translate;

import io.weft.control.config.Snapshot;
import io.weft.control.registry.RegistrySnapshot;
import io.weft.core.identity.TrustDomain;
import java.util.function.Supplier;

/** The inputs as they are now; indexed anew only where they changed. Thread-safe. */
public final class PresentFacts implements Supplier<Facts> {
    private final TrustDomain trustDomain;
    private final Supplier<Snapshot> configuration;
    private final Supplier<RegistrySnapshot> registry;
    private Facts last;

    public PresentFacts(
            TrustDomain trustDomain, Supplier<Snapshot> configuration, Supplier<RegistrySnapshot> registry) {
        this.trustDomain = trustDomain;
        this.configuration = configuration;
        this.registry = registry;
        this.last = facts(configuration.get(), registry.get());
    }

    @Override
    public synchronized Facts get() {
        Snapshot snapshot = configuration.get();
        RegistrySnapshot instances = registry.get();
        if (snapshot.revision() != last.revision()) {
            last = facts(snapshot, instances);
        } else if (instances.version() != last.registry().version()) {
            last = last.with(instances);
        }
        return last;
    }

    /** What a configuration of before would mean with the instances of now. */
    public Facts of(Snapshot snapshot) {
        return facts(snapshot, registry.get());
    }

    private Facts facts(Snapshot snapshot, RegistrySnapshot instances) {
        return new Facts(trustDomain, snapshot.revision(), snapshot.resources(), instances);
    }
}
