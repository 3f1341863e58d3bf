package io.weft.proxy.codec;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.weft.proxy.codec.Http1Writer.Framing;
import io.weft.proxy.transport.PeerHost;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** An upstream connection of HTTP/1.1: one request at a time, used again while both sides agree. */
final class Http1ClientConnection extends Http1Connection implements ClientConnection {
    private static final int MAX_INFORMATIONAL = 16;

    private final Listener owner;
    private final CodecLimits limits;

    private final Http1Head head;
    private final Http1Writer writer;
    private final Http1Body.Sized sized = new Http1Body.Sized();
    private @Nullable Exchange current;
    private boolean usable = true;
    private boolean drainingTold;
    private int requests;

    Http1ClientConnection(Listener owner, CodecLimits limits) {
        this.owner = owner;
        this.limits = limits;
        this.head = Http1Head.responses(limits);
        this.writer = new Http1Writer(memory());
    }

    @Override
    public HttpVersion version() {
        return HttpVersion.HTTP_1_1;
    }

    @Override
    public int availableStreams() {
        return usable && current == null && channel().isActive() && !hasUnread() ? 1 : 0;
    }

    @Override
    public int activeStreams() {
        return current == null ? 0 : 1;
    }

    @Override
    public ClientStream open(ResponseListener listener) {
        if (availableStreams() == 0) {
            throw new IllegalStateException("the connection takes no stream");
        }
        requests++;
        Exchange exchange = new Exchange(listener, requests > 1);
        current = exchange;
        return exchange;
    }

    @Override
    public boolean isPeerSilent() {
        return PeerHost.isSilent(channel());
    }

    @Override
    public void abandon() {
        PeerHost.abandon(channel());
    }

    @Override
    public void close() {
        usable = false;
        closeNow();
    }

    @Override
    boolean isWaiting() {
        return current == null;
    }

    @Override
    void parse(ByteBuf in) throws MalformedMessageException {
        Exchange exchange = current;
        if (exchange == null) {
            // RFC 9112, section 9.2: an answer to no question; whoever sent it may desynchronize the next one.
            throw MalformedMessageException.bad("bytes on an idle connection");
        }
        exchange.parse(in);
    }

    @Override
    void onMalformed(MalformedMessageException e) {
        fail(new StreamReset(e.kind(), e.reason()));
        close();
    }

    private void fail(StreamReset reset) {
        usable = false;
        Exchange exchange = current;
        current = null;
        if (exchange != null) {
            exchange.dropEarly();
        }
        if (exchange != null && !exchange.responseEnded) {
            exchange.responseEnded = true;
            exchange.requestEnded = true;
            exchange.listener.onReset(reset);
        }
    }

    @Override
    void onInputEnd() {
        usable = false;
        Exchange exchange = current;
        if (exchange != null && exchange.endsWithConnection()) {
            exchange.responseEnded(null);
        } else if (exchange == null) {
            closeNow();
        }
    }

    @Override
    void onInactive(@Nullable Throwable cause) {
        Exchange exchange = current;
        boolean fresh = exchange != null
                && exchange.reused
                && !exchange.heardOf
                && !head.hasBegun()
                && !(cause instanceof PeerHost.VanishedException);
        fail(StreamReset.closed(
                fresh ? StreamReset.Kind.CONNECTION_CLOSED_BEFORE_RESPONSE : StreamReset.Kind.CONNECTION_CLOSED,
                cause));
        owner.onClosed(this, cause);
    }

    @Override
    void onWritability() {
        if (current != null) {
            current.listener.onWritabilityChanged();
        }
    }

    private void finished(Exchange exchange) {
        if (current != exchange) {
            return;
        }
        current = null;
        boolean last = limits.maxRequestsPerConnection() > 0 && requests >= limits.maxRequestsPerConnection();
        if (!exchange.keepAlive || last || hasUnread() || exchange.tunnel) {
            usable = false;
        }
        if (usable) {
            head.end();
            reading(true);
            owner.onStreamEnded(this);
        } else {
            if (!drainingTold) {
                drainingTold = true;
                owner.onDraining(this);
            }
            owner.onStreamEnded(this);
            closeAfterFlush();
        }
    }

    private final class Exchange implements ClientStream, Http1Body.Sink, Runnable {
        private final ResponseListener listener;
        private final boolean reused;
        private String method = "";
        private Framing framing = Framing.NONE;
        private long unsentBytes;
        private boolean requestEnded;
        private boolean responseEnded;
        private boolean heardOf;
        private boolean keepAlive = true;
        private boolean tunnel;
        private boolean upgrades;
        private boolean wantsTunnel;
        private @Nullable String ownAccept;
        private int informational;
        private @Nullable Http1Body body;
        private List<ByteBuf> early = List.of();
        private boolean earlyEnd;

        Exchange(ResponseListener listener, boolean reused) {
            this.listener = listener;
            this.reused = reused;
        }

        boolean endsWithConnection() {
            return body instanceof Http1Body.UntilClose;
        }

        void parse(ByteBuf in) throws MalformedMessageException {
            if (responseEnded) {
                throw MalformedMessageException.bad("bytes behind a response");
            }
            if (body == null) {
                if (!head.read(in)) {
                    return;
                }
                onHead();
            }
            if (body != null && !responseEnded) {
                boolean ended = body.read(in, this);
                if (ended && !responseEnded) {
                    responseEnded(body.trailers());
                }
            }
        }

        @Override
        public ByteBuf takeAll() {
            return takeUnread();
        }

        @Override
        public void data(ByteBuf data) {
            listener.onData(data, false);
        }

        @Override
        public void run() {
            finished(this);
        }

        private void onHead() throws MalformedMessageException {
            int status = Http1StatusLine.status(head);
            boolean http10 = Http1StatusLine.isHttp10(head);
            Headers headers = head.headers();
            head.next();
            heardOf = true;
            if (status < 200 && status != 101) {
                if (++informational > MAX_INFORMATIONAL) {
                    throw MalformedMessageException.bad("more than " + MAX_INFORMATIONAL + " informational responses");
                }
                FieldRules.removeHopByHop(headers);
                listener.onInformational(new ResponseHead(status, headers));
                return;
            }
            String connection = headers.joined("connection");
            keepAlive =
                    http10 ? FieldRules.hasToken(connection, "keep-alive") : !FieldRules.hasToken(connection, "close");
            Http1Body framed = body(status, headers, http10);
            if (framed instanceof Http1Body.UntilClose) {
                keepAlive = false;
            }
            FieldRules.removeHopByHop(headers);
            if (wantsTunnel && !tunnel) {
                keepAlive = false;
                dropEarly();
            }
            boolean end =
                    framed instanceof Http1Body.Empty || (framed instanceof Http1Body.Sized sized && sized.isEmpty());
            if (end) {
                body = null;
                responseEnded = true;
                listener.onHead(new ResponseHead(status, headers), true);
                endIfBothEnded();
            } else {
                body = framed;
                listener.onHead(new ResponseHead(status, headers), false);
                if (tunnel) {
                    sendEarly();
                }
            }
        }

        private boolean awaitsTunnel() {
            return wantsTunnel && !tunnel;
        }

        /** The endpoint took the tunnel: what waited for it may go. */
        private void sendEarly() {
            List<ByteBuf> waited = early;
            early = List.of();
            waited.forEach(data -> sendData(data, false));
            if (earlyEnd) {
                sendData(Unpooled.EMPTY_BUFFER, true);
            }
            listener.onWritabilityChanged();
        }

        private void dropEarly() {
            early.forEach(ByteBuf::release);
            early = List.of();
        }

        private Http1Body body(int status, Headers headers, boolean http10) throws MalformedMessageException {
            if (status == 101) {
                if (!upgrades) {
                    throw MalformedMessageException.bad("101 to a request that asked for no upgrade");
                }
                if (ownAccept != null) {
                    WebSocketHandshake.takeAccept(headers, ownAccept);
                }
                tunnel = true;
                return Http1Body.UntilClose.INSTANCE;
            }
            if (method.equals("CONNECT") && status / 100 == 2) {
                tunnel = true;
                headers.remove("content-length");
                return Http1Body.UntilClose.INSTANCE;
            }
            // Checked also where there is no body: a response with two framings is refused whatever the request was.
            Http1Body framed = Http1Body.of(headers, http10, Http1Body.UntilClose.INSTANCE, sized, limits);
            boolean bodiless = method.equals("HEAD") || status == 204 || status == 304;
            return bodiless ? Http1Body.Empty.INSTANCE : framed;
        }

        private void responseEnded(@Nullable Headers trailers) {
            responseEnded = true;
            if (trailers == null) {
                listener.onData(Unpooled.EMPTY_BUFFER, true);
            } else {
                listener.onTrailers(trailers);
            }
            endIfBothEnded();
        }

        private void endIfBothEnded() {
            if (responseEnded && (requestEnded || !keepAlive)) {
                afterCall(this);
            }
        }

        @Override
        public ClientConnection connection() {
            return Http1ClientConnection.this;
        }

        @Override
        public void sendHead(RequestHead head, boolean end) {
            if (requestEnded) {
                return;
            }
            RequestHead request = head;
            if (WebSocketHandshake.lacksKey(head)) {
                request = WebSocketHandshake.withKey(head);
                ownAccept = WebSocketHandshake.accept(request);
            }
            method = request.method();
            upgrades = request.upgrade() != null;
            wantsTunnel = upgrades || request.isConnect();
            framing = framing(request, end);
            if (framing == Framing.SIZED) {
                unsentBytes = Http1Body.lengthToSend(request.headers());
            }
            boolean last = limits.maxRequestsPerConnection() > 0 && requests >= limits.maxRequestsPerConnection();
            write(writer.request(request, framing, last), end ? 0 : room(framing, unsentBytes));
            if (end) {
                requestEnded();
            }
        }

        private Framing framing(RequestHead request, boolean end) {
            if (wantsTunnel) {
                return Framing.NONE;
            }
            if (request.headers().contains("content-length")) {
                return end && Http1Body.lengthToSend(request.headers()) != 0 ? Framing.EMPTY : Framing.SIZED;
            }
            if (!end) {
                return Framing.CHUNKED;
            }
            // RFC 9110, section 8.6: methods that anticipate content say that there is none.
            return switch (method) {
                case "POST", "PUT", "PATCH" -> Framing.EMPTY;
                default -> Framing.NONE;
            };
        }

        @Override
        public void sendData(ByteBuf data, boolean end) {
            if (requestEnded) {
                data.release();
                return;
            }
            if (awaitsTunnel()) {
                // An endpoint that does not take the upgrade would read these bytes as another request.
                keepEarly(data, end);
                return;
            }
            if (!data.isReadable()) {
                data.release();
            } else {
                sendBody(data);
            }
            if (end && !requestEnded) {
                if (framing == Framing.CHUNKED) {
                    write(writer.lastChunk(), 0);
                }
                requestEnded();
            }
        }

        private void keepEarly(ByteBuf data, boolean end) {
            earlyEnd |= end;
            if (responseEnded || body != null || !data.isReadable()) {
                data.release();
            } else {
                if (early.isEmpty()) {
                    early = new ArrayList<>();
                }
                early.add(data);
            }
        }

        private void sendBody(ByteBuf data) {
            switch (framing) {
                case EMPTY -> data.release();
                case NONE, UNTIL_CLOSE -> write(data);
                case SIZED -> {
                    unsentBytes -= data.readableBytes();
                    if (unsentBytes < 0) {
                        data.release();
                        cut("a request body longer than its Content-Length");
                    } else {
                        write(data);
                    }
                }
                case CHUNKED -> {
                    write(writer.chunkSize(data.readableBytes()), CHUNK_ROOM);
                    write(data);
                    write(writer.crlf(), CHUNK_ROOM);
                }
            }
        }

        private void cut(String reason) {
            Exchange self = this;
            context().executor().execute(() -> {
                if (current == self) {
                    fail(new StreamReset(StreamReset.Kind.LOCAL, reason));
                    close();
                }
            });
        }

        @Override
        public void sendTrailers(Headers trailers) {
            if (requestEnded) {
                return;
            }
            if (awaitsTunnel()) {
                earlyEnd = true;
                return;
            }
            if (framing == Framing.CHUNKED) {
                write(writer.trailers(trailers), 0);
            }
            requestEnded();
        }

        private void requestEnded() {
            if (framing == Framing.SIZED && unsentBytes > 0) {
                cut("a request body shorter than its Content-Length");
                return;
            }
            requestEnded = true;
            if (tunnel) {
                keepAlive = false;
                closeAfterFlush();
                return;
            }
            endIfBothEnded();
        }

        @Override
        public void reset() {
            if (current == this) {
                responseEnded = true;
                requestEnded = true;
                current = null;
                usable = false;
                dropEarly();
                owner.onStreamEnded(Http1ClientConnection.this);
                closeNow();
            }
        }

        @Override
        public void setReading(boolean wanted) {
            if (current == this) {
                reading(wanted);
            }
        }

        @Override
        public boolean isWritable() {
            return !awaitsTunnel() && channel().isWritable();
        }
    }
}
