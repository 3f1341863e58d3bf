package io.weft.proxy.tcp;

import io.weft.proxy.error.ProxyError;
import io.weft.proxy.error.ResponseFlag;
import io.weft.proxy.http.Downstream;
import io.weft.proxy.http.Edges;
import io.weft.proxy.telemetry.Metrics;
import io.weft.proxy.telemetry.RequestObserver;
import io.weft.proxy.telemetry.RequestRecord;
import io.weft.proxy.upstream.Loop;
import java.net.InetSocketAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Tells of connections whose bytes are carried, not read: in metrics, and in a line each of the access logs. Safe on any thread. */
public final class TcpRecorder {
    private final String listener;
    private final Metrics metrics;
    private final List<RequestObserver> accessLogs;

    /**
     * @param listener its name
     */
    public TcpRecorder(String listener, Metrics metrics, List<? extends RequestObserver> accessLogs) {
        this.listener = listener;
        this.metrics = metrics;
        this.accessLogs = List.copyOf(accessLogs);
    }

    /** A connection that came in; its end or its failure is told once. Confined to its loop. */
    public final class Connection implements TcpRelay.Listener {
        private final Loop loop;
        private final Edges edges;
        private final long startNanos;
        private final RequestRecord record = new RequestRecord();
        private Metrics.@Nullable Carried carried;

        private Connection(Loop loop, Edges edges, Downstream downstream) {
            this.loop = loop;
            this.edges = edges;
            this.startNanos = loop.nowNanos();
            record.startEpochMillis = System.currentTimeMillis();
            record.protocol = "TCP";
            record.listener = listener;
            record.downstreamRemote = text(downstream.remote());
            record.downstreamLocal = text(downstream.local());
            record.peerUris = downstream.peerUris();
            if (downstream.tls() != null) {
                record.serverName = downstream.tls().serverName();
                record.tls = downstream.tls().terms();
            }
        }

        /** There is an endpoint, and bytes move. */
        public void connected(TcpConnected endpoint) {
            record.cluster = endpoint.cluster().config().name();
            record.upstreamHost = endpoint.host().toString();
            record.upstreamTls = endpoint.security().terms();
            record.edge = edges.edge(null, endpoint.cluster().config(), endpoint.host(), endpoint.security(), "tcp");
            carried = metrics.connectionOpened(loop.index(), record.edge);
        }

        @Override
        public void onMoved(long sentBytes, long receivedBytes) {
            if (carried != null) {
                carried.moved(sentBytes, receivedBytes);
            }
        }

        /** What {@link #connected} began is over. */
        @Override
        public void onEnd(long sentBytes, long receivedBytes, String reason) {
            record.requestBytes = sentBytes;
            record.responseBytes = receivedBytes;
            record.details = reason;
            if (reason.equals(TcpRelay.IDLE)) {
                record.flag(ResponseFlag.SI);
            }
            if (carried != null) {
                carried.closed();
            }
            tell();
        }

        /** There is no endpoint. */
        public void failed(ProxyError error) {
            record.flag(error.flag());
            record.details = error.sentence();
            record.transportFailure = error.transportFailure();
            tell();
        }

        private void tell() {
            record.durationNanos = loop.nowNanos() - startNanos;
            for (RequestObserver observer : accessLogs) {
                observer.onComplete(loop.index(), record);
            }
        }
    }

    public Connection begin(Loop loop, Downstream downstream, Edges edges) {
        return new Connection(loop, edges, downstream);
    }

    private static String text(@Nullable InetSocketAddress address) {
        if (address == null) {
            return "";
        }
        return address.getAddress() == null
                ? address.toString()
                : address.getAddress().getHostAddress() + ":" + address.getPort();
    }
}
