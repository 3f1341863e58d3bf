package io.weft.engine.xds;

import static io.weft.engine.xds.Reading.at;
import static io.weft.engine.xds.Reading.join;

import io.weft.api.wire.envoy.config.core.v3.Http1ProtocolOptions;
import io.weft.api.wire.envoy.config.core.v3.Http2ProtocolOptions;
import io.weft.api.wire.envoy.config.core.v3.HttpProtocolOptions;
import io.weft.api.wire.envoy.extensions.filters.http.router.v3.Router;
import io.weft.api.wire.envoy.extensions.filters.network.http_connection_manager.v3.HttpFilter;
import io.weft.engine.config.FilterConfig;
import io.weft.engine.config.HttpConnectionManager;
import io.weft.engine.config.HttpConnectionManager.ClientCertificate;
import io.weft.engine.config.HttpConnectionManager.ClientCertificateDetail;
import io.weft.engine.config.HttpConnectionManager.Codec;
import io.weft.engine.config.HttpConnectionManager.EscapedSlashes;
import io.weft.engine.config.HttpConnectionManager.Forwarding;
import io.weft.engine.config.HttpConnectionManager.HttpFilterEntry;
import io.weft.engine.config.HttpConnectionManager.HttpLimits;
import io.weft.engine.config.HttpConnectionManager.HttpTimeouts;
import io.weft.engine.config.HttpConnectionManager.PathNormalization;
import io.weft.engine.config.HttpConnectionManager.RouteSource;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads HTTP connection managers. */
final class HttpConnectionManagerParser {
    // Envoy's defaults of absent fields, but the windows: Envoy's 16 and 24 MiB would let one connection hold that
    // much.
    private static final long IDLE_MILLIS = 3_600_000;
    private static final long STREAM_IDLE_MILLIS = 300_000;
    private static final long DRAIN_MILLIS = 5_000;
    private static final long DELAYED_CLOSE_MILLIS = 1_000;
    private static final int HEAD_KIB = 60;
    private static final int HEADERS = 100;
    private static final int STREAMS = 1024;

    /** Where it begins; it grows with what its reader takes. */
    static final int STREAM_WINDOW_BYTES = 64 * 1024;

    static final int CONNECTION_WINDOW_BYTES = 4 * 1024 * 1024;
    private static final int LEAST_WINDOW_BYTES = 65_535;

    private final Reading reading;

    HttpConnectionManagerParser(Reading reading) {
        this.reading = reading;
    }

    @Nullable
    HttpConnectionManager parse(
            String path,
            io.weft.api.wire.envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
                    message) {
        reading.honours(
                path,
                message,
                Set.of(
                        "codec_type",
                        "stat_prefix",
                        "rds",
                        "route_config",
                        "http_filters",
                        "common_http_protocol_options",
                        "http_protocol_options",
                        "http2_protocol_options",
                        "server_name",
                        "server_header_transformation",
                        "max_request_headers_kb",
                        "stream_idle_timeout",
                        "request_timeout",
                        "request_headers_timeout",
                        "drain_timeout",
                        "delayed_close_timeout",
                        "access_log",
                        "use_remote_address",
                        "xff_num_trusted_hops",
                        "skip_xff_append",
                        "via",
                        "generate_request_id",
                        "forward_client_cert_details",
                        "set_current_client_cert_details",
                        "upgrade_configs",
                        "normalize_path",
                        "merge_slashes",
                        "path_with_escaped_slashes_action"));
        RouteSource routes = routes(path, message);
        List<HttpFilterEntry> filters = filters(join(path, "http_filters"), message.getHttpFiltersList());
        HttpTimeouts timeouts = timeouts(path, message);
        Forwarding forwarding = forwarding(path, message);
        PathNormalization paths = new PathNormalization(
                message.getNormalizePath().getValue(), message.getMergeSlashes(), escapedSlashes(path, message));
        HttpLimits limits = limits(path, message);
        if (routes == null) {
            return null;
        }
        return new HttpConnectionManager(
                message.getStatPrefix(),
                codec(path, message),
                routes,
                filters,
                timeouts,
                forwarding,
                paths,
                limits,
                upgrades(path, message),
                new AccessLogParser(reading).parse(join(path, "access_log"), message.getAccessLogList()),
                serverName(path, message),
                !message.hasGenerateRequestId()
                        || message.getGenerateRequestId().getValue());
    }

    private Codec codec(
            String path,
            io.weft.api.wire.envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
                    message) {
        return switch (message.getCodecType()) {
            case AUTO -> Codec.AUTO;
            case HTTP1 -> Codec.HTTP1;
            case HTTP2 -> Codec.HTTP2;
            case HTTP3, UNRECOGNIZED -> {
                reading.error(
                        join(path, "codec_type"), message.getCodecType().toString(), "expected AUTO, HTTP1 or HTTP2");
                yield Codec.AUTO;
            }
        };
    }

    private @Nullable RouteSource routes(
            String path,
            io.weft.api.wire.envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
                    message) {
        return switch (message.getRouteSpecifierCase()) {
            case RDS -> {
                String rdsPath = join(path, "rds");
                if (!message.getRds().getConfigSource().hasAds()) {
                    reading.error(join(rdsPath, "config_source"), "", "expected ads: {}");
                }
                yield new RouteSource.Rds(message.getRds().getRouteConfigName());
            }
            case ROUTE_CONFIG ->
                new RouteSource.Inline(
                        new RouteParser(reading).parse(join(path, "route_config"), message.getRouteConfig()));
            case SCOPED_ROUTES, ROUTESPECIFIER_NOT_SET -> {
                reading.error(path, "", "expected route_config or rds");
                yield null;
            }
        };
    }

    private List<HttpFilterEntry> filters(String path, List<HttpFilter> messages) {
        List<HttpFilterEntry> filters = new ArrayList<>();
        for (int i = 0; i < messages.size(); i++) {
            HttpFilter message = messages.get(i);
            String itemPath = at(path, i);
            if (message.getDisabled()) {
                continue;
            }
            FilterConfig config = filter(itemPath, message);
            if (config != null) {
                filters.add(new HttpFilterEntry(message.getName(), config));
            }
        }
        boolean routerLast = !filters.isEmpty() && filters.getLast().config() instanceof FilterConfig.Router;
        if (!routerLast) {
            reading.error(path, "", "expected the router as the last filter");
        }
        return filters;
    }

    private @Nullable FilterConfig filter(String path, HttpFilter message) {
        String configPath = join(path, "typed_config");
        if (Reading.is(message.getTypedConfig(), Router.getDefaultInstance())) {
            Router router = reading.unpack(configPath, message.getTypedConfig(), Router.getDefaultInstance());
            if (router == null) {
                return null;
            }
            reading.honours(
                    configPath,
                    router,
                    Set.of("suppress_envoy_headers", "dynamic_stats", "respect_expected_rq_timeout"));
            return new FilterConfig.Router(router.getSuppressEnvoyHeaders(), router.getRespectExpectedRqTimeout());
        }
        if (message.getIsOptional()) {
            reading.notHonoured(
                    configPath, message.getTypedConfig().getTypeUrl(), "Weft does not have this optional filter");
            return null;
        }
        // A filter may be what guards the application: passing over it is never safe.
        reading.error(configPath, message.getTypedConfig().getTypeUrl(), "expected a filter that Weft has: Router");
        return null;
    }

    private HttpTimeouts timeouts(
            String path,
            io.weft.api.wire.envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
                    message) {
        String commonPath = join(path, "common_http_protocol_options");
        HttpProtocolOptions common = message.getCommonHttpProtocolOptions();
        reading.honours(
                commonPath,
                common,
                Set.of("idle_timeout", "max_connection_duration", "max_headers_count", "max_requests_per_connection"));
        return new HttpTimeouts(
                reading.millis(
                        join(commonPath, "idle_timeout"),
                        common.hasIdleTimeout(),
                        common.getIdleTimeout(),
                        IDLE_MILLIS),
                reading.millis(
                        join(path, "stream_idle_timeout"),
                        message.hasStreamIdleTimeout(),
                        message.getStreamIdleTimeout(),
                        STREAM_IDLE_MILLIS),
                reading.millis(
                        join(path, "request_timeout"), message.hasRequestTimeout(), message.getRequestTimeout(), 0),
                reading.millis(
                        join(path, "request_headers_timeout"),
                        message.hasRequestHeadersTimeout(),
                        message.getRequestHeadersTimeout(),
                        0),
                reading.millis(
                        join(commonPath, "max_connection_duration"),
                        common.hasMaxConnectionDuration(),
                        common.getMaxConnectionDuration(),
                        0),
                reading.millis(
                        join(path, "drain_timeout"),
                        message.hasDrainTimeout(),
                        message.getDrainTimeout(),
                        DRAIN_MILLIS),
                reading.millis(
                        join(path, "delayed_close_timeout"),
                        message.hasDelayedCloseTimeout(),
                        message.getDelayedCloseTimeout(),
                        DELAYED_CLOSE_MILLIS));
    }

    private Forwarding forwarding(
            String path,
            io.weft.api.wire.envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
                    message) {
        ClientCertificate certificate = switch (message.getForwardClientCertDetails()) {
            case SANITIZE, UNRECOGNIZED -> ClientCertificate.SANITIZE;
            case FORWARD_ONLY -> ClientCertificate.FORWARD_ONLY;
            case APPEND_FORWARD -> ClientCertificate.APPEND_FORWARD;
            case SANITIZE_SET -> ClientCertificate.SANITIZE_SET;
            case ALWAYS_FORWARD_ONLY -> ClientCertificate.ALWAYS_FORWARD_ONLY;
        };
        var details = message.getSetCurrentClientCertDetails();
        Set<ClientCertificateDetail> wanted = EnumSet.noneOf(ClientCertificateDetail.class);
        addIf(wanted, details.getSubject().getValue(), ClientCertificateDetail.SUBJECT);
        addIf(wanted, details.getCert(), ClientCertificateDetail.CERT);
        addIf(wanted, details.getChain(), ClientCertificateDetail.CHAIN);
        addIf(wanted, details.getDns(), ClientCertificateDetail.DNS);
        addIf(wanted, details.getUri(), ClientCertificateDetail.URI);
        return new Forwarding(
                message.getUseRemoteAddress().getValue(),
                reading.number(join(path, "xff_num_trusted_hops"), true, message.getXffNumTrustedHops(), 0, 100, 0),
                !message.getSkipXffAppend(),
                certificate,
                wanted,
                message.getVia());
    }

    private static void addIf(Set<ClientCertificateDetail> wanted, boolean condition, ClientCertificateDetail detail) {
        if (condition) {
            wanted.add(detail);
        }
    }

    private EscapedSlashes escapedSlashes(
            String path,
            io.weft.api.wire.envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
                    message) {
        return switch (message.getPathWithEscapedSlashesAction()) {
            case IMPLEMENTATION_SPECIFIC_DEFAULT, KEEP_UNCHANGED -> EscapedSlashes.KEEP;
            case REJECT_REQUEST -> EscapedSlashes.REJECT;
            case UNESCAPE_AND_REDIRECT -> EscapedSlashes.UNESCAPE_AND_REDIRECT;
            case UNESCAPE_AND_FORWARD -> EscapedSlashes.UNESCAPE_AND_FORWARD;
            case UNRECOGNIZED -> {
                reading.error(join(path, "path_with_escaped_slashes_action"), "", "expected a known action");
                yield EscapedSlashes.REJECT;
            }
        };
    }

    private HttpLimits limits(
            String path,
            io.weft.api.wire.envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
                    message) {
        HttpProtocolOptions common = message.getCommonHttpProtocolOptions();
        String commonPath = join(path, "common_http_protocol_options");
        Http1ProtocolOptions http1 = message.getHttpProtocolOptions();
        reading.honours(
                join(path, "http_protocol_options"),
                http1,
                Set.of("allow_absolute_url", "accept_http_10", "enable_trailers"));
        Http2ProtocolOptions http2 = message.getHttp2ProtocolOptions();
        String http2Path = join(path, "http2_protocol_options");
        reading.honours(
                http2Path,
                http2,
                Set.of(
                        "max_concurrent_streams",
                        "initial_stream_window_size",
                        "initial_connection_window_size",
                        "allow_connect"));
        int headKib = reading.number(
                join(path, "max_request_headers_kb"),
                message.hasMaxRequestHeadersKb(),
                Integer.toUnsignedLong(message.getMaxRequestHeadersKb().getValue()),
                1,
                8192,
                HEAD_KIB);
        return new HttpLimits(
                headKib * 1024,
                reading.number(
                        join(commonPath, "max_headers_count"),
                        common.hasMaxHeadersCount(),
                        Integer.toUnsignedLong(common.getMaxHeadersCount().getValue()),
                        1,
                        10_000,
                        HEADERS),
                reading.number(
                        join(http2Path, "max_concurrent_streams"),
                        http2.hasMaxConcurrentStreams(),
                        Integer.toUnsignedLong(http2.getMaxConcurrentStreams().getValue()),
                        1,
                        Integer.MAX_VALUE,
                        STREAMS),
                window(
                        join(http2Path, "initial_stream_window_size"),
                        http2.hasInitialStreamWindowSize(),
                        http2.getInitialStreamWindowSize().getValue(),
                        STREAM_WINDOW_BYTES),
                window(
                        join(http2Path, "initial_connection_window_size"),
                        http2.hasInitialConnectionWindowSize(),
                        http2.getInitialConnectionWindowSize().getValue(),
                        CONNECTION_WINDOW_BYTES),
                reading.number(
                        join(commonPath, "max_requests_per_connection"),
                        common.hasMaxRequestsPerConnection(),
                        Integer.toUnsignedLong(
                                common.getMaxRequestsPerConnection().getValue()),
                        0,
                        Integer.MAX_VALUE,
                        0),
                http1.getAcceptHttp10(),
                !http1.hasAllowAbsoluteUrl() || http1.getAllowAbsoluteUrl().getValue());
    }

    private int window(String path, boolean present, int bytes, int absent) {
        return reading.number(
                path, present, Integer.toUnsignedLong(bytes), LEAST_WINDOW_BYTES, Integer.MAX_VALUE, absent);
    }

    private Set<String> upgrades(
            String path,
            io.weft.api.wire.envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
                    message) {
        Set<String> upgrades = new HashSet<>();
        for (int i = 0; i < message.getUpgradeConfigsCount(); i++) {
            var upgrade = message.getUpgradeConfigs(i);
            reading.honours(at(join(path, "upgrade_configs"), i), upgrade, Set.of("upgrade_type", "enabled"));
            if (!upgrade.hasEnabled() || upgrade.getEnabled().getValue()) {
                upgrades.add(upgrade.getUpgradeType().toLowerCase(Locale.ROOT));
            }
        }
        return upgrades;
    }

    private String serverName(
            String path,
            io.weft.api.wire.envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
                    message) {
        String name = message.getServerName().isEmpty() ? "envoy" : message.getServerName();
        return switch (message.getServerHeaderTransformation()) {
            case OVERWRITE -> name;
            case PASS_THROUGH -> "";
            case APPEND_IF_ABSENT, UNRECOGNIZED -> {
                reading.notHonoured(
                        join(path, "server_header_transformation"),
                        message.getServerHeaderTransformation().toString(),
                        "expected OVERWRITE or PASS_THROUGH");
                yield name;
            }
        };
    }
}
