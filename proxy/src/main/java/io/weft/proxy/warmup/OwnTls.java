package io.weft.proxy.warmup;

import io.weft.engine.config.Cluster;
import io.weft.engine.config.FilterChain;
import io.weft.engine.config.Listener;
import io.weft.engine.config.TlsSettings;
import io.weft.engine.config.TlsSettings.Certificate;
import io.weft.engine.config.TlsSettings.Trust;
import io.weft.engine.snapshot.ConfigSnapshot;
import io.weft.proxy.tls.ConfiguredTls;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The TLS that a proxy speaks with itself: what it shows to others, on both sides. */
final class OwnTls {
    private static final List<String> ALPN = List.of("h2", "http/1.1");

    private OwnTls() {}

    /**
     * Null: the proxy shows no certificate to anyone. The workload's SVID where it has one: it proves itself to itself. A certificate from files may not, since
     * those who are believed may have another CA: it is shown and not asked for.
     */
    static @Nullable TlsSettings of(ConfigSnapshot configured, boolean hasIdentity) {
        if (hasIdentity) {
            return settings(new Certificate.Sds(ConfiguredTls.SVID), new Trust.Sds(ConfiguredTls.BUNDLE));
        }
        for (TlsSettings used : all(configured)) {
            if (used.certificate() instanceof Certificate.Pem own) {
                return settings(own, new Trust.None());
            }
        }
        return null;
    }

    private static TlsSettings settings(Certificate own, Trust trust) {
        return new TlsSettings(
                own, trust, List.of(), ALPN, TlsSettings.TlsVersion.TLS_1_2, TlsSettings.TlsVersion.TLS_1_3);
    }

    private static List<TlsSettings> all(ConfigSnapshot configured) {
        List<TlsSettings> all = new ArrayList<>();
        for (Cluster cluster : configured.clusters().values()) {
            if (cluster.tls() != null) {
                all.add(cluster.tls().settings());
            }
        }
        for (Listener listener : configured.listeners().values()) {
            for (FilterChain chain : listener.filterChains()) {
                if (chain.tls() != null) {
                    all.add(chain.tls().settings());
                }
            }
        }
        return all;
    }
}
