package io.weft.proxy.codec;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.util.collection.IntObjectHashMap;
import io.weft.proxy.transport.PeerHost;
import org.jspecify.annotations.Nullable;

/**
 * What both directions of a connection of HTTP/2 have in common (RFC 9113): frames in and out, streams, flow control, and what ends with an error.
 */
abstract class Http2Connection implements Http2FrameReader.Frames {
    /** RFC 7541, section 4.2: what everybody has at first. */
    private static final int TABLE_BYTES = 4096;

    /** The connection's holds nobody's memory: what is not used is bounded by the streams' windows. */
    private static final int MAX_CONNECTION_WINDOW = 16 * 1024 * 1024;

    private static final int SETTING_BYTES = 6;

    final CodecLimits limits;
    private final boolean server;
    private final HeadMemory memory = HeadMemory.ofLoop();
    private final Http2FrameReader reader;
    private final Http2Input input;
    private final Http2Output output;
    private final Http2Sender sender;
    private final HpackDecoder decoder = new HpackDecoder(TABLE_BYTES);
    private final Http2HeadReader fields;
    private final Http2Floods floods = new Http2Floods();
    private final IntObjectHashMap<Http2Stream> streams = new IntObjectHashMap<>();
    private final Http2Window receives;
    private final Http2Window.RoundTrip roundTrip = this::roundTripMicros;
    private int lastPeerStream;
    private boolean ended;
    private @Nullable Throwable failure;

    // Of the DATA frame that is being read.
    private @Nullable Http2Stream dataOf;
    private boolean dataEnds;

    Http2Connection(Channel channel, boolean server, CodecLimits limits) {
        this.server = server;
        this.limits = limits;
        // A little more than a head's bound: who exceeds it by little is told so, and the connection lives.
        this.reader = new Http2FrameReader(this, memory, server, limits.maxHeadBytes() + limits.maxHeadBytes() / 4);
        this.input = new Http2Input(channel, this, reader, limits.headTimeoutMillis());
        this.output = new Http2Output(channel, memory, this::onTurnEnd);
        this.sender = new Http2Sender(this, output, floods, memory);
        this.fields = new Http2HeadReader(limits);
        this.receives = new Http2Window(Http2Frame.DEFAULT_WINDOW, MAX_CONNECTION_WINDOW);
    }

    /** Puts it at the end of its channel's pipeline. */
    final void install() {
        channel().pipeline().addLast(input);
    }

    /** A head that opens a stream of the peer's, or is a response's. */
    abstract void onFirstHead(int stream, Http2HeadReader read, boolean end) throws Http2Exception;

    /** Whether a stream that is not in the table was there once. */
    abstract boolean wasOpen(int stream);

    /** A frame that belongs to no stream any more. Answers whether it may be on its way by rights. */
    abstract boolean isLate(int stream);

    abstract void onPeerSetting(int setting, long value) throws Http2Exception;

    abstract void onPeerSettings();

    abstract void onPeerGoAway(int lastStream);

    /** A peer broke the protocol where no stream of ours can tell of it. */
    abstract void onBreach(int status, String reason);

    /** {@link #failure} ends the connection; its streams are told by {@link #endOf}. */
    abstract void onFailure(Throwable cause);

    /** What a stream hears whose connection ended. */
    abstract StreamReset endOf(@Nullable Throwable cause);

    /** The stream left the table. */
    abstract void onStreamGone();

    /** At the end of a turn of the loop in which something was written or {@link Http2Output#wakeAtTurnEnd} was called. */
    abstract void onTurnEnd();

    abstract void onClosed(@Nullable Throwable cause);

    /** What we tell the peer at first; pairs of identifier and value. */
    abstract int[] ownSettings();

    // ---- the channel

    public final Channel channel() {
        return output.channel();
    }

    final Http2Output output() {
        return output;
    }

    final Http2Sender sender() {
        return sender;
    }

    void onAdded() {
        if (!server) {
            output.preface();
        }
        output.settings(ownSettings());
        int more = limits.initialConnectionWindowBytes() - Http2Frame.DEFAULT_WINDOW;
        if (more > 0) {
            receives.raise(more);
            output.windowUpdate(0, more);
        }
    }

    final void onRemoved() {
        endStreams();
        output.release();
    }

    final void onSocketWritable() {
        sender.onSocketWritable();
    }

    void onMemoryShort() {}

    final void onSlowHead() {
        onBreach(0, "a frame that took longer than a head's time");
        closeNow();
    }

    final void onInactive() {
        ended = true;
        reader.stop();
        endStreams();
        onClosed(failure);
    }

    final void closeNow() {
        channel().close();
    }

    final boolean isOpen() {
        return !ended && channel().isActive();
    }

    /** Of several causes the first is the true one: those after it say that it is closed. */
    final void tellFailure(Throwable cause) {
        if (failure == null) {
            failure = cause;
            onFailure(cause);
        }
    }

    /** Section 5.4.1. */
    final void fail(Http2Exception e) {
        if (ended) {
            return;
        }
        ended = true;
        reader.stop();
        tellFailure(e);
        if (channel().isActive()) {
            output.goAway(lastPeerStream, e.error(), e.reason());
        }
        endStreams();
        output.closeAfterLinger();
    }

    private void endStreams() {
        if (!streams.isEmpty()) {
            StreamReset reset = endOf(failure);
            for (Http2Stream stream : all()) {
                remove(stream);
                stream.onOver(reset);
            }
        }
    }

    private long roundTripMicros() {
        return PeerHost.roundTripMicros(channel());
    }

    // ---- streams

    final Http2Stream[] all() {
        return streams.values().toArray(Http2Stream[]::new);
    }

    final int count() {
        return streams.size();
    }

    final @Nullable Http2Stream stream(int id) {
        return streams.get(id);
    }

    final int lastPeerStream() {
        return lastPeerStream;
    }

    final void lastPeerStream(int id) {
        lastPeerStream = id;
    }

    final Http2Window newWindow() {
        return new Http2Window(limits.initialStreamWindowBytes(), limits.initialConnectionWindowBytes());
    }

    final void add(Http2Stream stream) {
        floods.earn(2);
        streams.put(stream.id, stream);
    }

    final void remove(Http2Stream stream) {
        if (!stream.removed) {
            stream.removed = true;
            streams.remove(stream.id);
            stream.releaseQueue();
            stream.onRemoved();
            onStreamGone();
        }
    }

    final void removeIfEnded(Http2Stream stream) {
        if (stream.remoteEnded && stream.localEnded) {
            floods.earnReset();
            remove(stream);
        }
    }

    /** Sends RST_STREAM, and forgets the stream. */
    final void reset(Http2Stream stream, Http2Error error) {
        if (!stream.removed) {
            remove(stream);
            if (isOpen()) {
                output.reset(stream.id, error);
            }
        }
    }

    /** Section 5.4.2. The stream may not be in the table. */
    final void breach(int id, Http2Error error, String reason) throws Http2Exception {
        floods.reset();
        Http2Stream stream = streams.get(id);
        if (stream == null) {
            onBreach(0, reason);
            output.reset(id, error);
            floods.unread(output);
        } else {
            reset(stream, error);
            stream.onOver(new StreamReset(StreamReset.Kind.PROTOCOL_ERROR, reason));
        }
    }

    // ---- what comes

    @Override
    public final void onHeaders(int id, byte[] block, int start, int end, boolean endStream) throws Http2Exception {
        fields.begin();
        try {
            decoder.decode(block, start, end, fields);
        } catch (HpackException e) {
            throw new Http2Exception(Http2Error.COMPRESSION_ERROR, String.valueOf(e.getMessage()));
        }
        Http2Stream stream = streams.get(id);
        if (stream == null) {
            onFirstHead(id, fields, endStream);
        } else if (stream.remoteEnded) {
            breach(id, Http2Error.STREAM_CLOSED, "HEADERS behind the stream's end (RFC 9113, section 5.1)");
        } else {
            try {
                stream.onFields(fields, endStream);
            } catch (MalformedMessageException e) {
                malformed(stream, e);
            }
        }
    }

    final void malformed(Http2Stream stream, MalformedMessageException e) throws Http2Exception {
        floods.reset();
        reset(stream, Http2Error.PROTOCOL_ERROR);
        stream.onOver(new StreamReset(e.kind(), e.reason()));
    }

    /** The peer's END_STREAM is here and was told. */
    final void remoteEnded(Http2Stream stream) {
        stream.remoteEnded = true;
        removeIfEnded(stream);
    }

    @Override
    public final void onDataBegin(int id, int bytes, int padding, boolean end) throws Http2Exception {
        if (!receives.take(bytes)) {
            throw new Http2Exception(
                    Http2Error.FLOW_CONTROL_ERROR, "more data than the connection's window (RFC 9113, section 6.9)");
        }
        floods.data(bytes - padding, end);
        // What is not used yet is bounded by the windows of the streams: one that waits must not hold up the others.
        int told = receives.give(bytes, roundTrip);
        if (told > 0) {
            output.windowUpdate(0, told);
        }
        dataEnds = end;
        Http2Stream stream = streams.get(id);
        dataOf = stream;
        if (stream == null) {
            lateData(id);
        } else if (stream.remoteEnded) {
            dataOf = null;
            breach(id, Http2Error.STREAM_CLOSED, "DATA behind the stream's end (RFC 9113, section 6.1)");
        } else if (!stream.receives.take(bytes)) {
            dataOf = null;
            breach(id, Http2Error.FLOW_CONTROL_ERROR, "more data than the stream's window (RFC 9113, section 6.9)");
        } else if (!stream.counts(bytes - padding, end)) {
            dataOf = null;
            breach(
                    id,
                    Http2Error.PROTOCOL_ERROR,
                    "data that is not as long as Content-Length says (RFC 9113, section 8.1.1)");
        } else {
            used(stream, padding);
        }
    }

    private void lateData(int id) throws Http2Exception {
        if (!wasOpen(id)) {
            throw Http2Exception.protocol("DATA of a stream that is idle (RFC 9113, section 5.1)");
        }
        if (!isLate(id)) {
            breach(id, Http2Error.STREAM_CLOSED, "DATA of a stream that is closed (RFC 9113, section 5.1)");
        }
    }

    @Override
    public final void onData(ByteBuf data, boolean last) {
        Http2Stream stream = dataOf;
        if (stream == null || stream.removed) {
            data.release();
            return;
        }
        boolean end = last && dataEnds;
        if (!data.isReadable() && !end) {
            data.release();
            return;
        }
        stream.remoteEnded |= end;
        used(stream, stream.onData(data, end));
        if (end) {
            removeIfEnded(stream);
        }
    }

    /** Data was used: the peer may send as much again. */
    final void used(Http2Stream stream, int bytes) {
        if (bytes > 0 && !stream.remoteEnded && !stream.removed && isOpen()) {
            int told = stream.receives.give(bytes, roundTrip);
            if (told > 0) {
                output.windowUpdate(stream.id, told);
            }
        }
    }

    @Override
    public final void onPriority(int id, boolean wellFormed) throws Http2Exception {
        floods.spend();
        if (!wellFormed) {
            breach(id, Http2Error.FRAME_SIZE_ERROR, "PRIORITY of a size that it cannot have (RFC 9113, section 6.3)");
        }
    }

    @Override
    public final void onReset(int id, long code) throws Http2Exception {
        Http2Stream stream = streams.get(id);
        if (stream == null) {
            if (!wasOpen(id)) {
                throw Http2Exception.protocol("RST_STREAM of a stream that is idle (RFC 9113, section 6.4)");
            }
            floods.spend();
            return;
        }
        if (server) {
            floods.reset();
        }
        stream.remoteReset = true;
        remove(stream);
        stream.onPeerReset(code);
    }

    @Override
    public final void onSettings(byte[] payload, int length) throws Http2Exception {
        floods.spend();
        long window = -1;
        for (int at = 0; at < length; at += SETTING_BYTES) {
            int setting = (payload[at] & 0xFF) << 8 | (payload[at + 1] & 0xFF);
            long value = (payload[at + 2] & 0xFFL) << 24
                    | (payload[at + 3] & 0xFF) << 16
                    | (payload[at + 4] & 0xFF) << 8
                    | (payload[at + 5] & 0xFF);
            switch (setting) {
                case Http2Frame.HEADER_TABLE_SIZE -> sender.maxTableBytes(value);
                case Http2Frame.INITIAL_WINDOW_SIZE -> {
                    if (value > Integer.MAX_VALUE) {
                        throw new Http2Exception(
                                Http2Error.FLOW_CONTROL_ERROR,
                                "an initial window of " + value + " (RFC 9113, section 6.5.2)");
                    }
                    window = value;
                }
                case Http2Frame.MAX_FRAME_SIZE -> {
                    if (value < Http2Frame.MAX_BYTES || value >= 1 << 24) {
                        throw Http2Exception.protocol(
                                "a maximum frame size of " + value + " (RFC 9113, section 6.5.2)");
                    }
                }
                default -> onPeerSetting(setting, value);
            }
        }
        onPeerSettings();
        output.settingsAck();
        floods.unread(output);
        if (window >= 0) {
            sender.initialWindow((int) window);
        }
    }

    @Override
    public final void onSettingsAck() throws Http2Exception {
        floods.spend();
    }

    @Override
    public final void onPing(long data, boolean ack) throws Http2Exception {
        floods.spend();
        if (!ack) {
            output.pingAck(data);
            floods.unread(output);
        }
    }

    @Override
    public final void onGoAway(int lastStream, long code) throws Http2Exception {
        floods.spend();
        onPeerGoAway(lastStream);
    }

    @Override
    public final void onUnknown() throws Http2Exception {
        floods.spend();
    }

    @Override
    public final void onWindowUpdate(int id, int increment) throws Http2Exception {
        floods.spend();
        if (id == 0) {
            if (increment == 0) {
                throw Http2Exception.protocol("a window that opens by nothing (RFC 9113, section 6.9)");
            }
            sender.open(increment);
            return;
        }
        Http2Stream stream = streams.get(id);
        if (stream == null) {
            if (!wasOpen(id)) {
                throw Http2Exception.protocol("WINDOW_UPDATE of a stream that is idle (RFC 9113, section 5.1)");
            }
            return;
        }
        if (increment == 0) {
            breach(id, Http2Error.PROTOCOL_ERROR, "a window that opens by nothing (RFC 9113, section 6.9)");
            return;
        }
        if (!sender.open(stream, increment)) {
            breach(id, Http2Error.FLOW_CONTROL_ERROR, "a window beyond 2^31-1 (RFC 9113, section 6.9.1)");
        }
    }

    /** The connection's own bound for what waits for a peer that does not read; asked once a turn. */
    final void checkUnread() {
        if (isOpen()) {
            try {
                floods.unread(output);
            } catch (Http2Exception e) {
                fail(e);
            }
        }
    }

    /** A frame of a stream that is over. */
    final void countLate() throws Http2Exception {
        floods.spend();
    }

    /** Sends RST_STREAM for a head of which there is no stream, by the peer's fault. */
    final void refuse(int id, Http2Error error) throws Http2Exception {
        floods.reset();
        output.reset(id, error);
        floods.unread(output);
    }
}
