package io.weft.proxy.listener;

import io.weft.engine.config.FilterChain;
import io.weft.engine.config.HttpConnectionManager;
import io.weft.engine.config.TcpProxy;
import io.weft.proxy.codec.CodecLimits;
import io.weft.proxy.http.HttpRequests;
import io.weft.proxy.tcp.TcpRecorder;
import io.weft.proxy.tls.ServedContext;
import org.jspecify.annotations.Nullable;

/**
 * A filter chain made ready.
 *
 * @param config what it says
 * @param tls null: plain text
 * @param service what reads its bytes
 */
record ServedChain(FilterChain config, @Nullable ServedContext tls, Service service) {
    /** What reads a connection's bytes. */
    sealed interface Service {
        /** HTTP. */
        record Http(HttpConnectionManager config, HttpRequests requests, CodecLimits limits) implements Service {}

        /** Bytes. */
        record Tcp(TcpProxy config, TcpRecorder recorder) implements Service {}
    }

    void close() {
        if (tls != null) {
            tls.close();
        }
    }
}
