package io.weft.proxy.listener;

import io.weft.core.watch.Watched;
import io.weft.engine.config.AccessLog;
import io.weft.engine.config.Listener;
import io.weft.engine.snapshot.ConfigSnapshot;
import io.weft.proxy.http.HttpServices;
import io.weft.proxy.tcp.TcpForwarder;
import io.weft.proxy.telemetry.Metrics;
import io.weft.proxy.telemetry.RequestObserver;
import io.weft.proxy.tls.ConfiguredTls;
import io.weft.proxy.transport.EventLoops;
import io.weft.proxy.workload.LocalWorkload;
import java.util.List;
import java.util.function.Function;

/**
 * What listeners need of their process.
 *
 * @param sockets where they listen
 * @param http what requests need
 * @param tls makes contexts
 * @param forwarder connects bytes
 * @param workloads whose traffic a listener carries
 * @param metrics count handshakes and the connections whose bytes are carried
 * @param accessLogs makes what the configuration's access logs hear requests with
 * @param handshakes in whose turn they begin
 * @param unfinished bounds what has not come as far as a request
 */
public record ListenerServices(
        EventLoops sockets,
        HttpServices http,
        ConfiguredTls tls,
        TcpForwarder forwarder,
        Function<Listener, LocalWorkload> workloads,
        Function<List<AccessLog>, List<? extends RequestObserver>> accessLogs,
        Metrics metrics,
        HandshakeLines handshakes,
        UnfinishedSetups<ConnectionSetup> unfinished) {

    public ListenerServices(
            EventLoops sockets,
            HttpServices http,
            ConfiguredTls tls,
            TcpForwarder forwarder,
            Function<Listener, LocalWorkload> workloads,
            Function<List<AccessLog>, List<? extends RequestObserver>> accessLogs,
            Metrics metrics,
            HandshakeLimits limits) {
        this(
                sockets,
                http,
                tls,
                forwarder,
                workloads,
                accessLogs,
                metrics,
                new HandshakeLines(limits, http.loops()),
                new UnfinishedSetups<>(http.loops().all().size(), UnfinishedSetups.MAX));
    }

    Watched<ConfigSnapshot> snapshots() {
        return http.snapshots();
    }
}
