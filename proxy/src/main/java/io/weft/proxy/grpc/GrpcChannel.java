package io.weft.proxy.grpc;

import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.weft.core.time.Backoff;
import io.weft.proxy.codec.ClientConnection;
import io.weft.proxy.grpc.GrpcStatus.Code;
import io.weft.proxy.tls.TlsFailures;
import io.weft.proxy.transport.EventLoops;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * Calls to one peer over one connection, which the first call opens, and the next one after it ended. What fails is told to the calls; who calls tries
 * again when it thinks fit, and after a failed try to connect not before a back-off, unless {@link #connectNow} says so. Lives on the acceptor's loop,
 * which carries no requests. Its methods are for any thread.
 */
public final class GrpcChannel implements AutoCloseable {
    private static final long CLOSE_SECONDS = 2;

    /** For the answers to calls that have said their end. */
    private static final long FAREWELL_MILLIS = 250;

    private static final Backoff BACKOFF = new Backoff(Duration.ofSeconds(1), Duration.ofMinutes(2));

    private static final GrpcStatus SHUT_DOWN =
            GrpcStatus.of(Code.UNAVAILABLE, "the connection to the control plane is shut down");

    private final EventLoops sockets;
    private final EventLoop loop;
    private final GrpcTarget target;
    private final RandomGenerator random = RandomGenerator.of("SplittableRandom");
    private volatile int running;

    // Confined to the loop.
    private final Set<GrpcCall> calls = new HashSet<>();
    private final Deque<GrpcCall> waiting = new ArrayDeque<>();
    private final Set<ClientConnection> connections = new HashSet<>();
    private @Nullable Link link;
    private boolean connecting;
    private boolean closed;
    private @Nullable Runnable whenEnded;
    private int failures;
    private long notBeforeNanos;
    private GrpcStatus lastFailure = GrpcStatus.of(Code.UNAVAILABLE, "not connected");

    /** Does nothing before the first call. */
    public GrpcChannel(EventLoops sockets, GrpcTarget target) {
        this.sockets = sockets;
        this.loop = sockets.acceptorLoop();
        this.target = target;
    }

    /**
     * Begins a call; no message comes before one is asked for.
     *
     * @param path {@code /package.Service/Method}
     * @param maxMessageBytes of a message that comes
     */
    public GrpcCall open(String path, int maxMessageBytes, CallListener listener) {
        GrpcCall call = new GrpcCall(this, loop, path, maxMessageBytes, listener);
        begin(call, null, listener);
        return call;
    }

    /**
     * One message for another.
     *
     * @param timeout for all of it, the connection too
     * @return completes exceptionally with a {@link GrpcException}
     */
    public CompletableFuture<byte[]> call(String path, byte[] message, int maxMessageBytes, Duration timeout) {
        CompletableFuture<byte[]> answer = new CompletableFuture<>();
        SingleAnswer listener = new SingleAnswer(answer);
        GrpcCall call = new GrpcCall(this, loop, path, maxMessageBytes, listener);
        begin(call, timeout, listener);
        call.send(message);
        call.end();
        // Of a second message it is only of interest that it came.
        call.request(2);
        return answer;
    }

    private void begin(GrpcCall call, @Nullable Duration timeout, CallListener listener) {
        try {
            loop.execute(() -> begin(call, timeout));
        } catch (RejectedExecutionException e) {
            listener.onEnd(GrpcStatus.of(Code.UNAVAILABLE, "the proxy has stopped"));
        }
    }

    /** The next call connects whatever failed before. */
    public void connectNow() {
        try {
            loop.execute(() -> failures = 0);
        } catch (RejectedExecutionException e) {
            // Nobody connects any more.
            return;
        }
    }

    /** How many calls have not ended; a moment late. */
    public int calls() {
        return running;
    }

    GrpcTarget target() {
        return target;
    }

    /** Ends all calls, those that have said their end a little later, and waits for the end of its connections, shortly. */
    @Override
    public void close() {
        CountDownLatch ended = new CountDownLatch(1);
        try {
            loop.execute(() -> closeNow(ended));
            if (!loop.inEventLoop()) {
                var _ = ended.await(CLOSE_SECONDS, TimeUnit.SECONDS);
            }
        } catch (RejectedExecutionException e) {
            // The loop has ended, and closed all there was.
            return;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    // ---- on the loop

    private void closeNow(CountDownLatch ended) {
        closed = true;
        for (GrpcCall call : Set.copyOf(calls)) {
            if (!call.isEndSent()) {
                call.finish(SHUT_DOWN);
            }
        }
        // Whom a server hears end in order is not gone for it, as one is whose stream breaks.
        if (calls.isEmpty()) {
            closeConnections(ended);
        } else {
            whenEnded = () -> closeConnections(ended);
            var _ = loop.schedule(
                    () -> Set.copyOf(calls).forEach(call -> call.finish(SHUT_DOWN)),
                    FAREWELL_MILLIS,
                    TimeUnit.MILLISECONDS);
        }
    }

    private void closeConnections(CountDownLatch ended) {
        // Behind the end of this turn, at which the codec writes what was sent.
        loop.execute(() -> {
            CountDownLatch open = new CountDownLatch(connections.size());
            for (ClientConnection connection : Set.copyOf(connections)) {
                connection.channel().closeFuture().addListener(_ -> {
                    open.countDown();
                    if (open.getCount() == 0) {
                        ended.countDown();
                    }
                });
                connection.close();
            }
            if (connections.isEmpty()) {
                ended.countDown();
            }
        });
    }

    private void begin(GrpcCall call, @Nullable Duration timeout) {
        add(call);
        if (closed) {
            call.finish(SHUT_DOWN);
            return;
        }
        if (timeout != null) {
            call.setDeadline(timeout);
        }
        if (link == null && !connecting && failures > 0 && System.nanoTime() - notBeforeNanos < 0) {
            call.finish(lastFailure);
            return;
        }
        waiting.add(call);
        beginWaiting();
    }

    private void add(GrpcCall call) {
        calls.add(call);
        running = calls.size();
    }

    void onEnded(GrpcCall call) {
        calls.remove(call);
        waiting.remove(call);
        running = calls.size();
        Runnable waits = whenEnded;
        if (waits != null && calls.isEmpty()) {
            whenEnded = null;
            waits.run();
        }
    }

    private void beginWaiting() {
        Link open = link;
        if (open == null) {
            if (!waiting.isEmpty() && !connecting && !closed) {
                connecting = true;
                new Dial(sockets, loop, target, new Connecting()).begin();
            }
            return;
        }
        while (!waiting.isEmpty() && open.takesCalls()) {
            waiting.removeFirst().begin(open);
        }
    }

    private void onConnectFailed(Throwable cause) {
        connecting = false;
        failures++;
        notBeforeNanos = System.nanoTime() + BACKOFF.after(failures, random).toNanos();
        String why = cause instanceof SSLException ? TlsFailures.sentence(cause) : String.valueOf(cause.getMessage());
        lastFailure = new GrpcStatus(Code.UNAVAILABLE, "no connection to " + target + ": " + why, cause);
        for (GrpcCall call : Set.copyOf(waiting)) {
            call.finish(lastFailure);
        }
    }

    private final class Connecting implements Dial.Outcome {
        @Override
        public void onConnected(Channel channel) {
            connecting = false;
            if (closed) {
                channel.close();
                return;
            }
            failures = 0;
            Link connected = new Link(channel, target.keepAlive(), new Connections());
            connections.add(connected.connection());
            link = connected;
            beginWaiting();
        }

        @Override
        public void onFailed(Throwable cause) {
            onConnectFailed(cause);
        }
    }

    private final class Connections implements ClientConnection.Listener {
        @Override
        public void onStreamEnded(ClientConnection connection) {
            beginWaiting();
        }

        /** Its calls go on; the next one has another connection. */
        @Override
        public void onDraining(ClientConnection connection) {
            forget(connection);
            if (connection.activeStreams() == 0) {
                connection.close();
            }
            beginWaiting();
        }

        @Override
        public void onClosed(ClientConnection connection, @Nullable Throwable cause) {
            forget(connection);
            connections.remove(connection);
            beginWaiting();
        }

        private void forget(ClientConnection connection) {
            if (link != null && link.connection().equals(connection)) {
                link = null;
            }
        }
    }

    /** What {@link #call} waits for. */
    private static final class SingleAnswer implements CallListener {
        private final CompletableFuture<byte[]> answer;
        private byte @Nullable [] message;
        private boolean several;

        SingleAnswer(CompletableFuture<byte[]> answer) {
            this.answer = answer;
        }

        @Override
        public void onMessage(byte[] next) {
            several |= message != null;
            message = next;
        }

        @Override
        public void onEnd(GrpcStatus status) {
            byte[] only = message;
            if (!status.isOk()) {
                answer.completeExceptionally(new GrpcException(status));
            } else if (only == null || several) {
                answer.completeExceptionally(new GrpcException(GrpcStatus.of(
                        Code.INTERNAL, only == null ? "no answer" : "more than one answer to one message")));
            } else {
                answer.complete(only);
            }
        }
    }
}
