package io.weft.proxy.http;

import io.weft.engine.config.Listener;
import io.weft.engine.config.WeftMetadata;
import io.weft.engine.route.RouteTable;
import io.weft.proxy.codec.HttpVersion;
import io.weft.proxy.codec.RequestHead;
import io.weft.proxy.codec.ServerStream;
import io.weft.proxy.telemetry.Edge;
import io.weft.proxy.telemetry.RequestRecord;
import io.weft.proxy.telemetry.TraceContext;
import io.weft.proxy.upstream.Attempt;
import io.weft.proxy.workload.LocalWorkload;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/** Fills records of requests from what an exchange knows. */
final class ExchangeRecords {
    private ExchangeRecords() {}

    static void begin(
            RequestRecord record, HttpRequests owner, Downstream downstream, ServerStream stream, RequestHead head) {
        record.startEpochMillis = System.currentTimeMillis();
        record.method = head.method();
        record.scheme = head.scheme();
        record.authority = head.authority();
        record.path = head.path();
        record.protocol = stream.connection().version().toString();
        record.listener = owner.listener();
        record.downstreamRemote = text(downstream.remote());
        record.downstreamLocal = text(downstream.local());
        if (downstream.tls() != null) {
            record.serverName = downstream.tls().serverName();
            record.tlsVersion = downstream.tls().version();
        }
        record.peerPrincipal = downstream.principal();
        record.traceId = TraceContext.traceId(head.headers().get("traceparent"));
    }

    static RequestRecord.HeaderSource headersOf(RequestHead head) {
        return name -> switch (name) {
            case ":method" -> head.method();
            case ":authority", "host" -> head.authority();
            case ":path" -> head.path();
            case ":scheme" -> head.scheme();
            default -> head.headers().joined(name);
        };
    }

    private static String text(InetSocketAddress address) {
        return address.getAddress() == null
                ? address.toString()
                : address.getAddress().getHostAddress() + ":" + address.getPort();
    }

    static void finish(
            RequestRecord record,
            HttpRequests owner,
            Downstream downstream,
            @Nullable Attempt attempt,
            RouteTable.@Nullable Match match) {
        String protocol =
                record.grpc ? "grpc" : record.protocol.equals(HttpVersion.HTTP_2.toString()) ? "http2" : "http";
        record.edge = owner.direction() == Listener.Direction.INBOUND
                ? inbound(owner.workload(), downstream, attempt, protocol)
                : outbound(owner.workload(), attempt, match, protocol);
    }

    /** As the destination sees it: who the peer proved to be, to this workload. */
    private static Edge inbound(
            LocalWorkload workload, Downstream downstream, @Nullable Attempt attempt, String protocol) {
        Downstream.Peer peer =
                downstream.tls() == null ? null : downstream.tls().peer();
        String principal = peer == null ? "" : peer.principal();
        WeftMetadata cluster =
                attempt == null ? WeftMetadata.NONE : attempt.cluster().config().weft();
        return new Edge(
                "destination",
                part(principal, "/ns/"),
                part(principal, "/sa/"),
                principal,
                workload.namespace(),
                cluster.get("service"),
                workload.name(),
                workload.principal(),
                workload.labels().getOrDefault("version", ""),
                protocol,
                peer != null);
    }

    /** As the source sees it: this workload, to the endpoint that was picked. */
    private static Edge outbound(
            LocalWorkload workload, @Nullable Attempt attempt, RouteTable.@Nullable Match match, String protocol) {
        WeftMetadata host =
                match == null ? WeftMetadata.NONE : match.virtualHost().weft();
        WeftMetadata cluster =
                attempt == null ? WeftMetadata.NONE : attempt.cluster().config().weft();
        WeftMetadata endpoint =
                attempt == null ? WeftMetadata.NONE : attempt.host().endpoint().weft();
        String peer = attempt == null ? "" : attempt.security().peerPrincipal();
        return new Edge(
                "source",
                workload.namespace(),
                workload.name(),
                workload.principal(),
                first(endpoint.get("namespace"), cluster.get("namespace"), host.get("namespace")),
                first(cluster.get("service"), host.get("service"), ""),
                endpoint.get("workload"),
                peer,
                endpoint.get("version"),
                protocol,
                attempt != null && attempt.security().mutual());
    }

    private static String first(String a, String b, String c) {
        return !a.isEmpty() ? a : !b.isEmpty() ? b : c;
    }

    /** The path segment that follows {@code marker} in a SPIFFE ID. */
    private static String part(String principal, String marker) {
        int start = principal.indexOf(marker);
        if (start < 0) {
            return "";
        }
        start += marker.length();
        int end = principal.indexOf('/', start);
        return end < 0 ? principal.substring(start) : principal.substring(start, end);
    }
}
