package io.weft.proxy.grpc;

/** A call that did not succeed. */
public final class GrpcException extends Exception {
    private static final long serialVersionUID = 1L;

    private final transient GrpcStatus status;

    GrpcException(GrpcStatus status) {
        super(status.toString(), status.cause());
        this.status = status;
    }

    public GrpcStatus status() {
        return status;
    }
}
