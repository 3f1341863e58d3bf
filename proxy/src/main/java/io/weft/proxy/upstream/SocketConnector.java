package io.weft.proxy.upstream;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ConnectTimeoutException;
import io.netty.handler.ssl.SslHandler;
import io.weft.core.identity.TlsRejection;
import io.weft.engine.config.TlsSettings;
import io.weft.engine.config.UpstreamTls;
import io.weft.proxy.codec.ClientConnection;
import io.weft.proxy.codec.CodecLimits;
import io.weft.proxy.codec.HttpCodec;
import io.weft.proxy.codec.HttpVersion;
import io.weft.proxy.error.Cause;
import io.weft.proxy.error.ProxyError;
import io.weft.proxy.telemetry.Handshakes;
import io.weft.proxy.tls.ServedContext;
import io.weft.proxy.tls.TlsConfigurationException;
import io.weft.proxy.tls.TlsFailures;
import io.weft.proxy.tls.TlsSession;
import io.weft.proxy.transport.Descriptors;
import io.weft.proxy.transport.EventLoops;
import io.weft.proxy.transport.SetupFailures;
import io.weft.proxy.workload.LocalWorkload;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.nio.channels.ClosedChannelException;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Opens connections on sockets: TCP, TLS where the transport says so, then HTTP. */
public final class SocketConnector implements Connector {
    private static final String H2 = "h2";
    private static final String HTTP_1_1 = "http/1.1";

    /** What an endpoint may send. */
    private static final int MAX_HEAD_BYTES = 64 * 1024;

    private static final int MAX_HEADERS = 200;

    private final EventLoops sockets;
    private final UpstreamContexts contexts;
    private final Handshakes handshakes;

    public SocketConnector(EventLoops sockets, UpstreamContexts contexts, Handshakes handshakes) {
        this.sockets = sockets;
        this.contexts = contexts;
        this.handshakes = handshakes;
    }

    /**
     * What is connected to, and how.
     *
     * @param remote resolved
     * @param transport plain or TLS
     * @param source whose certificate is shown
     * @param applicationProtocols ALPN; empty: what the transport's settings say
     * @param timeoutMillis for TCP and TLS together
     * @param bufferLimitBytes what may wait to be written
     * @param carriesBytes of any protocol, so that one direction may end before the other
     */
    public record Dial(
            InetSocketAddress remote,
            Transport transport,
            LocalWorkload source,
            List<String> applicationProtocols,
            long timeoutMillis,
            int bufferLimitBytes,
            boolean carriesBytes) {}

    /** Hears of a connection that carries bytes. */
    public interface BytesCallback {
        void onConnected(Channel channel, Security security);

        void onFailed(ProxyError.Upstream error);
    }

    @Override
    public void connect(Order order, Callback callback) {
        List<String> protocols = switch (order.version()) {
            case HTTP_1_1 -> List.of(HTTP_1_1);
            case HTTP_2, HTTP_2_IF_SPOKEN -> List.of(H2);
            case BY_ALPN -> List.of(H2, HTTP_1_1);
        };
        connectBytes(
                order.loop(),
                new Dial(
                        order.remote(),
                        order.transport(),
                        order.source(),
                        protocols,
                        order.connectTimeoutMillis(),
                        order.bufferLimitBytes(),
                        false),
                new BytesCallback() {
                    @Override
                    public void onConnected(Channel channel, Security security) {
                        speak(channel, security, order, callback);
                    }

                    @Override
                    public void onFailed(ProxyError.Upstream error) {
                        callback.onFailed(error);
                    }
                });
    }

    private void speak(Channel channel, Security security, Order order, Callback callback) {
        SslHandler tls = channel.pipeline().get(SslHandler.class);
        String agreed = tls == null || tls.applicationProtocol() == null ? "" : tls.applicationProtocol();
        HttpVersion version = switch (order.version()) {
            case HTTP_1_1 -> HttpVersion.HTTP_1_1;
            case HTTP_2, HTTP_2_IF_SPOKEN -> HttpVersion.HTTP_2;
            case BY_ALPN -> agreed.equals(H2) ? HttpVersion.HTTP_2 : HttpVersion.HTTP_1_1;
        };
        var http = order.http();
        CodecLimits limits = new CodecLimits(
                MAX_HEAD_BYTES,
                MAX_HEADERS,
                http.maxConcurrentStreams(),
                http.initialStreamWindowBytes(),
                http.initialConnectionWindowBytes(),
                http.maxRequestsPerConnection(),
                0,
                0,
                0,
                true);
        if (order.version() == WantedVersion.HTTP_2_IF_SPOKEN && tls == null) {
            awaitAnswer(channel, order, limits, callback);
        } else {
            ClientConnection connection = HttpCodec.connect(channel, version, order.listener(), limits);
            channel.config().setAutoRead(true);
            callback.onConnected(connection, security);
        }
    }

    /** HTTP/2, or another connection of HTTP/1.1. */
    private void awaitAnswer(Channel channel, Order order, CodecLimits limits, Callback callback) {
        ClientConnection[] connection = new ClientConnection[1];
        FirstAnswer answer = new FirstAnswer(order.listener(), order.connectTimeoutMillis(), version -> {
            if (version == HttpVersion.HTTP_2) {
                callback.onConnected(connection[0], Security.PLAIN);
            } else {
                connect(order.by(WantedVersion.HTTP_1_1), callback);
            }
        });
        channel.pipeline().addLast(answer);
        connection[0] = HttpCodec.connect(channel, HttpVersion.HTTP_2, answer, limits);
        channel.config().setAutoRead(true);
    }

    /** Connects without a protocol above; the channel's auto-read is off until its handlers are there. */
    public void connectBytes(Loop loop, Dial dial, BytesCallback callback) {
        long startNanos = loop.nowNanos();
        sockets.connect(
                        loop.eventLoop(),
                        dial.remote(),
                        dial.timeoutMillis(),
                        dial.bufferLimitBytes(),
                        new SetupFailures())
                .addListener((ChannelFuture connected) -> {
                    if (!connected.isSuccess() || !connected.channel().isOpen()) {
                        Throwable cause = connected.isSuccess() ? new ClosedChannelException() : connected.cause();
                        ProxyError.Upstream error = connectError(dial.remote(), cause);
                        // A socket that could not even be made is told of on a thread that is not the loop.
                        if (loop.isCurrent()) {
                            callback.onFailed(error);
                        } else {
                            loop.execute(() -> callback.onFailed(error));
                        }
                        return;
                    }
                    Channel channel = connected.channel();
                    UpstreamTls tls = dial.transport().tls();
                    if (tls == null) {
                        channel.config().setAutoRead(false);
                        SetupFailures.leave(channel.pipeline());
                        callback.onConnected(channel, Security.PLAIN);
                        return;
                    }
                    long spentMillis = TimeUnit.NANOSECONDS.toMillis(loop.nowNanos() - startNanos);
                    handshake(channel, tls, dial, Math.max(1, dial.timeoutMillis() - spentMillis), callback);
                });
    }

    private void handshake(Channel channel, UpstreamTls tls, Dial dial, long timeoutMillis, BytesCallback callback) {
        ServedContext context;
        SslHandler handler;
        try {
            context = contexts.of(
                    dial.source(),
                    tls,
                    dial.transport().expectedIdentity(),
                    dial.applicationProtocols(),
                    dial.carriesBytes());
            handler = context.newHandler(channel.alloc(), dial.remote(), tls.sni());
        } catch (TlsConfigurationException | IllegalStateException | IllegalArgumentException e) {
            channel.close();
            callback.onFailed(new ProxyError.Upstream(Cause.TLS_FAILED, String.valueOf(e.getMessage()), true));
            return;
        }
        handler.setHandshakeTimeoutMillis(timeoutMillis);
        channel.pipeline().addFirst(handler);
        handler.handshakeFuture().addListener(done -> {
            if (!done.isSuccess()) {
                channel.close();
                TlsRejection reason = TlsFailures.reason(done.cause());
                String sentence = TlsFailures.sentence(done.cause());
                failed(dial, tls, reason, sentence);
                callback.onFailed(ProxyError.Upstream.handshake(reason, "TLS with " + dial.remote() + ": " + sentence));
                return;
            }
            TlsSession session = TlsSession.of(handler, context);
            handshakes.succeeded(Handshakes.Side.CLIENT, session.terms());
            if (!session.terms().resumed()) {
                context.forgetSessions(dial.remote());
            }
            channel.config().setAutoRead(false);
            SetupFailures.leave(channel.pipeline());
            channel.pipeline().addAfter(channel.pipeline().context(handler).name(), null, new LateRefusal(dial, tls));
            callback.onConnected(channel, security(handler, session, tls));
        });
    }

    private static Security security(SslHandler handler, TlsSession session, UpstreamTls tls) {
        var peer = session.peer();
        // A resumed session (RFC 8446, section 2.2) shows no certificate again: a meshed server saw it when the
        // session began,
        // since it asks everybody for one.
        boolean mutual = handler.engine().getSession().getLocalCertificates() != null
                || (peer != null
                        && peer.id() != null
                        && !(tls.settings().certificate() instanceof TlsSettings.Certificate.None));
        return new Security(
                session.terms(),
                mutual,
                peer == null || peer.id() == null ? "" : peer.id().toString());
    }

    private void failed(Dial dial, UpstreamTls tls, TlsRejection reason, String sentence) {
        handshakes.failed(
                Handshakes.Side.CLIENT,
                tls.sni().isEmpty() ? "upstream" : "upstream " + tls.sni(),
                String.valueOf(dial.remote()),
                reason,
                sentence);
    }

    /** Hears of a server that refuses this side's certificate, which in TLS 1.3 it does after the handshake is over for this side. Leaves with the first bytes. */
    private final class LateRefusal extends ChannelInboundHandlerAdapter {
        private final Dial dial;
        private final UpstreamTls tls;

        LateRefusal(Dial dial, UpstreamTls tls) {
            this.dial = dial;
            this.tls = tls;
        }

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            ctx.pipeline().remove(this);
            ctx.fireChannelRead(message);
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            ctx.pipeline().remove(this);
            if (TlsFailures.isRefusal(cause)) {
                failed(dial, tls, TlsRejection.REFUSED_BY_PEER, TlsFailures.sentence(cause));
            }
            ctx.fireExceptionCaught(cause);
        }
    }

    private static ProxyError.Upstream connectError(InetSocketAddress remote, Throwable cause) {
        if (cause instanceof ConnectTimeoutException) {
            return new ProxyError.Upstream(
                    Cause.CONNECT_TIMEOUT, "no connection to " + remote + " within the connect timeout", true);
        }
        if (Descriptors.areExhausted(cause)) {
            return new ProxyError.Upstream(
                    Cause.NO_DESCRIPTORS,
                    "no connection to " + remote + ": this proxy has no file descriptor left (limit "
                            + Descriptors.limit() + ")",
                    true);
        }
        Cause kind = cause instanceof ConnectException ? Cause.CONNECTION_REFUSED : Cause.CONNECTION_FAILED;
        String why = cause instanceof ClosedChannelException ? "it was closed at once" : cause.getMessage();
        return new ProxyError.Upstream(kind, "no connection to " + remote + ": " + why, true);
    }
}
