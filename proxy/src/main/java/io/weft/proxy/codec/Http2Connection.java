package io.weft.proxy.codec;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.ssl.SslCloseCompletionEvent;
import io.netty.util.collection.IntObjectHashMap;
import io.weft.proxy.transport.BufferPressure;
import io.weft.proxy.transport.PeerHost;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * What both directions of a connection of HTTP/2 have in common (RFC 9113): frames in and out, streams, flow control, and what ends with an error. Data
 * that waits for a window or for the socket leaves by turns, a frame of each stream.
 */
abstract class Http2Connection extends ChannelInboundHandlerAdapter implements Http2FrameReader.Frames {
    /** RFC 7541, section 4.2: what everybody has at first. */
    private static final int TABLE_BYTES = 4096;

    private static final long MAX_WINDOW = Integer.MAX_VALUE;

    /** The connection's holds nobody's memory: what is not used is bounded by the streams' windows. */
    private static final int MAX_CONNECTION_WINDOW = 16 * 1024 * 1024;

    private static final int SETTING_BYTES = 6;

    final CodecLimits limits;
    private final boolean server;
    private final HeadMemory memory = HeadMemory.ofLoop();
    private final Http2FrameReader reader;
    private final HpackDecoder decoder = new HpackDecoder(TABLE_BYTES);
    private final Http2HeadReader fields;
    private final Http2Heads heads = new Http2Heads(memory);
    private final Http2Floods floods = new Http2Floods();
    private final IntObjectHashMap<Http2Stream> streams = new IntObjectHashMap<>();
    private final Http2Window receives;
    private final Http2Window.RoundTrip roundTrip = this::roundTripMicros;
    /** Streams that have data and a window for it, and wait for the connection's or the socket. */
    private final Deque<Http2Stream> line = new ArrayDeque<>();

    private @Nullable ChannelHandlerContext context;
    private @Nullable Http2Output output;
    private @Nullable LazyTimeout headClock;
    private ByteBuf unread = Unpooled.EMPTY_BUFFER;
    private long sendWindow = Http2Frame.DEFAULT_WINDOW;
    private int peerInitialWindow = Http2Frame.DEFAULT_WINDOW;
    private int lastPeerStream;
    private boolean ended;
    private @Nullable Throwable failure;

    // Of the DATA frame that is being read.
    private @Nullable Http2Stream dataOf;
    private boolean dataEnds;

    Http2Connection(boolean server, CodecLimits limits) {
        this.server = server;
        this.limits = limits;
        // A little more than a head's bound: who exceeds it by little is told so, and the connection lives.
        this.reader = new Http2FrameReader(this, memory, server, limits.maxHeadBytes() + limits.maxHeadBytes() / 4);
        this.fields = new Http2HeadReader(limits);
        this.receives = new Http2Window(Http2Frame.DEFAULT_WINDOW, MAX_CONNECTION_WINDOW);
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
        return context().channel();
    }

    final ChannelHandlerContext context() {
        if (context == null) {
            throw new IllegalStateException("the handler is not in a pipeline yet");
        }
        return context;
    }

    final Http2Output output() {
        if (output == null) {
            throw new IllegalStateException("the handler is not in a pipeline yet");
        }
        return output;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        context = ctx;
        Http2Output out = new Http2Output(ctx, memory, this::onTurnEnd);
        output = out;
        headClock = new LazyTimeout(ctx.executor(), this::onSlowHead);
        if (!server) {
            out.preface();
        }
        out.settings(ownSettings());
        int more = limits.initialConnectionWindowBytes() - Http2Frame.DEFAULT_WINDOW;
        if (more > 0) {
            receives.raise(more);
            out.windowUpdate(0, more);
        }
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        endStreams();
        unread.release();
        unread = Unpooled.EMPTY_BUFFER;
        output().release();
        if (headClock != null) {
            headClock.stop();
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        ByteBuf data = (ByteBuf) message;
        if (ended) {
            data.release();
            return;
        }
        if (unread.isReadable()) {
            unread = Http1Connection.join(ctx.alloc(), unread, data);
        } else {
            unread.release();
            unread = data;
        }
        long before = reader.completed();
        try {
            reader.read(unread);
        } catch (Http2Exception e) {
            fail(e);
        }
        keepUnread();
        watchHead(before);
    }

    private void keepUnread() {
        if (!unread.isReadable()) {
            unread.release();
            unread = Unpooled.EMPTY_BUFFER;
        } else if (unread.readableBytes() < unread.capacity() / 4) {
            // Many slow clients, each with the beginning of a frame, must not hold a read buffer each.
            ByteBuf few = Unpooled.buffer(unread.readableBytes());
            few.writeBytes(unread);
            unread.release();
            unread = few;
        }
    }

    /** Times what has begun and not ended: streams have their own timeouts, but such a peer has no stream yet. */
    private void watchHead(long before) {
        LazyTimeout clock = headClock;
        if (clock == null) {
            return;
        }
        boolean within = !ended && reader.isWithin(unread);
        if (!within) {
            clock.clear();
        } else if (!clock.isSet() || reader.completed() != before) {
            clock.set(limits.headTimeoutMillis());
        }
    }

    private void onSlowHead() {
        onBreach(0, "a frame that took longer than a head's time");
        closeNow();
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        // What was written leaves with the end of the loop's turn: other connections may have more for this one.
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) throws Exception {
        if (ctx.channel().isWritable()) {
            sendLine();
            tellWritable();
        }
        super.channelWritabilityChanged(ctx);
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) throws Exception {
        if (event instanceof ChannelInputShutdownEvent || event instanceof SslCloseCompletionEvent) {
            // There is no half of a connection in HTTP/2: who sends nothing can open no window either.
            closeNow();
        } else if (event.equals(BufferPressure.SHORT)) {
            onMemoryShort();
        }
        super.userEventTriggered(ctx, event);
    }

    void onMemoryShort() {}

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        Http1Connection.tellMistake(ctx.channel(), cause);
        tellFailure(cause);
        ctx.close();
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) throws Exception {
        ended = true;
        reader.stop();
        if (headClock != null) {
            headClock.stop();
        }
        endStreams();
        onClosed(failure);
        super.channelInactive(ctx);
    }

    final void closeNow() {
        channel().close();
    }

    final boolean isOpen() {
        return !ended && channel().isActive();
    }

    /** Of several causes the first is the true one: those after it say that it is closed. */
    private void tellFailure(Throwable cause) {
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
            output().goAway(lastPeerStream, e.error(), e.reason());
        }
        endStreams();
        output().closeAfterLinger();
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

    final int initialSendWindow() {
        return peerInitialWindow;
    }

    final Http2Window newWindow() {
        return new Http2Window(limits.initialStreamWindowBytes(), limits.initialConnectionWindowBytes());
    }

    final void add(Http2Stream stream) {
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

    private void removeIfEnded(Http2Stream stream) {
        if (stream.remoteEnded && stream.localEnded) {
            remove(stream);
        }
    }

    /** Sends RST_STREAM, and forgets the stream. */
    final void reset(Http2Stream stream, Http2Error error) {
        if (!stream.removed) {
            remove(stream);
            if (isOpen()) {
                output().reset(stream.id, error);
            }
        }
    }

    /** Section 5.4.2. The stream may not be in the table. */
    final void breach(int id, Http2Error error, String reason) throws Http2Exception {
        floods.reset();
        Http2Stream stream = streams.get(id);
        if (stream == null) {
            onBreach(0, reason);
            output().reset(id, error);
            floods.unread(output());
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
            floods.earn(2);
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
            output().windowUpdate(0, told);
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
                output().windowUpdate(stream.id, told);
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
                case Http2Frame.HEADER_TABLE_SIZE -> heads.maxTableBytes(value);
                case Http2Frame.INITIAL_WINDOW_SIZE -> {
                    if (value > MAX_WINDOW) {
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
        output().settingsAck();
        floods.unread(output());
        if (window >= 0) {
            initialWindow((int) window);
        }
    }

    /** Section 6.9.2: it changes what streams may send that are open already. */
    private void initialWindow(int window) throws Http2Exception {
        long change = (long) window - peerInitialWindow;
        peerInitialWindow = window;
        if (change == 0) {
            return;
        }
        for (Http2Stream stream : all()) {
            stream.sendWindow += change;
            if (stream.sendWindow > MAX_WINDOW) {
                throw new Http2Exception(
                        Http2Error.FLOW_CONTROL_ERROR, "a window beyond 2^31-1 (RFC 9113, section 6.9.2)");
            }
            enterLine(stream);
        }
        sendLine();
    }

    @Override
    public final void onSettingsAck() throws Http2Exception {
        floods.spend();
    }

    @Override
    public final void onPing(long data, boolean ack) throws Http2Exception {
        floods.spend();
        if (!ack) {
            output().pingAck(data);
            floods.unread(output());
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
            sendWindow += increment;
            if (sendWindow > MAX_WINDOW) {
                throw new Http2Exception(
                        Http2Error.FLOW_CONTROL_ERROR, "a window beyond 2^31-1 (RFC 9113, section 6.9.1)");
            }
            sendLine();
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
        stream.sendWindow += increment;
        if (stream.sendWindow > MAX_WINDOW) {
            breach(id, Http2Error.FLOW_CONTROL_ERROR, "a window beyond 2^31-1 (RFC 9113, section 6.9.1)");
            return;
        }
        enterLine(stream);
        sendLine();
    }

    // ---- what goes

    final void writeRequest(Http2Stream stream, RequestHead head, boolean end) {
        if (isOpen()) {
            writeHead(stream, heads.request(head), end);
        }
    }

    final void writeResponse(Http2Stream stream, ResponseHead head, boolean end) {
        if (isOpen()) {
            writeHead(stream, heads.response(head), end);
        }
    }

    private void writeHead(Http2Stream stream, HeadOutput block, boolean end) {
        output().headers(stream.id, block, end);
        if (end) {
            localEnded(stream);
        }
    }

    /** Answers a head of which there is no stream. */
    final void writeRefusal(int id, ResponseHead head) {
        output().headers(id, heads.response(head), true);
    }

    final void writeTrailers(Http2Stream stream, Headers trailers) {
        if (stream.removed || !isOpen()) {
            return;
        }
        if (stream.hasSomethingQueued()) {
            stream.queueTrailers(trailers);
            enterLine(stream);
        } else {
            writeHead(stream, heads.trailers(trailers), true);
        }
    }

    /** Takes ownership of {@code data}. */
    final void writeData(Http2Stream stream, ByteBuf data, boolean end) {
        if (stream.removed || !isOpen()) {
            data.release();
            return;
        }
        int count = data.readableBytes();
        if (count == 0 && !end) {
            data.release();
            return;
        }
        if (!stream.hasSomethingQueued() && line.isEmpty() && count <= sendable(stream)) {
            writeFrames(stream, data, end);
            return;
        }
        if (count == 0 && !stream.hasSomethingQueued()) {
            writeFrames(stream, data, true);
            return;
        }
        stream.queue(context().alloc(), data, end);
        enterLine(stream);
        sendLine();
    }

    /** How much of a stream's data may leave now. */
    private int sendable(Http2Stream stream) {
        return output().takesData() ? (int) Math.max(0, Math.min(sendWindow, stream.sendWindow)) : 0;
    }

    /** Windows are wide enough. */
    private void writeFrames(Http2Stream stream, ByteBuf data, boolean end) {
        int left = data.readableBytes();
        sendWindow -= left;
        stream.sendWindow -= left;
        while (left > Http2Frame.MAX_BYTES) {
            output().data(stream.id, data.readRetainedSlice(Http2Frame.MAX_BYTES), false);
            left -= Http2Frame.MAX_BYTES;
        }
        output().data(stream.id, data, end);
        floods.earn(2);
        if (end) {
            localEnded(stream);
        }
    }

    private void localEnded(Http2Stream stream) {
        stream.localEnded = true;
        stream.onEndWritten();
        removeIfEnded(stream);
    }

    private void enterLine(Http2Stream stream) {
        boolean can = stream.queued() > 0 ? stream.sendWindow > 0 : stream.isEndQueued();
        if (can && !stream.inLine && !stream.removed && !stream.localEnded) {
            stream.inLine = true;
            line.addLast(stream);
        }
    }

    /** A frame of each stream that waits, again and again, as far as the connection's window and the socket go. */
    private void sendLine() {
        while (!line.isEmpty() && isOpen() && output().takesData()) {
            Http2Stream stream = line.getFirst();
            if (stream.queued() > 0 && sendWindow <= 0 && !stream.removed) {
                return;
            }
            line.removeFirst();
            stream.inLine = false;
            if (!stream.removed) {
                sendOne(stream);
                enterLine(stream);
                stream.tellWritable(output().takesData());
            }
        }
    }

    private void sendOne(Http2Stream stream) {
        Headers trailers = stream.trailersQueued();
        if (stream.queued() == 0) {
            endQueued(stream, trailers);
            return;
        }
        int most = (int) Math.min(Math.min(sendWindow, stream.sendWindow), Http2Frame.MAX_BYTES);
        if (most <= 0) {
            return;
        }
        ByteBuf data = stream.take(most);
        boolean last = stream.queued() == 0 && stream.isEndQueued();
        writeFrames(stream, data, last && trailers == null);
        if (last && trailers != null) {
            endQueued(stream, trailers);
        }
    }

    private void endQueued(Http2Stream stream, @Nullable Headers trailers) {
        if (trailers == null) {
            writeFrames(stream, Unpooled.EMPTY_BUFFER, true);
        } else {
            writeHead(stream, heads.trailers(trailers), true);
        }
    }

    private void tellWritable() {
        for (Http2Stream stream : all()) {
            stream.tellWritable(output().takesData());
        }
    }

    final boolean mayWrite(Http2Stream stream) {
        return !stream.removed && isOpen() && stream.takesMore(output().takesData());
    }

    /** The connection's own bound for what waits for a peer that does not read; asked once a turn. */
    final void checkUnread() {
        if (isOpen()) {
            try {
                floods.unread(output());
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
        output().reset(id, error);
        floods.unread(output());
    }
}
