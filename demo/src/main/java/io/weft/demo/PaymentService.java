package io.weft.demo;

import com.google.protobuf.Int64Value;
import com.google.protobuf.StringValue;
import io.grpc.Server;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.OptionalInt;
import java.util.concurrent.atomic.AtomicLong;

/** Takes money, over gRPC: every charge that is not negative gets a receipt. */
final class PaymentService implements Shop.Running {
    private final Server server;
    private final EventLoopGroup loop;

    private PaymentService(Server server, EventLoopGroup loop) {
        this.server = server;
        this.loop = loop;
    }

    static PaymentService start(ShopOptions options) throws IOException {
        AtomicLong receipts = new AtomicLong();
        ServerServiceDefinition service = ServerServiceDefinition.builder(PaymentProtocol.SERVICE)
                .addMethod(
                        PaymentProtocol.CHARGE,
                        ServerCalls.asyncUnaryCall((request, response) -> charge(options, receipts, request, response)))
                .build();
        // One event loop for all: the default is two threads a core.
        EventLoopGroup loop = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
        Server server = NettyServerBuilder.forAddress(
                        new InetSocketAddress(InetAddress.getLoopbackAddress(), options.port()))
                .bossEventLoopGroup(loop)
                .workerEventLoopGroup(loop)
                .channelType(NioServerSocketChannel.class)
                .directExecutor()
                .addService(service)
                .build();
        try {
            return new PaymentService(server.start(), loop);
        } catch (IOException refused) {
            var _ = loop.shutdownGracefully();
            throw refused;
        }
    }

    @Override
    public OptionalInt port() {
        return OptionalInt.of(server.getPort());
    }

    @Override
    public void close() {
        server.shutdownNow();
        var _ = loop.shutdownGracefully();
    }

    private static void charge(
            ShopOptions options, AtomicLong receipts, Int64Value cents, StreamObserver<StringValue> response) {
        if (cents.getValue() < 0) {
            response.onError(Status.INVALID_ARGUMENT
                    .withDescription("cannot charge " + cents.getValue() + " cents")
                    .asRuntimeException());
            return;
        }
        response.onNext(StringValue.of(options.name() + "-" + receipts.incrementAndGet()));
        response.onCompleted();
    }
}
