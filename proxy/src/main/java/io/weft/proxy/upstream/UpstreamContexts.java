package io.weft.proxy.upstream;

import io.weft.engine.config.Cluster;
import io.weft.engine.config.UpstreamTls;
import io.weft.engine.snapshot.ConfigSnapshot;
import io.weft.proxy.tls.ConfiguredTls;
import io.weft.proxy.tls.ServedContext;
import io.weft.proxy.tls.TlsConfigurationException;
import io.weft.proxy.workload.LocalWorkload;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** TLS contexts towards endpoints, one for each way that the configuration names; they go with the configuration. Safe on any thread. */
public final class UpstreamContexts implements AutoCloseable {
    /**
     * @param source part of the key so that no identity ever resumes a session of another's
     */
    private record Key(
            LocalWorkload source,
            UpstreamTls tls,
            String expectedIdentity,
            List<String> applicationProtocols,
            boolean halfCloses) {}

    private static final Logger LOG = LoggerFactory.getLogger(UpstreamContexts.class);

    private final Function<LocalWorkload, ConfiguredTls> configured;
    private final Map<Key, ServedContext> contexts = new ConcurrentHashMap<>();

    /**
     * @param configured how a workload's own certificate is had
     */
    public UpstreamContexts(Function<LocalWorkload, ConfiguredTls> configured) {
        this.configured = configured;
    }

    /**
     * @param source whose certificate is shown
     * @param applicationProtocols empty: what the settings say
     * @param halfCloses whether one direction may end before the other
     * @throws io.weft.proxy.tls.TlsConfigurationException where the settings cannot be used
     */
    ServedContext of(
            LocalWorkload source,
            UpstreamTls tls,
            String expectedIdentity,
            List<String> applicationProtocols,
            boolean halfCloses) {
        List<String> protocols =
                applicationProtocols.isEmpty() ? tls.settings().applicationProtocols() : applicationProtocols;
        return contexts.computeIfAbsent(
                new Key(source, tls, expectedIdentity, protocols, halfCloses),
                key -> configured
                        .apply(key.source())
                        .client(key.tls(), key.expectedIdentity(), key.applicationProtocols(), key.halfCloses()));
    }

    /** Reads the files that clusters name; what cannot be read fails the connections that need it, and is told now. */
    public void prepare(ConfigSnapshot snapshot, LocalWorkload source) {
        for (UpstreamTls tls : used(snapshot)) {
            try {
                configured.apply(source).prepare(tls.settings());
            } catch (TlsConfigurationException e) {
                LOG.warn("TLS towards endpoints: {}", e.getMessage());
            }
        }
    }

    /** Lets go of what no cluster refers to any longer; connections that are open live on. */
    public void retain(ConfigSnapshot snapshot) {
        Set<UpstreamTls> used = used(snapshot);
        contexts.entrySet().removeIf(entry -> {
            boolean unused = !used.contains(entry.getKey().tls());
            if (unused) {
                entry.getValue().close();
            }
            return unused;
        });
    }

    private static Set<UpstreamTls> used(ConfigSnapshot snapshot) {
        Set<UpstreamTls> used = new HashSet<>();
        for (Cluster cluster : snapshot.clusters().values()) {
            if (cluster.tls() != null) {
                used.add(cluster.tls());
            }
            cluster.transportMatches().forEach(match -> {
                if (match.tls() != null) {
                    used.add(match.tls());
                }
            });
        }
        return used;
    }

    /** Once nothing connects any more. */
    @Override
    public void close() {
        contexts.values().forEach(ServedContext::close);
        contexts.clear();
    }
}
