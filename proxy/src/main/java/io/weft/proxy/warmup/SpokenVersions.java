package io.weft.proxy.warmup;

import io.weft.engine.config.Cluster;
import io.weft.engine.config.FilterChain;
import io.weft.engine.config.HttpConnectionManager;
import io.weft.engine.snapshot.ConfigSnapshot;
import io.weft.proxy.upstream.WantedVersion;
import java.util.List;

/** The versions of HTTP that a configuration names: what it takes if it comes, but does not ask for, is not worth anybody's waiting. */
final class SpokenVersions {
    private SpokenVersions() {}

    static List<WantedVersion> of(ConfigSnapshot configured, String controlPlane) {
        boolean http2 = configured.clusters().values().stream()
                        .anyMatch(cluster -> !cluster.name().equals(controlPlane) && speaksHttp2(cluster))
                || configured.listeners().values().stream()
                        .flatMap(listener -> listener.filterChains().stream())
                        .anyMatch(SpokenVersions::hearsHttp2);
        return http2 ? List.of(WantedVersion.HTTP_1_1, WantedVersion.HTTP_2) : List.of(WantedVersion.HTTP_1_1);
    }

    private static boolean speaksHttp2(Cluster cluster) {
        return switch (cluster.http().version()) {
            case HTTP2, BY_ALPN -> true;
            case HTTP1, AS_DOWNSTREAM -> false;
        };
    }

    private static boolean hearsHttp2(FilterChain chain) {
        boolean offered = chain.tls() != null
                && chain.tls().settings().applicationProtocols().contains("h2");
        return offered
                || (chain.filter() instanceof HttpConnectionManager manager
                        && manager.codec() == HttpConnectionManager.Codec.HTTP2);
    }
}
