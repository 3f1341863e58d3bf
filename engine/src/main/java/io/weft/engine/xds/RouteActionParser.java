package io.weft.engine.xds;

import static io.weft.engine.xds.Reading.at;
import static io.weft.engine.xds.Reading.join;

import io.weft.api.wire.envoy.config.route.v3.DirectResponseAction;
import io.weft.api.wire.envoy.config.route.v3.RedirectAction;
import io.weft.api.wire.envoy.config.route.v3.WeightedCluster;
import io.weft.api.wire.envoy.type.matcher.v3.RegexMatchAndSubstitute;
import io.weft.engine.config.ClusterSpecifier;
import io.weft.engine.config.RetryPolicy;
import io.weft.engine.config.RetryPolicy.On;
import io.weft.engine.config.RouteAction;
import io.weft.engine.config.RouteAction.HostRewrite;
import io.weft.engine.config.RouteAction.PathRewrite;
import io.weft.engine.config.RouteAction.RouteTimeouts;
import io.weft.engine.config.WeftMetadata;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads what happens to requests that matched. */
final class RouteActionParser {
    /** Envoy's default of {@code timeout}. */
    private static final long DEFAULT_TIMEOUT_MILLIS = 15_000;

    private static final long DEFAULT_BACKOFF_BASE_MILLIS = 25;
    private static final int BACKOFF_FACTOR = 10;
    private static final int MAX_RETRIES = 100;

    private final Reading reading;
    private final HeaderMutationParser mutations;

    RouteActionParser(Reading reading) {
        this.reading = reading;
        this.mutations = new HeaderMutationParser(reading);
    }

    RouteAction.@Nullable Forward forward(
            String path, io.weft.api.wire.envoy.config.route.v3.RouteAction message, WeftMetadata weft) {
        reading.honours(
                path,
                message,
                Set.of(
                        "cluster",
                        "weighted_clusters",
                        "cluster_header",
                        "timeout",
                        "idle_timeout",
                        "max_stream_duration",
                        "host_rewrite_literal",
                        "auto_host_rewrite",
                        "prefix_rewrite",
                        "regex_rewrite",
                        "retry_policy",
                        "upgrade_configs",
                        "cluster_not_found_response_code"));
        ClusterSpecifier cluster = cluster(path, message);
        if (cluster == null) {
            return null;
        }
        return new RouteAction.Forward(
                cluster,
                timeouts(path, message, weft),
                hostRewrite(message),
                pathRewrite(path, message),
                retry(join(path, "retry_policy"), message.hasRetryPolicy(), message.getRetryPolicy(), weft),
                upgrades(path, message),
                clusterNotFoundStatus(path, message));
    }

    private int clusterNotFoundStatus(String path, io.weft.api.wire.envoy.config.route.v3.RouteAction message) {
        return switch (message.getClusterNotFoundResponseCode()) {
            case SERVICE_UNAVAILABLE -> 503;
            case NOT_FOUND -> 404;
            case INTERNAL_SERVER_ERROR -> 500;
            case UNRECOGNIZED -> {
                reading.error(
                        join(path, "cluster_not_found_response_code"), "", "expected 404, 500 or 503 by its name");
                yield 503;
            }
        };
    }

    private @Nullable ClusterSpecifier cluster(
            String path, io.weft.api.wire.envoy.config.route.v3.RouteAction message) {
        return switch (message.getClusterSpecifierCase()) {
            case CLUSTER -> new ClusterSpecifier.Single(message.getCluster());
            case CLUSTER_HEADER ->
                new ClusterSpecifier.FromHeader(message.getClusterHeader().toLowerCase(Locale.ROOT));
            case WEIGHTED_CLUSTERS -> weighted(join(path, "weighted_clusters"), message.getWeightedClusters());
            case CLUSTER_SPECIFIER_PLUGIN, INLINE_CLUSTER_SPECIFIER_PLUGIN, CLUSTERSPECIFIER_NOT_SET -> {
                reading.error(
                        path,
                        message.getClusterSpecifierCase().toString().toLowerCase(Locale.ROOT),
                        "expected cluster, weighted_clusters or cluster_header");
                yield null;
            }
        };
    }

    private @Nullable ClusterSpecifier weighted(String path, WeightedCluster message) {
        reading.honours(path, message, Set.of("clusters", "total_weight"));
        List<ClusterSpecifier.WeightedCluster> clusters = new ArrayList<>();
        for (int i = 0; i < message.getClustersCount(); i++) {
            String itemPath = at(join(path, "clusters"), i);
            WeightedCluster.ClusterWeight item = message.getClusters(i);
            reading.honours(
                    itemPath,
                    item,
                    Set.of(
                            "name",
                            "weight",
                            "request_headers_to_add",
                            "request_headers_to_remove",
                            "response_headers_to_add",
                            "response_headers_to_remove"));
            if (item.getName().isEmpty()) {
                reading.error(join(itemPath, "name"), "", "expected a cluster's name");
            }
            clusters.add(new ClusterSpecifier.WeightedCluster(
                    item.getName(),
                    Integer.toUnsignedLong(item.getWeight().getValue()),
                    mutations.parse(
                            itemPath,
                            "request",
                            item.getRequestHeadersToAddList(),
                            item.getRequestHeadersToRemoveList()),
                    mutations.parse(
                            itemPath,
                            "response",
                            item.getResponseHeadersToAddList(),
                            item.getResponseHeadersToRemoveList())));
        }
        return reading.build(path, () -> new ClusterSpecifier.Weighted(clusters));
    }

    private RouteTimeouts timeouts(
            String path, io.weft.api.wire.envoy.config.route.v3.RouteAction message, WeftMetadata weft) {
        String streamPath = join(path, "max_stream_duration");
        var stream = message.getMaxStreamDuration();
        reading.honours(streamPath, stream, Set.of("max_stream_duration", "grpc_timeout_header_max"));
        return new RouteTimeouts(
                reading.millis(
                        join(path, "timeout"), message.hasTimeout(), message.getTimeout(), DEFAULT_TIMEOUT_MILLIS),
                weftMillis(path, weft),
                reading.millis(join(path, "idle_timeout"), message.hasIdleTimeout(), message.getIdleTimeout(), -1),
                reading.millis(
                        join(streamPath, "max_stream_duration"),
                        stream.hasMaxStreamDuration(),
                        stream.getMaxStreamDuration(),
                        0),
                stream.hasGrpcTimeoutHeaderMax());
    }

    private long weftMillis(String path, WeftMetadata weft) {
        String text = weft.get(WeftMetadata.RESPONSE_HEAD_TIMEOUT_MILLIS);
        if (text.isEmpty()) {
            return 0;
        }
        try {
            return Math.max(0, Long.parseLong(text));
        } catch (NumberFormatException e) {
            reading.error(path, text, "expected " + WeftMetadata.RESPONSE_HEAD_TIMEOUT_MILLIS + " to be a number");
            return 0;
        }
    }

    private static HostRewrite hostRewrite(io.weft.api.wire.envoy.config.route.v3.RouteAction message) {
        return switch (message.getHostRewriteSpecifierCase()) {
            case HOST_REWRITE_LITERAL -> new HostRewrite.Literal(message.getHostRewriteLiteral());
            case AUTO_HOST_REWRITE ->
                message.getAutoHostRewrite().getValue() ? new HostRewrite.Endpoint() : new HostRewrite.Keep();
            // The other forms are reported as not honoured above.
            case HOST_REWRITE_HEADER, HOST_REWRITE_PATH_REGEX, HOSTREWRITESPECIFIER_NOT_SET -> new HostRewrite.Keep();
        };
    }

    private PathRewrite pathRewrite(String path, io.weft.api.wire.envoy.config.route.v3.RouteAction message) {
        if (!message.getPrefixRewrite().isEmpty() && message.hasRegexRewrite()) {
            reading.error(join(path, "regex_rewrite"), "", "expected prefix_rewrite or regex_rewrite, not both");
        }
        if (!message.getPrefixRewrite().isEmpty()) {
            return new PathRewrite.Prefix(message.getPrefixRewrite());
        }
        return message.hasRegexRewrite()
                ? regexRewrite(join(path, "regex_rewrite"), message.getRegexRewrite())
                : new PathRewrite.Keep();
    }

    private PathRewrite regexRewrite(String path, RegexMatchAndSubstitute message) {
        String pattern =
                reading.regex(join(path, "pattern.regex"), message.getPattern().getRegex());
        return new PathRewrite.Regex(pattern, message.getSubstitution());
    }

    private Set<String> upgrades(String path, io.weft.api.wire.envoy.config.route.v3.RouteAction message) {
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

    /** Null where there is none. */
    @Nullable
    RetryPolicy retry(
            String path,
            boolean present,
            io.weft.api.wire.envoy.config.route.v3.RetryPolicy message,
            WeftMetadata weft) {
        boolean idempotentOnly = Boolean.parseBoolean(weft.get(WeftMetadata.RETRY_IDEMPOTENT_ONLY));
        if (!present) {
            return idempotentOnly ? RetryPolicy.LOST_CONNECTIONS_ONLY : null;
        }
        reading.honours(
                path,
                message,
                Set.of(
                        "retry_on",
                        "num_retries",
                        "per_try_timeout",
                        "retry_host_predicate",
                        "host_selection_retry_max_attempts",
                        "retriable_status_codes",
                        "retry_back_off"));
        boolean previousHosts = false;
        for (int i = 0; i < message.getRetryHostPredicateCount(); i++) {
            String name = message.getRetryHostPredicate(i).getName();
            if (name.equals("envoy.retry_host_predicates.previous_hosts")) {
                previousHosts = true;
            } else {
                reading.notHonoured(
                        join(at(join(path, "retry_host_predicate"), i), "name"),
                        name,
                        "expected envoy.retry_host_predicates.previous_hosts");
            }
        }
        long base = reading.positiveMillis(
                join(path, "retry_back_off.base_interval"),
                message.getRetryBackOff().hasBaseInterval(),
                message.getRetryBackOff().getBaseInterval(),
                DEFAULT_BACKOFF_BASE_MILLIS);
        long max = reading.positiveMillis(
                join(path, "retry_back_off.max_interval"),
                message.getRetryBackOff().hasMaxInterval(),
                message.getRetryBackOff().getMaxInterval(),
                base * BACKOFF_FACTOR);
        return new RetryPolicy(
                conditions(join(path, "retry_on"), message.getRetryOn()),
                Set.copyOf(message.getRetriableStatusCodesList()),
                reading.number(
                        join(path, "num_retries"),
                        message.hasNumRetries(),
                        Integer.toUnsignedLong(message.getNumRetries().getValue()),
                        0,
                        MAX_RETRIES,
                        1),
                reading.millis(
                        join(path, "per_try_timeout"), message.hasPerTryTimeout(), message.getPerTryTimeout(), 0),
                previousHosts,
                idempotentOnly,
                base,
                max);
    }

    private Set<On> conditions(String path, String retryOn) {
        Set<On> conditions = EnumSet.noneOf(On.class);
        for (String name : retryOn.split(",", -1)) {
            switch (name.strip()) {
                case "" -> {}
                case "5xx" -> conditions.add(On.SERVER_ERROR_5XX);
                case "gateway-error" -> conditions.add(On.GATEWAY_ERROR);
                case "reset" -> conditions.add(On.RESET);
                case "reset-before-request" -> conditions.add(On.RESET_BEFORE_REQUEST);
                case "connect-failure" -> conditions.add(On.CONNECT_FAILURE);
                case "refused-stream" -> conditions.add(On.REFUSED_STREAM);
                case "retriable-4xx" -> conditions.add(On.RETRIABLE_4XX);
                case "retriable-status-codes" -> conditions.add(On.RETRIABLE_STATUS_CODES);
                case "cancelled" -> conditions.add(On.GRPC_CANCELLED);
                case "deadline-exceeded" -> conditions.add(On.GRPC_DEADLINE_EXCEEDED);
                case "internal" -> conditions.add(On.GRPC_INTERNAL);
                case "resource-exhausted" -> conditions.add(On.GRPC_RESOURCE_EXHAUSTED);
                case "unavailable" -> conditions.add(On.GRPC_UNAVAILABLE);
                default -> reading.notHonoured(path, name.strip(), "expected a condition that Weft knows");
            }
        }
        return conditions;
    }

    RouteAction redirect(String path, RedirectAction message) {
        reading.honours(
                path,
                message,
                Set.of(
                        "https_redirect",
                        "scheme_redirect",
                        "host_redirect",
                        "port_redirect",
                        "path_redirect",
                        "prefix_rewrite",
                        "regex_rewrite",
                        "response_code",
                        "strip_query"));
        String scheme = switch (message.getSchemeRewriteSpecifierCase()) {
            case HTTPS_REDIRECT -> message.getHttpsRedirect() ? "https" : "";
            case SCHEME_REDIRECT -> message.getSchemeRedirect();
            case SCHEMEREWRITESPECIFIER_NOT_SET -> "";
        };
        PathRewrite rewrite = switch (message.getPathRewriteSpecifierCase()) {
            case PATH_REDIRECT -> new PathRewrite.Full(message.getPathRedirect());
            case PREFIX_REWRITE -> new PathRewrite.Prefix(message.getPrefixRewrite());
            case REGEX_REWRITE -> regexRewrite(join(path, "regex_rewrite"), message.getRegexRewrite());
            case PATHREWRITESPECIFIER_NOT_SET -> new PathRewrite.Keep();
        };
        int status = switch (message.getResponseCode()) {
            case MOVED_PERMANENTLY -> 301;
            case FOUND -> 302;
            case SEE_OTHER -> 303;
            case TEMPORARY_REDIRECT -> 307;
            case PERMANENT_REDIRECT -> 308;
            case UNRECOGNIZED -> {
                reading.error(join(path, "response_code"), "", "expected a known redirect");
                yield 301;
            }
        };
        return new RouteAction.Redirect(
                scheme, message.getHostRedirect(), message.getPortRedirect(), rewrite, message.getStripQuery(), status);
    }

    @Nullable
    RouteAction directResponse(String path, DirectResponseAction message) {
        if (message.hasBody()
                && !message.getBody().hasInlineString()
                && !message.getBody().hasInlineBytes()) {
            reading.error(join(path, "body"), "", "expected inline_string or inline_bytes");
        }
        String body = message.getBody().hasInlineBytes()
                ? message.getBody().getInlineBytes().toStringUtf8()
                : message.getBody().getInlineString();
        return reading.build(path, () -> new RouteAction.DirectResponse(message.getStatus(), body));
    }
}
