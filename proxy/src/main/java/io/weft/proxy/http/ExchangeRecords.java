package io.weft.proxy.http;

import io.weft.proxy.codec.Headers;
import io.weft.proxy.codec.RequestHead;
import io.weft.proxy.codec.ServerConnection;
import io.weft.proxy.codec.ServerStream;
import io.weft.proxy.telemetry.RequestRecord;
import io.weft.proxy.telemetry.TraceContext;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/** Fills records of requests from what an exchange knows. */
final class ExchangeRecords {
    private ExchangeRecords() {}

    static void begin(
            RequestRecord record, HttpRequests owner, Downstream downstream, ServerStream stream, RequestHead head) {
        beginRefused(record, owner, downstream, stream.connection());
        record.method = head.method();
        record.scheme = head.scheme();
        record.authority = head.authority();
        record.path = head.path();
        record.traceId = TraceContext.traceId(head.headers().get("traceparent"));
    }

    /** What is known where the codec refused the head. */
    static void beginRefused(
            RequestRecord record, HttpRequests owner, Downstream downstream, ServerConnection connection) {
        record.startEpochMillis = System.currentTimeMillis();
        record.protocol = connection.version().toString();
        record.listener = owner.listener();
        record.downstreamRemote = text(downstream.remote());
        record.downstreamLocal = text(downstream.local());
        if (downstream.tls() != null) {
            record.serverName = downstream.tls().serverName();
            record.tls = downstream.tls().terms();
        }
        record.peerUris = downstream.peerUris();
    }

    static RequestRecord.HeaderSource headersOf(RequestHead head) {
        return new OfRequest(head);
    }

    static RequestRecord.HeaderSource headersOf(Headers response) {
        return new OfResponse(response);
    }

    private record OfRequest(RequestHead head) implements RequestRecord.HeaderSource {
        @Override
        public @Nullable String get(String name) {
            return switch (name) {
                case ":method" -> head.method();
                case ":authority", "host" -> head.authority();
                case ":path" -> head.path();
                case ":scheme" -> head.scheme();
                case "user-agent" -> {
                    String first = head.headers().common(name);
                    yield first == null ? null : head.headers().joined(name);
                }
                default -> head.headers().joined(name);
            };
        }

        @Override
        public RequestRecord.HeaderSource lasting() {
            return new OfRequest(head.copy());
        }

        @Override
        public long retainedBytes() {
            return head.headers().retainedBytes();
        }
    }

    private record OfResponse(Headers headers) implements RequestRecord.HeaderSource {
        @Override
        public @Nullable String get(String name) {
            return headers.joined(name);
        }

        @Override
        public RequestRecord.HeaderSource lasting() {
            return new OfResponse(new Headers(headers));
        }

        @Override
        public long retainedBytes() {
            return headers.retainedBytes();
        }
    }

    private static String text(InetSocketAddress address) {
        return address.getAddress() == null
                ? address.toString()
                : address.getAddress().getHostAddress() + ":" + address.getPort();
    }
}
