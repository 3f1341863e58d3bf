package io.weft.proxy.codec;

import io.netty.channel.Channel;

/** Puts HTTP onto channels whose transport is ready: connected, and decrypted where it is encrypted. On the channel's event loop. */
public final class HttpCodec {
    private HttpCodec() {}

    /**
     * Serves HTTP on a channel.
     *
     * @param version HTTP/1.1 (1.0 with it) or HTTP/2
     * @param scheme how clients reach it: {@code http} or {@code https}
     */
    public static ServerConnection serve(
            Channel channel, HttpVersion version, String scheme, ServerHandler handler, CodecLimits limits) {
        return switch (version) {
            case HTTP_1_0, HTTP_1_1 -> {
                Http1ServerConnection connection = new Http1ServerConnection(handler, limits, scheme);
                channel.pipeline().addLast(connection);
                yield connection;
            }
            case HTTP_2 -> {
                Http2ServerConnection connection = new Http2ServerConnection(channel, handler, limits);
                connection.install();
                yield connection;
            }
        };
    }

    /** Speaks HTTP to an endpoint. */
    public static ClientConnection connect(
            Channel channel, HttpVersion version, ClientConnection.Listener owner, CodecLimits limits) {
        return switch (version) {
            case HTTP_1_0, HTTP_1_1 -> {
                Http1ClientConnection connection = new Http1ClientConnection(owner, limits);
                channel.pipeline().addLast(connection);
                yield connection;
            }
            case HTTP_2 -> {
                Http2ClientConnection connection = new Http2ClientConnection(channel, owner, limits);
                connection.install();
                yield connection;
            }
        };
    }
}
