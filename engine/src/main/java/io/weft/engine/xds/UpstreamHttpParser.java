package io.weft.engine.xds;

import static io.weft.engine.xds.Reading.join;

import io.weft.api.wire.envoy.config.cluster.v3.Cluster;
import io.weft.api.wire.envoy.config.core.v3.Http2ProtocolOptions;
import io.weft.api.wire.envoy.extensions.upstreams.http.v3.HttpProtocolOptions;
import io.weft.api.wire.google.protobuf.Any;
import io.weft.engine.config.Cluster.HttpVersion;
import io.weft.engine.config.Cluster.UpstreamHttp;
import java.util.Map;
import java.util.Set;

/** Reads how HTTP is spoken with a cluster's endpoints. */
final class UpstreamHttpParser {
    private static final String KEY = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions";

    // Envoy's defaults of absent fields; windows as for listeners.
    private static final long IDLE_MILLIS = 3_600_000;
    /** More requests at once go over more connections: one would be one queue of bytes, and all of what an endpoint grants a connection. */
    private static final int STREAMS = 100;

    private final Reading reading;

    UpstreamHttpParser(Reading reading) {
        this.reading = reading;
    }

    // The deprecated places of these options are still what most configurations in the field use.
    @SuppressWarnings("deprecation")
    UpstreamHttp parse(Cluster message) {
        for (Map.Entry<String, Any> entry :
                message.getTypedExtensionProtocolOptionsMap().entrySet()) {
            String path = "typed_extension_protocol_options[\"" + entry.getKey() + "\"]";
            if (!entry.getKey().equals(KEY)) {
                reading.notHonoured(path, entry.getKey(), "expected " + KEY);
                continue;
            }
            HttpProtocolOptions options =
                    reading.unpack(path, entry.getValue(), HttpProtocolOptions.getDefaultInstance());
            if (options != null) {
                return parse(path, options);
            }
        }
        int requests = Integer.max(0, message.getMaxRequestsPerConnection().getValue());
        if (message.hasHttp2ProtocolOptions()) {
            return http2(
                    "http2_protocol_options",
                    HttpVersion.HTTP2,
                    message.getHttp2ProtocolOptions(),
                    IDLE_MILLIS,
                    requests);
        }
        return http2("", HttpVersion.HTTP1, Http2ProtocolOptions.getDefaultInstance(), IDLE_MILLIS, requests);
    }

    private UpstreamHttp parse(String path, HttpProtocolOptions options) {
        reading.honours(
                path,
                options,
                Set.of(
                        "common_http_protocol_options",
                        "explicit_http_config",
                        "use_downstream_protocol_config",
                        "auto_config"));
        var common = options.getCommonHttpProtocolOptions();
        String commonPath = join(path, "common_http_protocol_options");
        reading.honours(commonPath, common, Set.of("idle_timeout", "max_requests_per_connection"));
        long idle = reading.millis(
                join(commonPath, "idle_timeout"), common.hasIdleTimeout(), common.getIdleTimeout(), IDLE_MILLIS);
        int requests = Integer.max(0, common.getMaxRequestsPerConnection().getValue());
        return switch (options.getUpstreamProtocolOptionsCase()) {
            case EXPLICIT_HTTP_CONFIG -> {
                var explicit = options.getExplicitHttpConfig();
                String explicitPath = join(path, "explicit_http_config");
                reading.honours(explicitPath, explicit, Set.of("http_protocol_options", "http2_protocol_options"));
                yield explicit.hasHttp2ProtocolOptions()
                        ? http2(
                                join(explicitPath, "http2_protocol_options"),
                                HttpVersion.HTTP2,
                                explicit.getHttp2ProtocolOptions(),
                                idle,
                                requests)
                        : http2("", HttpVersion.HTTP1, Http2ProtocolOptions.getDefaultInstance(), idle, requests);
            }
            case USE_DOWNSTREAM_PROTOCOL_CONFIG ->
                http2(
                        join(path, "use_downstream_protocol_config.http2_protocol_options"),
                        HttpVersion.AS_DOWNSTREAM,
                        options.getUseDownstreamProtocolConfig().getHttp2ProtocolOptions(),
                        idle,
                        requests);
            case AUTO_CONFIG ->
                http2(
                        join(path, "auto_config.http2_protocol_options"),
                        HttpVersion.BY_ALPN,
                        options.getAutoConfig().getHttp2ProtocolOptions(),
                        idle,
                        requests);
            case UPSTREAMPROTOCOLOPTIONS_NOT_SET -> {
                reading.error(path, "", "expected explicit_http_config, use_downstream_protocol_config or auto_config");
                yield http2("", HttpVersion.HTTP1, Http2ProtocolOptions.getDefaultInstance(), idle, requests);
            }
        };
    }

    private UpstreamHttp http2(
            String path, HttpVersion version, Http2ProtocolOptions options, long idleMillis, int maxRequests) {
        reading.honours(
                path,
                options,
                Set.of("max_concurrent_streams", "initial_stream_window_size", "initial_connection_window_size"));
        return new UpstreamHttp(
                version,
                idleMillis,
                maxRequests,
                reading.number(
                        join(path, "max_concurrent_streams"),
                        options.hasMaxConcurrentStreams(),
                        Integer.toUnsignedLong(options.getMaxConcurrentStreams().getValue()),
                        1,
                        Integer.MAX_VALUE,
                        STREAMS),
                window(
                        join(path, "initial_stream_window_size"),
                        options.hasInitialStreamWindowSize(),
                        options.getInitialStreamWindowSize().getValue(),
                        HttpConnectionManagerParser.STREAM_WINDOW_BYTES),
                window(
                        join(path, "initial_connection_window_size"),
                        options.hasInitialConnectionWindowSize(),
                        options.getInitialConnectionWindowSize().getValue(),
                        HttpConnectionManagerParser.CONNECTION_WINDOW_BYTES));
    }

    private int window(String path, boolean present, int bytes, int absent) {
        return reading.number(path, present, Integer.toUnsignedLong(bytes), 65_535, Integer.MAX_VALUE, absent);
    }
}
