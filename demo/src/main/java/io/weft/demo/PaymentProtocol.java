package io.weft.demo;

import com.google.protobuf.Int64Value;
import com.google.protobuf.StringValue;
import io.grpc.MethodDescriptor;
import io.grpc.protobuf.ProtoUtils;

/**
 * The payment service's one call, {@code rpc Charge(google.protobuf.Int64Value) returns (google.protobuf.StringValue)}
 * of {@code shop.Payment}: cents to a receipt. Written down here because generating code for it would take more than
 * the service does.
 */
final class PaymentProtocol {
    static final String SERVICE = "shop.Payment";

    static final MethodDescriptor<Int64Value, StringValue> CHARGE =
            MethodDescriptor.<Int64Value, StringValue>newBuilder()
                    .setType(MethodDescriptor.MethodType.UNARY)
                    .setFullMethodName(MethodDescriptor.generateFullMethodName(SERVICE, "Charge"))
                    .setRequestMarshaller(ProtoUtils.marshaller(Int64Value.getDefaultInstance()))
                    .setResponseMarshaller(ProtoUtils.marshaller(StringValue.getDefaultInstance()))
                    .build();

    private PaymentProtocol() {}
}
