package io.weft.proxy.listener;

import io.netty.channel.Channel;
import io.netty.handler.ssl.SslHandler;
import io.weft.core.identity.TlsRejection;
import io.weft.engine.config.FilterChain;
import io.weft.engine.config.Listener;
import io.weft.proxy.codec.HttpCodec;
import io.weft.proxy.codec.HttpVersion;
import io.weft.proxy.error.ProxyError;
import io.weft.proxy.http.Downstream;
import io.weft.proxy.http.Edges;
import io.weft.proxy.listener.ServedChain.Service;
import io.weft.proxy.tcp.ByteHold;
import io.weft.proxy.tcp.ChannelSide;
import io.weft.proxy.tcp.TcpConnected;
import io.weft.proxy.tcp.TcpForwarder;
import io.weft.proxy.tcp.TcpRecorder;
import io.weft.proxy.tcp.TcpRelay;
import io.weft.proxy.telemetry.Handshakes;
import io.weft.proxy.tls.PeerCertificate;
import io.weft.proxy.tls.ServedContext;
import io.weft.proxy.tls.TlsFailures;
import io.weft.proxy.tls.TlsSession;
import io.weft.proxy.transport.SetupFailures;
import io.weft.proxy.upstream.Loop;
import java.net.InetSocketAddress;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLPeerUnverifiedException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A connection from accept to its first request: first bytes inspected, filter chain matched, handshake, protocol detected, codec installed.
 * On the connection's loop.
 */
final class ConnectionSetup {
    private static final Logger LOG = LoggerFactory.getLogger(ConnectionSetup.class);

    /** Envoy's default of {@code listener_filters_timeout}. */
    private static final long INSPECTION_MILLIS = 15_000;

    private static final long HANDSHAKE_MILLIS = 10_000;

    /** Of a host (RFC 1035, section 2.3.4). */
    private static final int MAX_NAME = 255;

    private final Channel channel;
    private final ActiveListener listener;
    private final Loop loop;
    private ActiveListener.Chains chains;
    private @Nullable ScheduledFuture<?> inspection;
    private HelloInspector.Seen seen = new HelloInspector.Seen(false, new ClientHello("", List.of()));
    private @Nullable HeldHello waits;
    private boolean begun;
    private boolean gaveUp;

    /** What the line of handshakes does with connections. */
    static final HandshakeLine.Turns<ConnectionSetup> TURNS = new HandshakeLine.Turns<>() {
        @Override
        public void begin(ConnectionSetup setup) {
            setup.begun = true;
            HeldHello held = setup.waits;
            if (held != null) {
                setup.waits = null;
                setup.channel.config().setAutoRead(true);
                // The listener may have changed meanwhile.
                setup.match(setup.seen);
                if (setup.channel.pipeline().context(held) != null) {
                    setup.channel.pipeline().remove(held);
                }
            }
        }

        @Override
        public void refuse(ConnectionSetup setup) {
            setup.giveUp(TlsRejection.RATE_LIMITED);
        }

        @Override
        public void crowdOut(ConnectionSetup setup) {
            setup.giveUp(TlsRejection.CROWDED_OUT);
        }

        @Override
        public boolean isOpen(ConnectionSetup setup) {
            return setup.channel.isActive();
        }
    };

    private ConnectionSetup(Channel channel, ActiveListener listener) {
        this.channel = channel;
        this.listener = listener;
        this.chains = listener.chains();
        this.loop = listener.services().http().loops().of(channel.eventLoop());
    }

    static void begin(Channel channel, ActiveListener listener) {
        listener.opened(channel);
        new ConnectionSetup(channel, listener).enter();
    }

    /** From here to {@link #leave} the connection counts as one that may never come as far as a request. */
    private void enter() {
        if (!chains.config().inspectTls() && !chains.matcher().dependsOnTransport()) {
            match(new HelloInspector.Seen(false, new ClientHello("", List.of())));
            return;
        }
        UnfinishedSetups<ConnectionSetup> unfinished = listener.services().unfinished();
        ConnectionSetup crowded = unfinished.add(loop.index(), this, loop.nowNanos());
        if (crowded != null) {
            crowded.giveUp(TlsRejection.CROWDED_OUT);
        }
        if (crowded != this) {
            channel.closeFuture().addListener(_ -> leave());
            inspect();
        }
    }

    private void leave() {
        listener.services().unfinished().remove(loop.index(), this);
        leaveLine();
    }

    private void leaveLine() {
        if (begun) {
            begun = false;
            line().leave(this, loop.nowNanos());
        }
    }

    private HandshakeLine<ConnectionSetup> line() {
        return listener.services().handshakes().of(loop);
    }

    private void giveUp(TlsRejection reason) {
        gaveUp = true;
        failed(reason, reason.sentence());
        channel.close();
    }

    private void failed(TlsRejection reason, String sentence) {
        listener.services()
                .metrics()
                .handshakes()
                .failed(
                        Handshakes.Side.SERVER,
                        chains.config().name(),
                        String.valueOf(channel.remoteAddress()),
                        reason,
                        sentence);
    }

    private static String clipped(String serverName) {
        return serverName.length() > MAX_NAME ? serverName.substring(0, MAX_NAME) : serverName;
    }

    private void inspect() {
        ScheduledFuture<?> bound = channel.eventLoop()
                .schedule(() -> giveUp(TlsRejection.TIMEOUT), INSPECTION_MILLIS, TimeUnit.MILLISECONDS);
        inspection = bound;
        channel.closeFuture().addListener(_ -> bound.cancel(false));
        channel.pipeline().addLast(new HelloInspector((_, seen) -> match(seen)), new SetupFailures());
    }

    private void match(HelloInspector.Seen seen) {
        if (inspection != null) {
            inspection.cancel(false);
        }
        // The listener may have changed since the connection was accepted.
        chains = listener.chains();
        int port = ((InetSocketAddress) channel.localAddress()).getPort();
        ServedChain chain = chains.matcher().match(port, seen.tls(), seen.hello());
        if (chain == null) {
            leave();
            if (seen.tls()) {
                failed(
                        TlsRejection.UNKNOWN_SERVER_NAME,
                        "no filter chain for the server name \""
                                + clipped(seen.hello().serverName()) + "\"");
            }
            LOG.debug(
                    "{}: no filter chain for {} (tls {}, server name \"{}\"), closed",
                    chains.config().name(),
                    channel.remoteAddress(),
                    seen.tls(),
                    seen.hello().serverName());
            channel.close();
            return;
        }
        ServedContext tls = chain.tls();
        if (tls == null) {
            leave();
            serve(chain, null, "");
            return;
        }
        this.seen = seen;
        if (begun || isItsTurn()) {
            handshake(chain, tls);
        }
    }

    /** Whether it may begin now; it waits otherwise, or was refused. */
    private boolean isItsTurn() {
        if (line().enter(this, loop.nowNanos())) {
            listener.services().metrics().handshakes().deferred();
            HeldHello held = new HeldHello();
            waits = held;
            channel.pipeline().addLast(held);
        }
        return begun;
    }

    private void handshake(ServedChain chain, ServedContext tls) {
        SslHandler handler;
        try {
            handler = tls.newHandler(channel.alloc());
        } catch (IllegalStateException e) {
            if (listener.chains().equals(chains)) {
                throw e;
            }
            // Another configuration closed this one's contexts just now.
            match(seen);
            return;
        }
        handshake(chain, tls, handler, seen.hello().serverName());
    }

    private void handshake(ServedChain chain, ServedContext tls, SslHandler handler, String serverName) {
        long timeout = chain.config().handshakeTimeoutMillis();
        handler.setHandshakeTimeoutMillis(timeout > 0 ? timeout : HANDSHAKE_MILLIS);
        LingeringRefusal lingering = new LingeringRefusal(handler);
        SetupFailures.leave(channel.pipeline());
        channel.pipeline().addLast(lingering, handler, new SetupFailures());
        // What the client sends with its last handshake message is decrypted before the future's listeners run.
        channel.config().setAutoRead(true);
        handler.handshakeFuture().addListener(done -> {
            leaveLine();
            if (!done.isSuccess()) {
                if (!gaveUp) {
                    failed(TlsFailures.reason(done.cause()), TlsFailures.sentence(done.cause()));
                }
                channel.close();
                return;
            }
            leave();
            channel.pipeline().remove(lingering);
            TlsSession session = TlsSession.of(handler, tls);
            listener.services().metrics().handshakes().succeeded(Handshakes.Side.SERVER, session.terms());
            serve(chain, tlsOf(handler, session, serverName), session.alpn());
        });
    }

    private static Downstream.Tls tlsOf(SslHandler handler, TlsSession session, String serverName) {
        var peer = session.peer();
        return new Downstream.Tls(
                session.terms(),
                serverName,
                localUris(handler),
                peer == null
                        ? null
                        : new Downstream.Peer(
                                peer.id() == null ? "" : peer.id().toString(),
                                peer.sha256(),
                                peer.subject(),
                                peer.uris(),
                                peer.dnsNames(),
                                chain(handler)));
    }

    private static List<String> localUris(SslHandler handler) {
        Certificate[] own = handler.engine().getSession().getLocalCertificates();
        return own != null && own.length > 0 && own[0] instanceof X509Certificate leaf
                ? PeerCertificate.of(leaf).uris()
                : List.of();
    }

    private static List<X509Certificate> chain(SslHandler handler) {
        List<X509Certificate> chain = new ArrayList<>();
        try {
            for (Certificate certificate : handler.engine().getSession().getPeerCertificates()) {
                if (certificate instanceof X509Certificate x509) {
                    chain.add(x509);
                }
            }
        } catch (SSLPeerUnverifiedException e) {
            return List.of();
        }
        return chain;
    }

    private void serve(ServedChain chain, Downstream.@Nullable Tls tls, String alpn) {
        switch (chain.service()) {
            case Service.Tcp tcp -> relay(chain.config(), tcp, downstream(tls));
            case Service.Http http -> detect(http, downstream(tls), alpn);
        }
    }

    private Downstream downstream(Downstream.@Nullable Tls tls) {
        return new Downstream(
                (InetSocketAddress) channel.remoteAddress(), (InetSocketAddress) channel.localAddress(), tls);
    }

    private void detect(Service.Http http, Downstream downstream, String alpn) {
        HttpVersion known = switch (http.config().codec()) {
            case HTTP1 -> HttpVersion.HTTP_1_1;
            case HTTP2 -> HttpVersion.HTTP_2;
            case AUTO ->
                switch (alpn) {
                    case "h2" -> HttpVersion.HTTP_2;
                    case "http/1.1", "http/1.0" -> HttpVersion.HTTP_1_1;
                    default -> null;
                };
        };
        if (known != null) {
            speak(channel, listener, loop, http, downstream, known);
        } else {
            speakDetected(channel, listener, loop, http, downstream);
        }
    }

    /** Detects the version of HTTP on a channel, then serves it. */
    static void speakDetected(
            Channel channel, ActiveListener listener, Loop loop, Service.Http http, Downstream downstream) {
        channel.pipeline()
                .addLast(new ProtocolDetector(
                        http.limits().idleTimeoutMillis(),
                        http.limits().headTimeoutMillis(),
                        version -> speak(channel, listener, loop, http, downstream, version)));
        if (channel.pipeline().get(SetupFailures.class) == null) {
            // Within a tunnel: the codec that had it is gone.
            channel.pipeline().addLast(new SetupFailures());
        }
    }

    private static void speak(
            Channel channel,
            ActiveListener listener,
            Loop loop,
            Service.Http http,
            Downstream downstream,
            HttpVersion version) {
        SetupFailures.leave(channel.pipeline());
        var connection = HttpCodec.serve(
                channel,
                version,
                downstream.tls() == null ? "http" : "https",
                http.requests().handler(downstream, loop),
                http.limits());
        listener.opened(connection, http);
        long longest = http.config().timeouts().maxConnectionMillis();
        long grace = http.config().timeouts().drainMillis();
        if (longest > 0) {
            // As Envoy: from then on it ends with the requests that it carries.
            ScheduledFuture<?> end =
                    channel.eventLoop().schedule(() -> connection.drain(grace), longest, TimeUnit.MILLISECONDS);
            channel.closeFuture().addListener(_ -> end.cancel(false));
        }
    }

    private void relay(FilterChain chain, Service.Tcp tcp, Downstream downstream) {
        listener.carries(channel);
        channel.config().setAutoRead(false);
        ByteHold hold = new ByteHold();
        SetupFailures.leave(channel.pipeline());
        channel.pipeline().addLast(hold);
        ListenerServices services = listener.services();
        Listener config = chains.config();
        TcpRecorder.Connection record = tcp.recorder()
                .begin(loop, downstream, new Edges(services.workloads().apply(config), config.direction(), downstream));
        services.forwarder()
                .connect(
                        loop,
                        services.workloads().apply(config),
                        tcp.config().cluster(),
                        tcp.config().maxConnectAttempts(),
                        "",
                        0,
                        new TcpForwarder.Callback() {
                            @Override
                            public void onConnected(TcpConnected endpoint) {
                                record.connected(endpoint);
                                ChannelSide clientSide = new ChannelSide(channel);
                                ChannelSide endpointSide = new ChannelSide(endpoint.channel());
                                TcpRelay relay = new TcpRelay(
                                        loop,
                                        clientSide,
                                        endpointSide,
                                        tcp.config().idleTimeoutMillis(),
                                        record);
                                endpointSide.attach(relay, TcpRelay.Side.ENDPOINT);
                                clientSide.attach(relay, TcpRelay.Side.CLIENT);
                                if (channel.isActive()) {
                                    channel.pipeline().remove(hold);
                                }
                            }

                            @Override
                            public void onFailed(ProxyError error) {
                                LOG.info("{}: {}", chain.name(), error.sentence());
                                record.failed(error);
                                channel.close();
                            }
                        });
    }
}
