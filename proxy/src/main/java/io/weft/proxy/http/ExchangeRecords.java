package io.weft.proxy.http;

import io.weft.proxy.codec.RequestHead;
import io.weft.proxy.codec.ServerConnection;
import io.weft.proxy.codec.ServerStream;
import io.weft.proxy.telemetry.RequestRecord;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/** Fills the records of one connection's requests; what they have in common is made once. */
final class ExchangeRecords {
    private final String listener;
    private final String remote;
    private final String local;
    private final String peerUris;
    private final Downstream.@Nullable Tls tls;

    ExchangeRecords(String listener, Downstream downstream) {
        this.listener = listener;
        this.remote = text(downstream.remote());
        this.local = text(downstream.local());
        this.peerUris = downstream.peerUris();
        this.tls = downstream.tls();
    }

    void begin(RequestRecord record, ServerStream stream, RequestHead head) {
        beginRefused(record, stream.connection());
        record.method = head.method();
        record.scheme = head.scheme();
        record.authority = head.authority();
        record.path = head.path();
        record.trace(head.headers().text("traceparent"));
    }

    /** What is known where the codec refused the head. */
    void beginRefused(RequestRecord record, ServerConnection connection) {
        record.startEpochMillis = System.currentTimeMillis();
        record.protocol = connection.version().toString();
        record.listener = listener;
        record.downstreamRemote = remote;
        record.downstreamLocal = local;
        if (tls != null) {
            record.serverName = tls.serverName();
            record.tls = tls.terms();
        }
        record.peerUris = peerUris;
    }

    private static String text(InetSocketAddress address) {
        return address.getAddress() == null
                ? address.toString()
                : address.getAddress().getHostAddress() + ":" + address.getPort();
    }
}
