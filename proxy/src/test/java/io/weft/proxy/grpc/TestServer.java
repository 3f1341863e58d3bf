package io.weft.proxy.grpc;

import io.grpc.Context;
import io.grpc.Deadline;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.Server;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** A server of grpc-java's, whose calls a test holds in its hands. */
final class TestServer implements AutoCloseable {
    static final String ECHO = "/test.Test/Echo";
    static final String STREAM = "/test.Test/Stream";
    static final int MAX_BYTES = 1 << 20;

    /** A call of {@link #STREAM} as the server sees it. */
    static final class Served implements StreamObserver<byte[]> {
        final ServerCallStreamObserver<byte[]> responses;
        final List<String> received = new CopyOnWriteArrayList<>();
        volatile boolean cancelled;
        volatile boolean ended;

        Served(ServerCallStreamObserver<byte[]> responses) {
            this.responses = responses;
            responses.setOnCancelHandler(() -> cancelled = true);
        }

        @Override
        public void onNext(byte[] message) {
            received.add(new String(message, StandardCharsets.UTF_8));
        }

        @Override
        public void onError(Throwable failure) {
            cancelled = true;
        }

        @Override
        public void onCompleted() {
            ended = true;
        }
    }

    final List<Served> calls = new CopyOnWriteArrayList<>();
    /** What was left of each call's deadline, where it had one. */
    final List<Duration> deadlines = new CopyOnWriteArrayList<>();

    final Server server;
    private final int port;

    TestServer() throws IOException {
        this(0, builder -> {});
    }

    /** @param more for its builder */
    TestServer(int port, Consumer<NettyServerBuilder> more) throws IOException {
        ServerServiceDefinition service = ServerServiceDefinition.builder("test.Test")
                .addMethod(method("Echo", MethodType.UNARY), ServerCalls.asyncUnaryCall(this::echo))
                .addMethod(method("Stream", MethodType.BIDI_STREAMING), ServerCalls.asyncBidiStreamingCall(this::serve))
                .build();
        NettyServerBuilder builder = NettyServerBuilder.forAddress(
                        new InetSocketAddress(InetAddress.getLoopbackAddress(), port))
                .addService(service);
        more.accept(builder);
        server = builder.build().start();
        this.port = server.getPort();
    }

    /** Answers what it is asked, but {@code status CODE text} by that status. */
    private void echo(byte[] message, StreamObserver<byte[]> response) {
        Deadline deadline = Context.current().getDeadline();
        if (deadline != null) {
            deadlines.add(Duration.ofNanos(deadline.timeRemaining(TimeUnit.NANOSECONDS)));
        }
        String text = new String(message, StandardCharsets.UTF_8);
        if (text.startsWith("status ")) {
            String[] parts = text.split(" ", 3);
            response.onError(Status.fromCodeValue(Integer.parseInt(parts[1]))
                    .withDescription(parts[2])
                    .asRuntimeException());
        } else if (!text.equals("silence")) {
            response.onNext(message);
            response.onCompleted();
        }
    }

    private StreamObserver<byte[]> serve(StreamObserver<byte[]> responses) {
        Served call = new Served((ServerCallStreamObserver<byte[]>) responses);
        calls.add(call);
        return call;
    }

    int port() {
        return port;
    }

    void kill() throws InterruptedException {
        server.shutdownNow().awaitTermination();
    }

    @Override
    public void close() {
        server.shutdownNow();
    }

    private static MethodDescriptor<byte[], byte[]> method(String name, MethodType type) {
        return MethodDescriptor.<byte[], byte[]>newBuilder()
                .setType(type)
                .setFullMethodName("test.Test/" + name)
                .setRequestMarshaller(new Bytes())
                .setResponseMarshaller(new Bytes())
                .build();
    }

    private static final class Bytes implements MethodDescriptor.Marshaller<byte[]> {
        @Override
        public InputStream stream(byte[] message) {
            return new ByteArrayInputStream(message);
        }

        @Override
        public byte[] parse(InputStream stream) {
            try {
                return stream.readAllBytes();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
