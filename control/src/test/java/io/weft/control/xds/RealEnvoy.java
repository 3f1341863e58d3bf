package io.weft.control.xds;

import com.google.protobuf.Any;
import io.envoyproxy.envoy.config.bootstrap.v3.Bootstrap;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import io.envoyproxy.envoy.config.core.v3.ApiVersion;
import io.envoyproxy.envoy.config.core.v3.ConfigSource;
import io.envoyproxy.envoy.config.core.v3.PathConfigSource;
import io.envoyproxy.envoy.config.core.v3.TransportSocket;
import io.envoyproxy.envoy.config.endpoint.v3.ClusterLoadAssignment;
import io.envoyproxy.envoy.config.listener.v3.FilterChain;
import io.envoyproxy.envoy.config.listener.v3.Listener;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.CommonTlsContext;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** Asks a real Envoy what it thinks of a configuration. */
final class RealEnvoy {
    private static final Duration BOUND = Duration.ofSeconds(60);

    private final ResourceSet set;
    private final Path secrets;

    private RealEnvoy(ResourceSet set, Path secrets) {
        this.set = set;
        this.secrets = secrets;
    }

    /** {@code WEFT_ENVOY}, else where the build puts it. */
    static Optional<Path> find() {
        String set = System.getenv("WEFT_ENVOY");
        return Stream.of(set == null ? "" : set, "../build/envoy/bin/envoy", "build/envoy/bin/envoy")
                .filter(path -> !path.isEmpty())
                .map(path -> Path.of(path).toAbsolutePath().normalize())
                .filter(Files::isExecutable)
                .findFirst();
    }

    /** What it complains of; empty where it takes the configuration. */
    static String validate(Path envoy, ResourceSet set) throws Exception {
        Path directory = Files.createTempDirectory("envoy-validate");
        try {
            Path bootstrap = directory.resolve("bootstrap.pb");
            Path secrets = Files.writeString(directory.resolve("secrets.yaml"), "resources: []\n");
            Files.write(bootstrap, new RealEnvoy(set, secrets).bootstrap().toByteArray());
            Process process = new ProcessBuilder(
                            envoy.toString(),
                            "--mode",
                            "validate",
                            "-l",
                            "error",
                            "--disable-hot-restart",
                            "-c",
                            bootstrap.toString())
                    .redirectErrorStream(true)
                    .redirectOutput(directory.resolve("log").toFile())
                    .start();
            if (!process.waitFor(BOUND.toSeconds(), TimeUnit.SECONDS)) {
                process.destroyForcibly();
                return "no verdict within " + BOUND;
            }
            return process.exitValue() == 0 ? "" : Files.readString(directory.resolve("log"));
        } finally {
            delete(directory);
        }
    }

    /** All of it static, discovered parts in place and secrets from a file: validation does not ask a server. */
    private Bootstrap bootstrap() throws Exception {
        Bootstrap.Builder bootstrap = Bootstrap.newBuilder();
        bootstrap.getNodeBuilder().setId("golden").setCluster("golden");
        for (XdsResource resource : set.resources().values()) {
            switch (resource.name().type()) {
                case CLUSTER ->
                    bootstrap
                            .getStaticResourcesBuilder()
                            .addClusters(inPlace(resource.body().unpack(Cluster.class)));
                case LISTENER ->
                    bootstrap
                            .getStaticResourcesBuilder()
                            .addListeners(inPlace(resource.body().unpack(Listener.class)));
                case ROUTES, ENDPOINTS, REVISION -> {}
            }
        }
        return bootstrap.build();
    }

    private Cluster inPlace(Cluster cluster) throws Exception {
        Cluster.Builder result = cluster.toBuilder();
        for (Cluster.TransportSocketMatch.Builder match : result.getTransportSocketMatchesBuilderList()) {
            withSecretsFromFile(match.getTransportSocketBuilder());
        }
        if (cluster.getType() == Cluster.DiscoveryType.EDS) {
            String name = cluster.getEdsClusterConfig().getServiceName();
            result.clearEdsClusterConfig()
                    .setType(Cluster.DiscoveryType.STATIC)
                    .setLoadAssignment(find(XdsType.ENDPOINTS, name).unpack(ClusterLoadAssignment.class));
        }
        return result.build();
    }

    private Listener inPlace(Listener listener) throws Exception {
        Listener.Builder result = listener.toBuilder();
        for (FilterChain.Builder chain : result.getFilterChainsBuilderList()) {
            if (chain.hasTransportSocket()) {
                withSecretsFromFile(chain.getTransportSocketBuilder());
            }
            HttpConnectionManager manager = chain.getFilters(0).getTypedConfig().unpack(HttpConnectionManager.class);
            if (manager.hasRds()) {
                RouteConfiguration routes = find(
                                XdsType.ROUTES, manager.getRds().getRouteConfigName())
                        .unpack(RouteConfiguration.class);
                chain.getFiltersBuilder(0)
                        .setTypedConfig(Any.pack(
                                manager.toBuilder().setRouteConfig(routes).build()));
            }
        }
        return result.build();
    }

    private void withSecretsFromFile(TransportSocket.Builder socket) throws Exception {
        Any config = socket.getTypedConfig();
        if (config.is(UpstreamTlsContext.class)) {
            UpstreamTlsContext.Builder context = config.unpack(UpstreamTlsContext.class).toBuilder();
            withSecretsFromFile(context.getCommonTlsContextBuilder());
            socket.setTypedConfig(Any.pack(context.build()));
        } else if (config.is(DownstreamTlsContext.class)) {
            DownstreamTlsContext.Builder context = config.unpack(DownstreamTlsContext.class).toBuilder();
            withSecretsFromFile(context.getCommonTlsContextBuilder());
            socket.setTypedConfig(Any.pack(context.build()));
        }
    }

    private void withSecretsFromFile(CommonTlsContext.Builder common) {
        ConfigSource file = ConfigSource.newBuilder()
                .setResourceApiVersion(ApiVersion.V3)
                .setPathConfigSource(PathConfigSource.newBuilder().setPath(secrets.toString()))
                .build();
        common.getTlsCertificateSdsSecretConfigsBuilderList().forEach(secret -> secret.setSdsConfig(file));
        common.getCombinedValidationContextBuilder()
                .getValidationContextSdsSecretConfigBuilder()
                .setSdsConfig(file);
    }

    private Any find(XdsType type, String name) {
        XdsResource resource = set.resources().get(new XdsResource.Name(type, name));
        if (resource == null) {
            throw new IllegalArgumentException("nothing called " + name);
        }
        return resource.body();
    }

    private static void delete(Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted((a, b) -> b.compareTo(a)).toList()) {
                Files.delete(file);
            }
        }
    }
}
