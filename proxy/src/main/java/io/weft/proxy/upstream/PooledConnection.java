package io.weft.proxy.upstream;

import io.weft.proxy.codec.ClientConnection;
import io.weft.proxy.codec.ClientStream;
import io.weft.proxy.codec.HttpVersion;
import io.weft.proxy.codec.ResponseListener;
import io.weft.proxy.error.ProxyError;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** A connection in a pool. Confined to its loop. */
final class PooledConnection implements ClientConnection.Listener, Connector.Callback {
    private final HostPool pool;
    private @Nullable ClientConnection connection;
    private Connector.Security security = Connector.Security.PLAIN;
    /** With one second between them. */
    private static final int MAX_SILENCES = 4;

    private int streamsOpened;
    private int silences;
    private boolean draining;
    private boolean closed;
    private long idleSinceNanos;

    PooledConnection(HostPool pool, long nowNanos) {
        this.pool = pool;
        this.idleSinceNanos = nowNanos;
    }

    void connect(Connector connector, Function<ClientConnection.Listener, Connector.Order> order) {
        connector.connect(order.apply(this), this);
    }

    @Override
    public void onConnected(ClientConnection connected, Connector.Security newSecurity) {
        connection = connected;
        security = newSecurity;
        pool.onConnected(this);
    }

    @Override
    public void onFailed(ProxyError.Upstream error) {
        pool.onConnectFailed(error);
    }

    private ClientConnection connection() {
        if (connection == null) {
            throw new IllegalStateException("not connected yet");
        }
        return connection;
    }

    HttpVersion version() {
        return connection().version();
    }

    Connector.Security security() {
        return security;
    }

    /** Whether it served a stream before. */
    boolean isReused() {
        return streamsOpened > 1;
    }

    ClientStream open(ResponseListener listener) {
        streamsOpened++;
        return connection().open(listener);
    }

    boolean hasRoom() {
        int bound = pool.cluster().http().maxConcurrentStreams();
        return !isSpent()
                && connection().availableStreams() > 0
                && (bound <= 0 || connection().activeStreams() < bound);
    }

    /** Those that have not ended. */
    int streams() {
        return connection().activeStreams();
    }

    boolean isUnused() {
        return connection().activeStreams() == 0;
    }

    /** No further stream will be opened. */
    boolean isSpent() {
        int bound = pool.cluster().http().maxRequestsPerConnection();
        return closed || draining || (bound > 0 && streamsOpened >= bound);
    }

    /** Called now and then while streams run: a host that stays silent for some of these calls has vanished. */
    void watchPeer() {
        silences = !isUnused() && connection().isPeerSilent() ? silences + 1 : 0;
        if (silences >= MAX_SILENCES) {
            connection().abandon();
        }
    }

    long idleSinceNanos() {
        return idleSinceNanos;
    }

    void close() {
        if (!closed) {
            connection().close();
        }
    }

    @Override
    public void onStreamEnded(ClientConnection ended) {
        if (!closed) {
            idleSinceNanos = pool.nowNanos();
            if (version() != HttpVersion.HTTP_2 && ended.availableStreams() == 0) {
                // An HTTP/1.1 connection that cannot be used again.
                draining = true;
            }
            pool.onStreamEnded(this);
        }
    }

    @Override
    public void onDraining(ClientConnection ended) {
        if (!closed && !draining) {
            draining = true;
            pool.onDraining(this);
        }
    }

    @Override
    public void onClosed(ClientConnection ended, @Nullable Throwable cause) {
        if (!closed) {
            closed = true;
            pool.onClosed(this);
        }
    }
}
