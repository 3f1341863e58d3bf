package io.weft.bench;

import io.grpc.KnownLength;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.Server;
import io.grpc.ServerServiceDefinition;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;

/** The application of the gRPC cases: {@code GrpcEcho PORT} answers each message with itself, on one event loop. */
public final class GrpcEcho {
    static final MethodDescriptor<byte[], byte[]> UNARY = method(MethodType.UNARY, "Unary");
    static final MethodDescriptor<byte[], byte[]> STREAM = method(MethodType.BIDI_STREAMING, "Stream");

    private GrpcEcho() {}

    public static void main(String[] arguments) throws IOException, InterruptedException {
        var loop = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
        Server server = NettyServerBuilder.forAddress(
                        new InetSocketAddress(InetAddress.getLoopbackAddress(), Integer.parseInt(arguments[0])))
                .bossEventLoopGroup(loop)
                .workerEventLoopGroup(loop)
                .channelType(NioServerSocketChannel.class)
                .directExecutor()
                .addService(ServerServiceDefinition.builder("weft.bench.Echo")
                        .addMethod(UNARY, ServerCalls.asyncUnaryCall((message, answers) -> {
                            answers.onNext(message);
                            answers.onCompleted();
                        }))
                        .addMethod(STREAM, ServerCalls.asyncBidiStreamingCall(Echo::new))
                        .build())
                .build()
                .start();
        server.awaitTermination();
    }

    private static MethodDescriptor<byte[], byte[]> method(MethodType type, String name) {
        Bytes bytes = new Bytes();
        return MethodDescriptor.newBuilder(bytes, bytes)
                .setType(type)
                .setFullMethodName(MethodDescriptor.generateFullMethodName("weft.bench.Echo", name))
                .build();
    }

    private record Echo(StreamObserver<byte[]> answers) implements StreamObserver<byte[]> {
        @Override
        public void onNext(byte[] message) {
            answers.onNext(message);
        }

        @Override
        public void onError(Throwable cause) {
            // The client went away: nobody is left to be told.
        }

        @Override
        public void onCompleted() {
            answers.onCompleted();
        }
    }

    /** Messages as they are: what a schema costs is not what is measured. */
    private static final class Bytes implements MethodDescriptor.Marshaller<byte[]> {
        @Override
        public InputStream stream(byte[] message) {
            return new Known(message);
        }

        @Override
        public byte[] parse(InputStream message) {
            try {
                return message.readAllBytes();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    /** Whose length gRPC knows beforehand, as that of protobuf's messages. */
    private static final class Known extends ByteArrayInputStream implements KnownLength {
        Known(byte[] message) {
            super(message);
        }
    }
}
