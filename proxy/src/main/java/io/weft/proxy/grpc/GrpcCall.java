package io.weft.proxy.grpc;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.EventLoop;
import io.weft.proxy.codec.ClientStream;
import io.weft.proxy.codec.Headers;
import io.weft.proxy.codec.RequestHead;
import io.weft.proxy.codec.ResponseHead;
import io.weft.proxy.codec.ResponseListener;
import io.weft.proxy.codec.StreamReset;
import io.weft.proxy.grpc.GrpcStatus.Code;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One call, which streams in both directions. Its methods are for any thread, and take effect in the order in which one thread calls them; after its end
 * they do nothing. A call ends once both sides have said all, or when the server has: what was not sent by then is not sent any more.
 */
public final class GrpcCall {
    private static final int PREFIX = 5;
    private static final long MOST_TIMEOUT_MILLIS = 99_999_999;

    private final GrpcChannel channel;
    private final EventLoop loop;
    private final String path;
    private final CallListener listener;
    private final MessageInput input;
    private final Deque<byte[]> unsent = new ArrayDeque<>();
    private volatile boolean ready;
    private long deadlineNanos;
    private @Nullable Future<?> deadline;
    private @Nullable Link link;
    private @Nullable ClientStream stream;
    private boolean headHeard;
    private boolean endSent;
    private boolean remoteEnded;
    private boolean over;

    /** How it ended for the server, while messages before that wait to be asked for. */
    private @Nullable GrpcStatus told;

    GrpcCall(GrpcChannel channel, EventLoop loop, String path, int maxMessageBytes, CallListener listener) {
        this.channel = channel;
        this.loop = loop;
        this.path = path;
        this.listener = listener;
        this.input = new MessageInput(maxMessageBytes, listener::onMessage);
    }

    /** Asks for so many messages more. */
    public void request(int count) {
        onLoop(() -> {
            if (!over) {
                input(input.request(count));
            }
        });
    }

    public void send(byte[] message) {
        onLoop(() -> {
            if (over || endSent) {
                return;
            }
            if (stream == null) {
                unsent.add(message);
            } else {
                write(stream, message);
            }
        });
    }

    /** Nothing more is sent; what the server has to say still comes. */
    public void end() {
        onLoop(() -> {
            if (!over && !endSent) {
                endSent = true;
                if (stream != null) {
                    stream.sendData(Unpooled.EMPTY_BUFFER, true);
                }
            }
        });
    }

    /** Ends it in both directions at once. The listener hears CANCELLED. */
    public void cancel(String why) {
        onLoop(() -> finish(GrpcStatus.of(Code.CANCELLED, why)));
    }

    /** Whether what is sent leaves soon: it has a connection, on which little waits. */
    public boolean isReady() {
        return ready;
    }

    private void onLoop(Runnable task) {
        try {
            loop.execute(task);
        } catch (RejectedExecutionException e) {
            // The loop has ended, and the call with it.
            ready = false;
        }
    }

    // ---- what the channel does with it, on the loop

    /** From now on. */
    void setDeadline(Duration timeout) {
        deadlineNanos = System.nanoTime() + timeout.toNanos();
        deadline = loop.schedule(
                () -> finish(GrpcStatus.of(
                        Code.DEADLINE_EXCEEDED,
                        "no answer within " + timeout.toMillis() + " ms"
                                + (stream == null ? ", which passed without a connection" : ""))),
                timeout.toNanos(),
                TimeUnit.NANOSECONDS);
    }

    /** Whether only the server has still something to say. */
    boolean isEndSent() {
        return endSent && stream != null;
    }

    void begin(Link on) {
        ClientStream opened = on.open(new Responses());
        link = on;
        stream = opened;
        opened.sendHead(head(), false);
        unsent.forEach(message -> write(opened, message));
        unsent.clear();
        if (endSent) {
            opened.sendData(Unpooled.EMPTY_BUFFER, true);
        }
        ready = false;
        tellReady(opened);
    }

    private RequestHead head() {
        GrpcTarget target = channel.target();
        Headers headers = new Headers()
                .add("content-type", "application/grpc")
                .add("te", "trailers")
                .add("user-agent", "weft");
        if (deadline != null) {
            long millis = TimeUnit.NANOSECONDS.toMillis(deadlineNanos - System.nanoTime());
            headers.add("grpc-timeout", Math.clamp(millis, 1, MOST_TIMEOUT_MILLIS) + "m");
        }
        return new RequestHead("POST", target.scheme(), target.authority(), path, headers, null, false);
    }

    private void write(ClientStream to, byte[] message) {
        ByteBuf data = to.connection().channel().alloc().buffer(PREFIX + message.length);
        data.writeByte(0).writeInt(message.length).writeBytes(message);
        to.sendData(data, false);
        ready = to.isWritable();
    }

    private void tellReady(ClientStream of) {
        boolean was = ready;
        ready = of.isWritable();
        if (ready && !was) {
            listener.onReady();
        }
    }

    /** Ends it, and frees the stream unless both sides have ended that. */
    void finish(GrpcStatus status) {
        if (over) {
            return;
        }
        over = true;
        ready = false;
        unsent.clear();
        if (deadline != null) {
            deadline.cancel(false);
        }
        if (stream != null && !(remoteEnded && endSent)) {
            stream.reset();
        }
        channel.onEnded(this);
        listener.onEnd(status);
    }

    // ---- what comes

    /** The server has said all; messages that wait are first. */
    private void finishBehindMessages(GrpcStatus status) {
        if (over) {
            return;
        }
        remoteEnded = true;
        if (input.isWaiting()) {
            told = status;
        } else {
            boolean cut = status.isOk() && input.isWithin();
            finish(cut ? GrpcStatus.of(Code.INTERNAL, "the response ended within a message") : status);
        }
    }

    /** Something was read. */
    private void input(@Nullable GrpcStatus broken) {
        if (broken != null) {
            finish(broken);
            return;
        }
        if (told != null) {
            finishBehindMessages(told);
        } else if (stream != null && !over) {
            stream.setReading(input.isWanted());
        }
    }

    private static boolean isGrpc(@Nullable String contentType) {
        String grpc = "application/grpc";
        return contentType != null
                && contentType.startsWith(grpc)
                && (contentType.length() == grpc.length() || "+;".indexOf(contentType.charAt(grpc.length())) >= 0);
    }

    private static @Nullable GrpcStatus refused(ResponseHead head) {
        String encoding = head.headers().get("grpc-encoding");
        if (head.status() != 200) {
            return GrpcStatus.ofHttp(head.status(), "a response that is not gRPC's");
        }
        if (!isGrpc(head.headers().get("content-type"))) {
            return GrpcStatus.ofHttp(head.status(), "a response whose content-type is not gRPC's");
        }
        if (encoding != null && !encoding.equals("identity")) {
            return GrpcStatus.of(Code.INTERNAL, "an encoding that nobody asked for");
        }
        return null;
    }

    private final class Responses implements ResponseListener {
        @Override
        public void onInformational(ResponseHead head) {
            // Means nothing to gRPC.
        }

        @Override
        public void onHead(ResponseHead head, boolean end) {
            if (end) {
                finishBehindMessages(GrpcStatus.of(head.status(), head.headers()));
                return;
            }
            GrpcStatus refused = refused(head);
            if (refused != null) {
                finish(refused);
            } else if (stream != null) {
                headHeard = true;
                stream.setReading(input.isWanted());
            }
        }

        @Override
        public void onData(ByteBuf data, boolean end) {
            try {
                if (!over && headHeard) {
                    input(input.add(data));
                }
            } finally {
                data.release();
            }
            if (end) {
                finish(GrpcStatus.of(Code.INTERNAL, "the response ended without a status"));
            }
        }

        @Override
        public void onTrailers(Headers trailers) {
            finishBehindMessages(GrpcStatus.of(200, trailers));
        }

        @Override
        public void onReset(StreamReset reset) {
            finish(new GrpcStatus(code(reset.kind()), reset.detail(), link == null ? null : link.failure()));
        }

        @Override
        public void onWritabilityChanged() {
            if (stream != null && !over) {
                tellReady(stream);
            }
        }
    }

    private static Code code(StreamReset.Kind kind) {
        return switch (kind) {
            // What a server resets is mostly what it has no time left for: it ends.
            case REFUSED,
                    PEER_RESET,
                    CONNECTION_CLOSED,
                    CONNECTION_CLOSED_BEFORE_RESPONSE,
                    HANDSHAKE_REFUSED,
                    OVERLOADED -> Code.UNAVAILABLE;
            case PROTOCOL_ERROR -> Code.INTERNAL;
            case TOO_LARGE -> Code.RESOURCE_EXHAUSTED;
            case LOCAL -> Code.CANCELLED;
        };
    }
}
