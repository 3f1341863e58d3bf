package io.weft.proxy.codec;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.weft.proxy.transport.PeerHost;
import org.jspecify.annotations.Nullable;

/** An upstream connection of HTTP/2: many streams at once. */
final class Http2ClientConnection extends Http2Connection implements ClientConnection {
    private static final int MAX_INFORMATIONAL = 16;

    /** Ids end with the 31 bits that there are for them (RFC 9113, section 5.1.1). */
    private static final int LAST_STREAM = Integer.MAX_VALUE;

    private final Listener owner;
    private int nextStream = 1;
    private long peerStreams = Integer.MAX_VALUE;
    private boolean draining;
    private boolean closed;
    private boolean heardSettings;
    private boolean refusesUpgrades;
    private boolean endedStreams;
    private int requests;

    Http2ClientConnection(Channel channel, Listener owner, CodecLimits limits) {
        super(channel, false, limits);
        this.owner = owner;
    }

    @Override
    int[] ownSettings() {
        return new int[] {
            Http2Frame.ENABLE_PUSH, 0,
            Http2Frame.INITIAL_WINDOW_SIZE, limits.initialStreamWindowBytes(),
            Http2Frame.MAX_HEADER_LIST_SIZE, limits.maxHeadBytes()
        };
    }

    @Override
    public HttpVersion version() {
        return HttpVersion.HTTP_2;
    }

    @Override
    public int availableStreams() {
        if (draining || closed || !isOpen()) {
            return 0;
        }
        return (int) Math.max(0, Math.min(peerStreams, limits.maxConcurrentStreams()) - count());
    }

    @Override
    public int activeStreams() {
        return count();
    }

    @Override
    public ClientStream open(ResponseListener listener) {
        if (availableStreams() == 0) {
            throw new IllegalStateException("the connection takes no stream");
        }
        requests++;
        Exchange exchange = new Exchange(nextStream, listener);
        boolean last = nextStream == LAST_STREAM;
        nextStream += 2;
        add(exchange);
        if (last || (limits.maxRequestsPerConnection() > 0 && requests >= limits.maxRequestsPerConnection())) {
            drainSoon();
        }
        return exchange;
    }

    private void drainSoon() {
        if (!draining) {
            draining = true;
            owner.onDraining(this);
        }
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
        closed = true;
        closeNow();
    }

    // ---- what the endpoint says

    @Override
    void onPeerSetting(int setting, long value) throws Http2Exception {
        switch (setting) {
            case Http2Frame.MAX_CONCURRENT_STREAMS -> peerStreams = value;
            case Http2Frame.ENABLE_PUSH -> {
                if (value != 0) {
                    throw Http2Exception.protocol("a server that speaks of pushes (RFC 9113, section 6.5.2)");
                }
            }
            case Http2Frame.ENABLE_CONNECT_PROTOCOL -> {
                if (value > 1) {
                    throw Http2Exception.protocol("a setting that is neither 0 nor 1 (RFC 8441, section 3)");
                }
                refusesUpgrades = value == 0;
                heardSettings = true;
            }
            default -> {}
        }
    }

    /** Until its first settings are here an endpoint is believed to take upgrades: proxies do. */
    @Override
    void onPeerSettings() {
        refusesUpgrades |= !heardSettings;
        heardSettings = true;
    }

    @Override
    void onPeerGoAway(int lastStream) {
        drainSoon();
        for (Http2Stream stream : all()) {
            if (stream.id > lastStream) {
                remove(stream);
                stream.onOver(
                        new StreamReset(StreamReset.Kind.REFUSED, "the stream is above the last one of a GOAWAY"));
            }
        }
    }

    @Override
    void onBreach(int status, String reason) {
        // The streams tell of it, where there are any.
    }

    @Override
    void onFailure(Throwable cause) {}

    @Override
    StreamReset endOf(@Nullable Throwable cause) {
        return cause instanceof Http2Exception breach
                ? new StreamReset(StreamReset.Kind.PROTOCOL_ERROR, breach.reason())
                : StreamReset.closed(StreamReset.Kind.CONNECTION_CLOSED, cause);
    }

    @Override
    boolean wasOpen(int stream) {
        return (stream & 1) == 1 && Integer.compareUnsigned(stream, nextStream) < 0;
    }

    /** Those that were given up here may be many at once, and answers to them on their way. */
    @Override
    boolean isLate(int stream) {
        return true;
    }

    @Override
    void onFirstHead(int stream, Http2HeadReader read, boolean end) throws Http2Exception {
        if (!wasOpen(stream)) {
            throw Http2Exception.protocol("HEADERS of a stream that was never opened (RFC 9113, section 5.1)");
        }
        countLate();
    }

    // ---- turns

    @Override
    void onStreamGone() {
        endedStreams = true;
        output().wakeAtTurnEnd();
    }

    @Override
    void onTurnEnd() {
        if (endedStreams) {
            endedStreams = false;
            owner.onStreamEnded(this);
            if (draining && count() == 0 && isOpen()) {
                output().closeAfterFlush();
            }
        }
    }

    @Override
    void onClosed(@Nullable Throwable cause) {
        closed = true;
        owner.onClosed(this, cause);
    }

    private final class Exchange extends Http2Stream implements ClientStream {
        private final ResponseListener listener;
        private boolean tunnelWanted;
        private boolean bodiless;
        private boolean headHeard;
        private boolean requestEnded;
        private boolean opened;
        private boolean over;
        private boolean reading = true;
        private int unused;
        private int informational;
        private boolean upgrades;
        private @Nullable String accept;

        Exchange(int id, ResponseListener listener) {
            super(id, sender().initialWindow(), newWindow());
            this.listener = listener;
        }

        @Override
        void onFields(Http2HeadReader fields, boolean end) throws MalformedMessageException {
            if (over) {
                return;
            }
            if (headHeard) {
                onTrailers(fields.trailers(false), end);
                return;
            }
            ResponseHead head = fields.response();
            if (head.isInformational()) {
                if (end || ++informational > MAX_INFORMATIONAL) {
                    throw MalformedMessageException.bad("informational responses that end the stream, or too many");
                }
                listener.onInformational(head);
                return;
            }
            headHeard = true;
            remoteEnded = end;
            boolean accepted = upgrades && head.status() / 100 == 2;
            boolean tunnel = accepted || (tunnelWanted && head.status() / 100 == 2);
            expected = bodiless || tunnel || head.status() == 304 ? -1 : fields.contentLength();
            if (end && !counts(0, true)) {
                remoteEnded = false;
                throw MalformedMessageException.bad("no data where Content-Length says some (RFC 9113, section 8.1.1)");
            }
            if (accepted) {
                WebSocketHandshake.addAccept(head.headers(), accept);
            }
            listener.onHead(accepted ? new ResponseHead(101, head.headers()) : head, end);
            if (end) {
                remoteEnded(this);
            }
        }

        private void onTrailers(Headers trailers, boolean end) throws MalformedMessageException {
            if (!end) {
                throw MalformedMessageException.bad("trailers that do not end the stream (RFC 9113, section 8.1)");
            }
            if (!counts(0, true)) {
                throw MalformedMessageException.bad("less data than Content-Length says (RFC 9113, section 8.1.1)");
            }
            remoteEnded = true;
            listener.onTrailers(trailers);
            Http2ClientConnection.this.remoteEnded(this);
        }

        @Override
        int onData(ByteBuf data, boolean end) {
            int count = data.readableBytes();
            if (over) {
                data.release();
                return count;
            }
            if (!headHeard) {
                data.release();
                remoteEnded = false;
                Http2ClientConnection.this.reset(this, Http2Error.PROTOCOL_ERROR);
                onOver(new StreamReset(StreamReset.Kind.PROTOCOL_ERROR, "data before a head"));
                return count;
            }
            listener.onData(data, end);
            if (reading) {
                return count;
            }
            unused += count;
            return 0;
        }

        /** RFC 9113, section 8.1: NO_ERROR after a complete response only asks to stop sending. */
        @Override
        void onPeerReset(long code) {
            boolean stopped = code == Http2Error.NO_ERROR.code() && remoteEnded;
            if (!stopped) {
                StreamReset.Kind kind = code == Http2Error.REFUSED_STREAM.code()
                        ? StreamReset.Kind.REFUSED
                        : StreamReset.Kind.PEER_RESET;
                onOver(new StreamReset(kind, "the endpoint reset the stream: error " + Http2Error.name(code)));
            }
        }

        @Override
        void onOver(StreamReset reset) {
            if (!over) {
                over = true;
                if (!remoteEnded) {
                    listener.onReset(reset);
                }
            }
        }

        @Override
        void onRemoved() {}

        @Override
        void onWritable() {
            if (!over) {
                listener.onWritabilityChanged();
            }
        }

        @Override
        void onEndWritten() {}

        @Override
        public ClientConnection connection() {
            return Http2ClientConnection.this;
        }

        @Override
        public void sendHead(RequestHead head, boolean end) {
            if (over) {
                return;
            }
            upgrades = head.upgrade() != null;
            if (upgrades && refusesUpgrades) {
                // RFC 8441, section 3. Not from within the call: what is above is busy with this try.
                channel().eventLoop().execute(() -> {
                    remove(this);
                    onOver(new StreamReset(
                            StreamReset.Kind.PROTOCOL_ERROR,
                            "it takes no upgrades over HTTP/2 (SETTINGS_ENABLE_CONNECT_PROTOCOL)"));
                });
                return;
            }
            opened = true;
            accept = WebSocketHandshake.accept(head);
            tunnelWanted = upgrades || head.isConnect();
            bodiless = head.method().equals("HEAD");
            requestEnded = end;
            sender().request(this, head, end && !tunnelWanted);
        }

        @Override
        public void sendData(ByteBuf data, boolean end) {
            if (over || requestEnded) {
                data.release();
                return;
            }
            requestEnded = end;
            sender().data(this, data, end);
        }

        @Override
        public void sendTrailers(Headers trailers) {
            if (!over && !requestEnded) {
                requestEnded = true;
                sender().trailers(this, trailers);
            }
        }

        @Override
        public void reset() {
            if (over) {
                return;
            }
            over = true;
            if (opened) {
                Http2ClientConnection.this.reset(this, Http2Error.CANCEL);
            } else {
                remove(this);
            }
        }

        @Override
        public void setReading(boolean wanted) {
            reading = wanted;
            if (wanted && unused > 0) {
                int count = unused;
                unused = 0;
                Http2ClientConnection.this.used(this, count);
            }
        }

        @Override
        public boolean isWritable() {
            return !over && sender().mayWrite(this);
        }
    }
}
