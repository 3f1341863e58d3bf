package io.weft.proxy.codec;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A downstream connection of HTTP/2. */
final class Http2ServerConnection extends Http2Connection implements ServerConnection {
    /** The last streams that were closed here: a client that did not hear of it yet may still send of as many as it has at once. */
    private static final int REMEMBERED = 256;

    private final ServerHandler handler;
    private final int[] closedHere = new int[REMEMBERED];
    private int nextClosedHere;
    private boolean draining;
    private int requests;
    private long held;
    private final LazyTimeout idle;
    private final LazyTimeout sweep;
    private @Nullable ScheduledFuture<?> grace;

    Http2ServerConnection(Channel channel, ServerHandler handler, CodecLimits limits) {
        super(channel, true, limits);
        this.handler = handler;
        this.idle = new LazyTimeout(channel.eventLoop(), this::drain);
        this.sweep = new LazyTimeout(channel.eventLoop(), this::sweep);
    }

    @Override
    void onAdded() {
        super.onAdded();
        handler.budget().take(CONNECTION_BYTES);
        channel().closeFuture().addListener(_ -> handler.budget().give(CONNECTION_BYTES));
        startIdleTimer();
    }

    @Override
    int[] ownSettings() {
        return new int[] {
            Http2Frame.MAX_CONCURRENT_STREAMS, limits.maxConcurrentStreams(),
            Http2Frame.INITIAL_WINDOW_SIZE, limits.initialStreamWindowBytes(),
            Http2Frame.MAX_HEADER_LIST_SIZE, limits.maxHeadBytes(),
            Http2Frame.ENABLE_CONNECT_PROTOCOL, 1
        };
    }

    @Override
    public HttpVersion version() {
        return HttpVersion.HTTP_2;
    }

    @Override
    public long heldBytes() {
        return held;
    }

    @Override
    public int activeStreams() {
        return count();
    }

    // ---- its end

    @Override
    public void drain(long graceMillis) {
        if (draining || !isOpen()) {
            return;
        }
        draining = true;
        idle.stop();
        // RFC 9113, section 6.8: streams that the client opened before it heard of this are served too.
        output().goAway(Integer.MAX_VALUE, Http2Error.NO_ERROR, "");
        grace = channel().eventLoop().schedule(this::endGrace, graceMillis, TimeUnit.MILLISECONDS);
    }

    @Override
    public void cut(String reason) {
        for (Http2Stream stream : all()) {
            ((Exchange) stream).cut(reason);
        }
        if (grace != null) {
            grace.cancel(false);
            endGrace();
        }
    }

    private void endGrace() {
        grace = null;
        if (isOpen()) {
            output().goAway(lastPeerStream(), Http2Error.NO_ERROR, "");
            closeIfDrained();
        }
    }

    private void closeIfDrained() {
        if (draining && grace == null && count() == 0 && isOpen()) {
            output().closeAfterFlush();
        }
    }

    private void startIdleTimer() {
        if (!draining) {
            idle.set(limits.idleTimeoutMillis());
        }
    }

    @Override
    void onClosed(@Nullable Throwable cause) {
        idle.stop();
        sweep.stop();
        if (grace != null) {
            grace.cancel(false);
        }
        handler.onClosed(this, cause);
    }

    @Override
    void onFailure(Throwable cause) {
        if (cause instanceof Http2Exception breach && count() == 0) {
            // No request tells of it.
            handler.onRefused(this, 0, breach.reason());
        }
    }

    @Override
    StreamReset endOf(@Nullable Throwable cause) {
        return cause instanceof Http2Exception breach
                ? new StreamReset(StreamReset.Kind.PROTOCOL_ERROR, breach.reason())
                : StreamReset.closedByClient(cause);
    }

    // ---- what the client says

    @Override
    void onPeerSetting(int setting, long value) throws Http2Exception {
        if ((setting == Http2Frame.ENABLE_PUSH || setting == Http2Frame.ENABLE_CONNECT_PROTOCOL) && value > 1) {
            throw Http2Exception.protocol("a setting that is neither 0 nor 1 (RFC 9113, section 6.5.2)");
        }
    }

    @Override
    void onPeerSettings() {}

    @Override
    void onPeerGoAway(int lastStream) {
        // It concerns streams that we would open: there are none.
    }

    @Override
    void onBreach(int status, String reason) {
        handler.onRefused(this, status, reason);
    }

    @Override
    boolean wasOpen(int stream) {
        return (stream & 1) == 1 && stream <= lastPeerStream();
    }

    @Override
    boolean isLate(int stream) {
        for (int closed : closedHere) {
            if (closed == stream) {
                return true;
            }
        }
        return false;
    }

    private void forget(int stream) {
        for (int i = 0; i < REMEMBERED; i++) {
            if (closedHere[i] == stream) {
                closedHere[i] = 0;
            }
        }
    }

    private void closedHere(int stream) {
        closedHere[nextClosedHere] = stream;
        nextClosedHere = (nextClosedHere + 1) % REMEMBERED;
    }

    @Override
    void onFirstHead(int id, Http2HeadReader read, boolean end) throws Http2Exception {
        if (id <= lastPeerStream() && isLate(id)) {
            countLate();
            if (end) {
                // Nothing more of it can be on its way.
                forget(id);
            }
            return;
        }
        if ((id & 1) == 0 || id <= lastPeerStream()) {
            throw new Http2Exception(
                    (id & 1) == 1 ? Http2Error.STREAM_CLOSED : Http2Error.PROTOCOL_ERROR,
                    "HEADERS of a stream that is closed, or not a client's (RFC 9113, section 5.1.1)");
        }
        lastPeerStream(id);
        if (draining && grace == null) {
            // RFC 9113, section 6.8: above the last one of our GOAWAY.
            closedHere(id);
            return;
        }
        try {
            RequestHead head = read.request();
            if (end && read.contentLength() > 0) {
                throw MalformedMessageException.bad("no data where Content-Length says some (RFC 9113, section 8.1.1)");
            }
            begin(id, head, read.contentLength(), end);
        } catch (MalformedMessageException e) {
            refuse(id, e, end);
        }
    }

    private void refuse(int id, MalformedMessageException e, boolean end) throws Http2Exception {
        closedHere(id);
        if (e.status() == 431) {
            Headers beside = handler.onRefused(this, 431, e.reason());
            sender().refusal(id, new ResponseHead(431, beside));
            if (!end) {
                refuse(id, Http2Error.NO_ERROR);
            }
        } else {
            handler.onRefused(this, 0, e.reason());
            refuse(id, Http2Error.PROTOCOL_ERROR);
        }
    }

    private void begin(int id, RequestHead head, long length, boolean end) throws Http2Exception {
        if (count() >= limits.maxConcurrentStreams()) {
            closedHere(id);
            refuse(id, Http2Error.REFUSED_STREAM);
            return;
        }
        idle.clear();
        requests++;
        long bytes =
                REQUEST_BYTES + head.headers().retainedBytes() + head.path().length();
        held += bytes;
        handler.budget().take(bytes);
        Exchange exchange = new Exchange(id, head.isConnect() || head.upgrade() != null, bytes);
        exchange.expected = end ? -1 : length;
        exchange.remoteEnded = end;
        add(exchange);
        if (!sweep.isSet()) {
            sweep.set(Http1Connection.FLUSH_MILLIS);
        }
        exchange.listener = handler.onRequest(exchange, head, end);
        if (limits.maxRequestsPerConnection() > 0 && requests >= limits.maxRequestsPerConnection()) {
            drain();
        }
    }

    // ---- turns

    @Override
    void onStreamGone() {
        if (count() == 0) {
            startIdleTimer();
            if (draining) {
                output().wakeAtTurnEnd();
            }
        }
    }

    @Override
    void onTurnEnd() {
        closeIfDrained();
        checkUnread();
    }

    /** Ends streams whose client takes nothing of what is left of a response: nobody above waits for them any more. */
    private void sweep() {
        for (Http2Stream stream : all()) {
            ((Exchange) stream).sweep();
        }
        if (count() > 0) {
            sweep.set(Http1Connection.FLUSH_MILLIS);
        }
    }

    /** Streams whose client has opened no window since the last time give up what waits for them. */
    @Override
    void onMemoryShort() {
        for (Http2Stream stream : all()) {
            ((Exchange) stream).relieve();
        }
    }

    private final class Exchange extends Http2Stream implements ServerStream {
        private final boolean tunnelWanted;
        private final long bytes;
        private @Nullable RequestListener listener;
        private boolean responseEnded;
        private boolean headSent;
        private boolean over;
        private boolean tunnel;
        private boolean swept;
        private int sweptQueued;
        private boolean relieved;
        private long windowThen;
        private boolean reading = true;
        private int unused;

        Exchange(int id, boolean tunnelWanted, long bytes) {
            super(id, sender().initialWindow(), newWindow());
            this.bytes = bytes;
            this.tunnelWanted = tunnelWanted;
        }

        @Override
        int onData(ByteBuf data, boolean end) {
            int count = data.readableBytes();
            RequestListener heard = listener;
            if (over || heard == null) {
                data.release();
                return count;
            }
            heard.onData(data, end);
            if (reading) {
                return count;
            }
            unused += count;
            return 0;
        }

        @Override
        void onFields(Http2HeadReader fields, boolean end) throws MalformedMessageException {
            Headers trailers = fields.trailers(true);
            if (!end) {
                throw MalformedMessageException.bad("trailers that do not end the stream (RFC 9113, section 8.1)");
            }
            if (!counts(0, true)) {
                throw MalformedMessageException.bad("less data than Content-Length says (RFC 9113, section 8.1.1)");
            }
            remoteEnded = true;
            if (listener != null && !over) {
                listener.onTrailers(trailers);
            }
            Http2ServerConnection.this.remoteEnded(this);
        }

        @Override
        void onPeerReset(long code) {
            onOver(new StreamReset(
                    StreamReset.Kind.PEER_RESET, "the client reset the stream: error " + Http2Error.name(code)));
        }

        @Override
        void onOver(StreamReset reset) {
            boolean complete = remoteEnded && responseEnded;
            if (!over && !complete) {
                over = true;
                if (listener != null) {
                    listener.onReset(reset);
                }
            }
            over = true;
        }

        @Override
        void onRemoved() {
            held -= bytes;
            handler.budget().give(bytes);
            if (!remoteEnded && !remoteReset) {
                closedHere(id);
            }
        }

        @Override
        void onWritable() {
            if (listener != null && !over) {
                listener.onWritabilityChanged();
            }
        }

        @Override
        void onEndWritten() {
            if (!remoteEnded && !tunnel) {
                // RFC 9113, section 8.1: a complete response before the request's end asks the client to stop without
                // error. The other half of a tunnel goes on until the client ends it (section 8.5).
                Http2ServerConnection.this.reset(this, Http2Error.NO_ERROR);
            }
        }

        void sweep() {
            boolean waits = responseEnded && (remoteEnded || !tunnel);
            // Who reads slowly reads: that is what idle timeouts are for.
            if (waits && swept && sweptQueued == queued()) {
                over = true;
                Http2ServerConnection.this.reset(this, Http2Error.CANCEL);
            }
            swept = waits;
            sweptQueued = queued();
        }

        void cut(String reason) {
            RequestListener heard = listener;
            if (heard != null && !over && !responseEnded) {
                heard.onCut(reason);
            }
            if (!responseEnded) {
                reset(StreamReset.Kind.LOCAL);
            }
        }

        void relieve() {
            boolean waits = hasSomethingQueued();
            if (waits && relieved && windowThen == sendWindow) {
                Http2ServerConnection.this.reset(this, Http2Error.ENHANCE_YOUR_CALM);
                onOver(new StreamReset(
                        StreamReset.Kind.OVERLOADED,
                        "memory is short, and the client opened no window for what waits for it"));
            }
            relieved = waits;
            windowThen = sendWindow;
        }

        @Override
        public ServerConnection connection() {
            return Http2ServerConnection.this;
        }

        @Override
        public void sendInformational(ResponseHead head) {
            if (!over && !headSent) {
                sender().response(this, head, false);
            }
        }

        @Override
        public void sendHead(ResponseHead head, boolean end) {
            if (over || headSent) {
                return;
            }
            headSent = true;
            tunnel = tunnelWanted && (head.status() == 101 || head.status() / 100 == 2);
            responseEnded = end;
            sender().response(this, head, end);
            hearNoMore();
        }

        /** What is still to come of a request whose response is complete concerns nobody. */
        private void hearNoMore() {
            over |= responseEnded && !remoteEnded && !tunnel;
        }

        @Override
        public void sendData(ByteBuf data, boolean end) {
            if (over || responseEnded) {
                data.release();
                return;
            }
            responseEnded = end;
            sender().data(this, data, end);
            hearNoMore();
        }

        @Override
        public void sendTrailers(Headers trailers) {
            if (!over && !responseEnded) {
                responseEnded = true;
                sender().trailers(this, trailers);
                hearNoMore();
            }
        }

        @Override
        public void reset(StreamReset.Kind kind) {
            if (!over) {
                over = true;
                Http2Error error = switch (kind) {
                    case REFUSED -> Http2Error.REFUSED_STREAM;
                    case PROTOCOL_ERROR -> Http2Error.PROTOCOL_ERROR;
                    case OVERLOADED,
                            TOO_LARGE,
                            PEER_RESET,
                            HANDSHAKE_REFUSED,
                            CONNECTION_CLOSED,
                            CONNECTION_CLOSED_BEFORE_RESPONSE,
                            LOCAL -> Http2Error.INTERNAL_ERROR;
                };
                Http2ServerConnection.this.reset(this, error);
            }
        }

        @Override
        public void setReading(boolean wanted) {
            reading = wanted;
            if (wanted && unused > 0) {
                int count = unused;
                unused = 0;
                Http2ServerConnection.this.used(this, count);
            }
        }

        @Override
        public boolean isWritable() {
            return !over && sender().mayWrite(this);
        }

        @Override
        public Channel detach() {
            throw new IllegalStateException("a stream of HTTP/2 has no channel of its own");
        }
    }
}
