package io.weft.demo;

import com.google.protobuf.Int64Value;
import com.google.protobuf.StringValue;
import io.grpc.Server;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.OptionalInt;
import java.util.concurrent.atomic.AtomicLong;

/** Takes money, over gRPC: every charge that is not negative gets a receipt. */
final class PaymentService implements Shop.Running {
    private final Server server;

    private PaymentService(Server server) {
        this.server = server;
    }

    static PaymentService start(ShopOptions options) throws IOException {
        AtomicLong receipts = new AtomicLong();
        ServerServiceDefinition service = ServerServiceDefinition.builder(PaymentProtocol.SERVICE)
                .addMethod(
                        PaymentProtocol.CHARGE,
                        ServerCalls.asyncUnaryCall((request, response) -> charge(options, receipts, request, response)))
                .build();
        Server server = NettyServerBuilder.forAddress(
                        new InetSocketAddress(InetAddress.getLoopbackAddress(), options.port()))
                .directExecutor()
                .addService(service)
                .build();
        return new PaymentService(server.start());
    }

    @Override
    public OptionalInt port() {
        return OptionalInt.of(server.getPort());
    }

    @Override
    public void close() {
        server.shutdownNow();
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
