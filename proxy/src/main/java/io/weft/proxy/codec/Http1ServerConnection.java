package io.weft.proxy.codec;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOption;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.ssl.SslHandler;
import io.weft.proxy.codec.Http1Writer.Framing;
import org.jspecify.annotations.Nullable;

/**
 * A downstream connection of HTTP/1.1 or 1.0. One request at a time: a pipelined one is parsed when the response before it has been
 * sent.
 */
final class Http1ServerConnection extends Http1Connection implements ServerConnection {

    private final ServerHandler handler;
    private final CodecLimits limits;
    private final String scheme;

    private final Http1Head head;
    private final Http1Writer writer;
    private final Http1Body.Sized sized = new Http1Body.Sized();
    private @Nullable Exchange current;
    /** What the current request takes of its loop's budget. */
    private long held;

    private int requests;
    private boolean draining;
    private long drainMillis;
    private boolean closing;
    private boolean detached;
    private @Nullable LazyTimeout timeout;

    Http1ServerConnection(ServerHandler handler, CodecLimits limits, String scheme) {
        this.handler = handler;
        this.limits = limits;
        this.scheme = scheme;
        this.head = Http1Head.requests(limits);
        this.writer = new Http1Writer(memory());
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        handler.budget().give(CONNECTION_BYTES);
        endTimer();
        super.handlerRemoved(ctx);
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        super.handlerAdded(ctx);
        handler.budget().take(CONNECTION_BYTES);
        timeout = new LazyTimeout(ctx.executor(), this::onTimeout);
        startTimer(limits.idleTimeoutMillis());
    }

    @Override
    public HttpVersion version() {
        return current == null ? HttpVersion.HTTP_1_1 : current.version;
    }

    @Override
    public long heldBytes() {
        return current == null ? 0 : held;
    }

    @Override
    public int activeStreams() {
        return current == null ? 0 : 1;
    }

    @Override
    public void drain(long graceMillis) {
        if (draining || detached) {
            return;
        }
        draining = true;
        drainMillis = Math.max(1, graceMillis);
        if (current == null && !head.hasBegun() && !closing) {
            stopTimer();
            startTimer(drainMillis);
        }
    }

    @Override
    public void cut(String reason) {
        Exchange exchange = current;
        if (exchange != null && !detached) {
            exchange.listener().onCut(reason);
        }
        if (current == null || current.tunnel) {
            closeAfterFlush();
        }
    }

    @Override
    boolean isWaiting() {
        return current == null ? !channel().isWritable() : current.requestEnded;
    }

    @Override
    void parse(ByteBuf in) throws MalformedMessageException {
        if (closing) {
            in.skipBytes(in.readableBytes());
            return;
        }
        if (current == null && !channel().isWritable()) {
            // A client that takes no responses gets no further ones: each would be kept for it.
            return;
        }
        if (current == null) {
            boolean begun = head.hasBegun();
            boolean complete = head.read(in);
            if (!complete) {
                if (!begun && limits.headTimeoutMillis() > 0) {
                    stopTimer();
                    startTimer(limits.headTimeoutMillis());
                }
                return;
            }
            stopTimer();
            begin();
        }
        if (current != null) {
            current.parse(in);
        }
    }

    private void begin() throws MalformedMessageException {
        Headers headers = head.headers();
        HttpVersion version = Http1RequestLine.version(head);
        if (version == HttpVersion.HTTP_1_0 && !limits.acceptHttp10()) {
            throw new MalformedMessageException(426, "HTTP/1.0, which is not spoken here");
        }
        Http1Body body =
                Http1Body.of(headers, version == HttpVersion.HTTP_1_0, Http1Body.Empty.INSTANCE, sized, limits);
        boolean keepAlive = keepsAlive(headers, version);
        RequestHead request = Http1RequestLine.parse(head, version, scheme);
        held = (long) REQUEST_BYTES + head.memoryBytes();
        handler.budget().take(held);
        head.next();
        requests++;
        boolean last = limits.maxRequestsPerConnection() > 0 && requests >= limits.maxRequestsPerConnection();
        Exchange exchange = new Exchange(request, version, body, keepAlive && !last);
        current = exchange;
        exchange.start(request);
    }

    private static boolean keepsAlive(Headers headers, HttpVersion version) {
        String connection = headers.joined("connection");
        return version == HttpVersion.HTTP_1_1
                ? !FieldRules.hasToken(connection, "close")
                : FieldRules.hasToken(connection, "keep-alive");
    }

    @Override
    void onMalformed(MalformedMessageException e) {
        Exchange exchange = current;
        Headers told = new Headers();
        if (exchange == null) {
            told = handler.onRefused(this, e.status(), e.reason());
        } else {
            exchange.refuse(new StreamReset(e.kind(), e.reason()));
            leave();
        }
        if (exchange == null || !exchange.headSent) {
            write(writer.response(new ResponseHead(e.status(), told), "", Framing.EMPTY, "close"), 0);
        }
        linger();
    }

    /** Closing at once with bytes unread would reset the connection, and the client might never see the answer. */
    private void linger() {
        closing = true;
        stopTimer();
        reading(true);
        if (limits.lingerMillis() > 0 && channel() instanceof DuplexChannel duplex && !inputHasEnded()) {
            flush(() -> {
                SslHandler tls = channel().pipeline().get(SslHandler.class);
                if (tls != null) {
                    tls.closeOutbound();
                } else {
                    duplex.shutdownOutput();
                }
                startTimer(limits.lingerMillis());
            });
        } else {
            closeAfterFlush();
        }
    }

    @Override
    void onInputEnd() {
        Exchange exchange = current;
        if (closing) {
            closeNow();
        } else if (exchange != null && exchange.isTunnel()) {
            exchange.inputEnded();
        }
    }

    @Override
    void onInactive(@Nullable Throwable cause) {
        endTimer();
        Exchange exchange = current;
        leave();
        if (exchange != null) {
            exchange.end(StreamReset.closedByClient(cause));
        }
        handler.onClosed(this, cause);
    }

    @Override
    void onWritability() {
        if (current != null) {
            current.listener().onWritabilityChanged();
        } else if (!closing && !detached && channel().isWritable()) {
            if (!head.hasBegun()) {
                stopTimer();
                startTimer(idleMillis());
            }
            resume();
        }
    }

    private void leave() {
        if (current != null) {
            current = null;
            handler.budget().give(held);
        }
    }

    /** How long nothing may happen now that no request is here. */
    private long idleMillis() {
        if (!channel().isWritable()) {
            return FLUSH_MILLIS;
        }
        return draining ? drainMillis : limits.idleTimeoutMillis();
    }

    private void startTimer(long millis) {
        if (timeout != null) {
            timeout.set(millis);
        }
    }

    private void stopTimer() {
        if (timeout != null) {
            timeout.clear();
        }
    }

    /** Nothing starts it again: what waits would keep a connection that has ended in memory. */
    private void endTimer() {
        if (timeout != null) {
            timeout.stop();
            timeout = null;
        }
    }

    private void onTimeout() {
        if (current != null || detached) {
            return;
        }
        if (!closing && head.hasBegun()) {
            onMalformed(new MalformedMessageException(408, "a head that took longer than its time"));
        } else {
            closeNow();
        }
    }

    private void finished(Exchange exchange) {
        if (current != exchange) {
            return;
        }
        leave();
        if (!exchange.keepAlive) {
            if (exchange.requestEnded) {
                closing = true;
                closeAfterFlush();
            } else {
                linger();
            }
            return;
        }
        head.end();
        // A response that began before the drain did not tell its client: the next request may be on its way.
        startTimer(idleMillis());
        reading(true);
        resume();
    }

    /** One request and its response. */
    private final class Exchange implements ServerStream, Http1Body.Sink, Runnable {
        private final HttpVersion version;
        private final String method;
        private final String upgrade;
        private Http1Body body;
        private boolean keepAlive;
        private boolean requestEnded;
        private boolean headSent;
        private boolean responseEnded;
        private boolean tunnel;
        private Framing framing = Framing.NONE;
        private long unsentBytes;
        private @Nullable RequestListener listener;

        Exchange(RequestHead head, HttpVersion version, Http1Body body, boolean keepAlive) {
            this.version = version;
            this.method = head.method();
            this.upgrade = head.upgrade() == null ? "" : head.upgrade();
            this.body = body;
            this.keepAlive = keepAlive;
        }

        void start(RequestHead request) {
            boolean noBody =
                    body instanceof Http1Body.Empty || (body instanceof Http1Body.Sized sized && sized.isEmpty());
            boolean end = noBody && upgrade.isEmpty() && !request.isConnect();
            requestEnded = noBody;
            RequestListener heard = handler.onRequest(this, request, end);
            if (listener == null) {
                listener = heard;
            }
        }

        RequestListener listener() {
            return listener == null ? RequestListener.DEAF : listener;
        }

        boolean isTunnel() {
            return tunnel;
        }

        void parse(ByteBuf in) throws MalformedMessageException {
            if (tunnel) {
                if (!detached) {
                    body.read(in, this);
                }
                return;
            }
            if (requestEnded) {
                return;
            }
            boolean ended = body.read(in, this);
            if (ended) {
                requestEnded = true;
                Headers trailers = body.trailers();
                if (trailers == null) {
                    listener().onData(Unpooled.EMPTY_BUFFER, true);
                } else {
                    listener().onTrailers(trailers);
                }
            }
        }

        @Override
        public ByteBuf takeAll() {
            return takeUnread();
        }

        @Override
        public void data(ByteBuf data) {
            listener().onData(data, false);
        }

        void inputEnded() {
            listener().onData(Unpooled.EMPTY_BUFFER, true);
        }

        /** The rest of the request cannot be read; it may still be answered, from within the call. */
        void refuse(StreamReset reset) {
            if (!requestEnded || !responseEnded) {
                listener().onReset(reset);
            }
            responseEnded = true;
        }

        /** The stream is gone before its time. */
        void end(StreamReset reset) {
            boolean wasOver = requestEnded && responseEnded;
            responseEnded = true;
            if (!wasOver) {
                listener().onReset(reset);
            }
        }

        @Override
        public ServerConnection connection() {
            return Http1ServerConnection.this;
        }

        @Override
        public void sendInformational(ResponseHead head) {
            if (!headSent && !responseEnded && version == HttpVersion.HTTP_1_1) {
                write(writer.response(head, "", Framing.NONE, ""), 0);
            }
        }

        @Override
        public void sendHead(ResponseHead head, boolean end) {
            if (responseEnded || headSent) {
                return;
            }
            headSent = true;
            boolean accepted = head.status() == 101 || (method.equals("CONNECT") && head.status() / 100 == 2);
            if (accepted) {
                tunnel = true;
                keepAlive = false;
                body = Http1Body.UntilClose.INSTANCE;
                // A client that has sent its last byte still waits for the answer.
                channel().config().setOption(ChannelOption.ALLOW_HALF_CLOSURE, true);
                write(writer.response(head, upgrade, Framing.NONE, ""), 0);
                resume();
                return;
            }
            framing = framing(head, end);
            if (framing == Framing.SIZED && !end) {
                unsentBytes = Http1Body.lengthToSend(head.headers());
            }
            // A request whose end is not there yet would be read as the next one's beginning.
            // So would the bytes that a client sends into a tunnel which it did not get.
            boolean wantedTunnel = method.equals("CONNECT") || !upgrade.isEmpty();
            if (framing == Framing.UNTIL_CLOSE || !requestEnded || draining || wantedTunnel) {
                keepAlive = false;
            }
            write(writer.response(head, "", framing, connectionField()), end ? 0 : room(framing, unsentBytes));
            if (end) {
                responseEnded();
            }
        }

        private String connectionField() {
            if (!keepAlive) {
                return "close";
            }
            return version == HttpVersion.HTTP_1_0 ? "keep-alive" : "";
        }

        private Framing framing(ResponseHead head, boolean end) {
            boolean bodiless = method.equals("HEAD") || head.status() == 204 || head.status() == 304;
            if (bodiless) {
                return Framing.NONE;
            }
            if (head.headers().contains("content-length")) {
                return end && Http1Body.lengthToSend(head.headers()) != 0 ? Framing.EMPTY : Framing.SIZED;
            }
            if (end) {
                return Framing.EMPTY;
            }
            return version == HttpVersion.HTTP_1_0 ? Framing.UNTIL_CLOSE : Framing.CHUNKED;
        }

        @Override
        public void sendData(ByteBuf data, boolean end) {
            if (responseEnded) {
                data.release();
                return;
            }
            if (!data.isReadable()) {
                data.release();
            } else if (tunnel) {
                write(data);
            } else {
                sendBody(data);
            }
            if (end && !responseEnded) {
                if (tunnel) {
                    tunnelEnded();
                    return;
                }
                if (framing == Framing.CHUNKED) {
                    write(writer.lastChunk(), 0);
                }
                responseEnded();
            }
        }

        private void tunnelEnded() {
            responseEnded = true;
            leave();
            closing = true;
            if (!inputHasEnded()) {
                // Nothing more of the client is read. Not from within the call: what is above is busy ending its side.
                context().executor().execute(this::inputEnded);
            }
            closeAfterFlush();
        }

        private void sendBody(ByteBuf data) {
            switch (framing) {
                case NONE, EMPTY -> data.release();
                case UNTIL_CLOSE -> write(data);
                case SIZED -> {
                    unsentBytes -= data.readableBytes();
                    if (unsentBytes < 0) {
                        data.release();
                        reset(StreamReset.Kind.PROTOCOL_ERROR);
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

        @Override
        public void sendTrailers(Headers trailers) {
            if (responseEnded) {
                return;
            }
            if (framing == Framing.CHUNKED) {
                write(writer.trailers(trailers), 0);
            }
            responseEnded();
        }

        private void responseEnded() {
            if (framing == Framing.SIZED && unsentBytes > 0 && !method.equals("HEAD")) {
                // The client waits for bytes that will not come: only a cut tells it.
                reset(StreamReset.Kind.PROTOCOL_ERROR);
                return;
            }
            responseEnded = true;
            afterCall(this);
        }

        @Override
        public void run() {
            finished(this);
        }

        @Override
        public void reset(StreamReset.Kind kind) {
            if (!responseEnded) {
                responseEnded = true;
                leave();
                closing = true;
                // What was sent before the cut may still wait for the end of this turn.
                flushNow();
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
            return channel().isWritable();
        }

        @Override
        public Channel detach() {
            if (!tunnel || responseEnded) {
                throw new IllegalStateException("only an accepted CONNECT can be given away");
            }
            detached = true;
            responseEnded = true;
            leave();
            var channel = channel();
            channel.config().setAutoRead(false);
            // Whoever takes it ends it with the client's last byte, and is not told of a half.
            channel.config().setOption(ChannelOption.ALLOW_HALF_CLOSURE, false);
            if (inputHasEnded()) {
                channel.eventLoop().execute(() -> channel.close());
            }
            ByteBuf unread = takeUnread();
            flushNow();
            var pipeline = channel.pipeline();
            pipeline.remove(Http1ServerConnection.this);
            if (unread.isReadable()) {
                // Whoever takes the channel installs its handlers in this turn; what was read comes in the next.
                channel.eventLoop().execute(() -> {
                    pipeline.fireChannelRead(unread);
                    pipeline.fireChannelReadComplete();
                });
            } else {
                unread.release();
            }
            return channel;
        }
    }
}
