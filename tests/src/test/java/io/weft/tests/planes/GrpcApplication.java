package io.weft.tests.planes;

import io.grpc.CallOptions;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.Server;
import io.grpc.ServerCall;
import io.grpc.ServerInterceptors;
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
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;

/** A gRPC service of strings. */
public final class GrpcApplication implements AutoCloseable {
    private static final String SERVICE = "weft.test.Echo";
    public static final MethodDescriptor<String, String> SAY = method("Say", MethodType.UNARY);
    public static final MethodDescriptor<String, String> COLLECT = method("Collect", MethodType.CLIENT_STREAMING);
    public static final MethodDescriptor<String, String> COUNT = method("Count", MethodType.SERVER_STREAMING);
    public static final MethodDescriptor<String, String> TALK = method("Talk", MethodType.BIDI_STREAMING);
    public static final MethodDescriptor<String, String> WAIT = method("Wait", MethodType.UNARY);
    public static final Metadata.Key<String> DETAIL = Metadata.Key.of("x-detail", Metadata.ASCII_STRING_MARSHALLER);

    public final AtomicReference<String> clientCertificate = new AtomicReference<>("");
    public final CountDownLatch cancelled = new CountDownLatch(1);
    private final Server server;

    public GrpcApplication() throws IOException {
        ServerServiceDefinition service = ServerServiceDefinition.builder(SERVICE)
                .addMethod(SAY, ServerCalls.asyncUnaryCall(GrpcApplication::say))
                .addMethod(COLLECT, ServerCalls.asyncClientStreamingCall(GrpcApplication::collect))
                .addMethod(COUNT, ServerCalls.asyncServerStreamingCall(GrpcApplication::count))
                .addMethod(TALK, ServerCalls.asyncBidiStreamingCall(GrpcApplication::talk))
                .addMethod(WAIT, ServerCalls.asyncUnaryCall(this::waitForCancel))
                .build();
        server = NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                .addService(ServerInterceptors.intercept(service, this::remember))
                .build()
                .start();
    }

    private <Q, R> ServerCall.Listener<Q> remember(
            ServerCall<Q, R> call, Metadata headers, io.grpc.ServerCallHandler<Q, R> next) {
        String certificate = headers.get(Metadata.Key.of("x-forwarded-client-cert", Metadata.ASCII_STRING_MARSHALLER));
        clientCertificate.set(certificate == null ? "" : certificate);
        return next.startCall(call, headers);
    }

    private static void say(String request, StreamObserver<String> observer) {
        if (request.startsWith("fail")) {
            Metadata trailers = new Metadata();
            trailers.put(DETAIL, "of " + request);
            observer.onError(Status.FAILED_PRECONDITION
                    .withDescription("asked to: " + request)
                    .asRuntimeException(trailers));
            return;
        }
        observer.onNext("said " + request);
        observer.onCompleted();
    }

    /** Answers with all words in one. */
    private static StreamObserver<String> collect(StreamObserver<String> observer) {
        StringBuilder words = new StringBuilder();
        return new StreamObserver<>() {
            @Override
            public void onNext(String word) {
                words.append(word);
            }

            @Override
            public void onError(Throwable failure) {}

            @Override
            public void onCompleted() {
                observer.onNext(words.toString());
                observer.onCompleted();
            }
        };
    }

    /** Answers with as many messages as it is told, each of as many characters as it has predecessors. */
    private static void count(String request, StreamObserver<String> observer) {
        for (int i = 0; i < Integer.parseInt(request); i++) {
            observer.onNext("x".repeat(i));
        }
        observer.onCompleted();
    }

    private static StreamObserver<String> talk(StreamObserver<String> observer) {
        return new StreamObserver<>() {
            @Override
            public void onNext(String word) {
                observer.onNext("heard " + word);
            }

            @Override
            public void onError(Throwable failure) {}

            @Override
            public void onCompleted() {
                observer.onNext("bye");
                observer.onCompleted();
            }
        };
    }

    private void waitForCancel(String request, StreamObserver<String> observer) {
        ((ServerCallStreamObserver<String>) observer).setOnCancelHandler(cancelled::countDown);
    }

    public static CallOptions options() {
        return CallOptions.DEFAULT.withDeadlineAfter(TestMesh.BOUND);
    }

    private static MethodDescriptor<String, String> method(String name, MethodType type) {
        return MethodDescriptor.<String, String>newBuilder()
                .setType(type)
                .setFullMethodName(MethodDescriptor.generateFullMethodName(SERVICE, name))
                .setRequestMarshaller(new Text())
                .setResponseMarshaller(new Text())
                .build();
    }

    private static final class Text implements MethodDescriptor.Marshaller<String> {
        @Override
        public InputStream stream(String value) {
            return new ByteArrayInputStream(value.getBytes(StandardCharsets.UTF_8));
        }

        @Override
        public String parse(InputStream stream) {
            try {
                return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    public int port() {
        return server.getPort();
    }

    @Override
    public void close() {
        server.shutdownNow();
    }
}
