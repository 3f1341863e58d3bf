package io.weft.proxy.upstream;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.weft.core.identity.TlsRejection;
import io.weft.proxy.codec.ClientConnection;
import io.weft.proxy.codec.ClientStream;
import io.weft.proxy.codec.Headers;
import io.weft.proxy.codec.HttpVersion;
import io.weft.proxy.codec.RequestHead;
import io.weft.proxy.codec.ResponseHead;
import io.weft.proxy.codec.ResponseListener;
import io.weft.proxy.codec.StreamReset;
import io.weft.proxy.error.Cause;
import io.weft.proxy.error.ProxyError;
import io.weft.proxy.telemetry.TlsTerms;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Connections that a test plays the endpoint of. Streams behave as the codec's contract says. */
public final class FakeConnector implements Connector {
    private final List<Pending> pending = new ArrayList<>();
    private final List<FakeConnection> connections = new ArrayList<>();
    private boolean immediate = true;
    private boolean http1;
    private Security security = Security.PLAIN;

    private record Pending(Order order, Callback callback) {}

    /** Orders wait until {@link #acceptNext} or {@link #refuseNext}. */
    public void hold() {
        immediate = false;
    }

    /** Endpoints are proxies of the mesh. */
    public void meshed() {
        security = new Security(
                new TlsTerms("TLSv1.3", "TLS_AES_128_GCM_SHA256", "X25519", false),
                true,
                "spiffe://cluster.local/ns/shop/sa/cart");
    }

    /** Who is asked for HTTP/2 if it is spoken does not speak it. */
    public void http1Only() {
        http1 = true;
    }

    public List<FakeConnection> connections() {
        return connections;
    }

    public int pendingOrders() {
        return pending.size();
    }

    public FakeConnection last() {
        return connections.getLast();
    }

    public FakeStream lastStream() {
        return last().streams.getLast();
    }

    @Override
    public void connect(Order order, Callback callback) {
        pending.add(new Pending(order, callback));
        if (immediate) {
            acceptNext();
        }
    }

    public FakeConnection acceptNext() {
        Pending next = pending.removeFirst();
        FakeConnection connection = new FakeConnection(next.order, http1);
        connections.add(connection);
        next.callback.onConnected(connection, security);
        return connection;
    }

    public void refuseNext() {
        Pending next = pending.removeFirst();
        next.callback.onFailed(new ProxyError.Upstream(Cause.CONNECTION_REFUSED, "refused", true));
    }

    public void timeOutNext() {
        Pending next = pending.removeFirst();
        next.callback.onFailed(ProxyError.Upstream.handshake(TlsRejection.TIMEOUT, "too slow"));
    }

    /** An upstream connection. */
    public static final class FakeConnection implements ClientConnection {
        public final Order order;
        public final List<FakeStream> streams = new ArrayList<>();
        private final HttpVersion version;
        private boolean draining;
        private boolean closed;
        private int active;
        /** Its host acknowledges nothing. */
        public boolean silent;

        FakeConnection(Order order, boolean http1) {
            this.order = order;
            this.version = switch (order.version()) {
                case HTTP_1_1, BY_ALPN -> HttpVersion.HTTP_1_1;
                case HTTP_2 -> HttpVersion.HTTP_2;
                case HTTP_2_IF_SPOKEN -> http1 ? HttpVersion.HTTP_1_1 : HttpVersion.HTTP_2;
            };
        }

        @Override
        public Channel channel() {
            throw new UnsupportedOperationException("a fake has no channel");
        }

        @Override
        public HttpVersion version() {
            return version;
        }

        @Override
        public int availableStreams() {
            if (closed || draining) {
                return 0;
            }
            return version == HttpVersion.HTTP_2 ? 100 - active : 1 - active;
        }

        @Override
        public int activeStreams() {
            return active;
        }

        @Override
        public ClientStream open(ResponseListener listener) {
            if (availableStreams() == 0) {
                throw new IllegalStateException("no stream is free");
            }
            active++;
            FakeStream stream = new FakeStream(this, listener);
            streams.add(stream);
            return stream;
        }

        @Override
        public boolean isPeerSilent() {
            return silent && active > 0;
        }

        @Override
        public void abandon() {
            close();
        }

        @Override
        public void close() {
            if (!closed) {
                closed = true;
                for (FakeStream stream : new ArrayList<>(streams)) {
                    stream.vanish(StreamReset.Kind.CONNECTION_CLOSED);
                }
                order.listener().onClosed(this, null);
            }
        }

        public boolean isClosed() {
            return closed;
        }

        public void goAway() {
            draining = true;
            order.listener().onDraining(this);
        }

        private void ended(boolean reset) {
            active--;
            if (version != HttpVersion.HTTP_2 && reset) {
                draining = true;
            }
            order.listener().onStreamEnded(this);
            if (version != HttpVersion.HTTP_2 && reset) {
                close();
            }
        }
    }

    /** A request as its endpoint sees it. */
    public static final class FakeStream implements ClientStream {
        private final FakeConnection connection;
        private final ResponseListener listener;
        public RequestHead head;
        public final StringBuilder body = new StringBuilder();
        public Headers trailers;
        public boolean requestEnded;
        public boolean reset;
        public boolean reading = true;
        public boolean writable = true;
        private boolean responseEnded;
        private boolean over;

        FakeStream(FakeConnection connection, ResponseListener listener) {
            this.connection = connection;
            this.listener = listener;
            this.head = new RequestHead("", "", "", "", new Headers(), null, false);
            this.trailers = new Headers();
        }

        @Override
        public ClientConnection connection() {
            return connection;
        }

        @Override
        public void sendHead(RequestHead sent, boolean end) {
            if (!over) {
                head = sent;
                requestEnded(end);
            }
        }

        @Override
        public void sendData(ByteBuf data, boolean end) {
            if (!over) {
                body.append(data.toString(StandardCharsets.UTF_8));
                requestEnded(end);
            }
            data.release();
        }

        @Override
        public void sendTrailers(Headers sent) {
            if (!over) {
                trailers = sent;
                requestEnded(true);
            }
        }

        private void requestEnded(boolean end) {
            if (end && requestEnded) {
                throw new IllegalStateException("the request ended twice");
            }
            requestEnded |= end;
            endIfBoth();
        }

        private void endIfBoth() {
            if (requestEnded && responseEnded && !over) {
                over = true;
                connection.ended(false);
            }
        }

        @Override
        public void reset() {
            if (!over) {
                over = true;
                reset = true;
                connection.ended(true);
            }
        }

        @Override
        public void setReading(boolean newReading) {
            reading = newReading;
        }

        @Override
        public boolean isWritable() {
            return writable;
        }

        public boolean isOver() {
            return over;
        }

        public boolean isResponseEnded() {
            return responseEnded;
        }

        public void respond(int status, Headers headers, boolean end) {
            if (!over) {
                responseEnded = end;
                listener.onHead(new ResponseHead(status, headers), end);
                endIfBoth();
            }
        }

        public void respond(int status) {
            respond(status, new Headers(), true);
        }

        public void informational(int status) {
            listener.onInformational(new ResponseHead(status, new Headers()));
        }

        public void data(ByteBuf data, boolean end) {
            if (over) {
                data.release();
                return;
            }
            responseEnded = end;
            listener.onData(data, end);
            endIfBoth();
        }

        public void trailers(Headers sent) {
            if (!over) {
                responseEnded = true;
                listener.onTrailers(sent);
                endIfBoth();
            }
        }

        public void setWritable(boolean newWritable) {
            writable = newWritable;
            if (!over) {
                listener.onWritabilityChanged();
            }
        }

        public void vanish(StreamReset.Kind kind) {
            if (!over) {
                over = true;
                listener.onReset(new StreamReset(kind, "gone"));
                connection.ended(true);
            }
        }
    }
}
