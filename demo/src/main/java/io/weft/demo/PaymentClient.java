package io.weft.demo;

import com.google.protobuf.Int64Value;
import io.grpc.CallOptions;
import io.grpc.ClientInterceptors;
import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import io.grpc.Metadata;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.MetadataUtils;
import java.util.concurrent.TimeUnit;

/**
 * Charges through {@code payment.shop:9090} over gRPC without TLS. Where the JVM's standard settings name a proxy
 * ({@code -Dhttps.proxyHost}), grpc-java asks it to CONNECT to that name instead of resolving it.
 */
final class PaymentClient implements AutoCloseable {
    private final ManagedChannel channel = ManagedChannelBuilder.forTarget("dns:///payment.shop:9090")
            .usePlaintext()
            .directExecutor()
            .build();

    /** The receipt for a charge. */
    String charge(long cents, Trace trace) throws DownstreamException {
        Metadata headers = new Metadata();
        trace.headers()
                .forEach((name, value) -> headers.put(Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER), value));
        try {
            return ClientCalls.blockingUnaryCall(
                            ClientInterceptors.intercept(channel, MetadataUtils.newAttachHeadersInterceptor(headers)),
                            PaymentProtocol.CHARGE,
                            CallOptions.DEFAULT.withDeadlineAfter(Downstream.TIMEOUT.toSeconds(), TimeUnit.SECONDS),
                            Int64Value.of(cents))
                    .getValue();
        } catch (StatusRuntimeException failed) {
            throw new DownstreamException("charging through payment.shop:9090 failed: " + failed.getStatus());
        }
    }

    @Override
    public void close() {
        channel.shutdownNow();
    }
}
