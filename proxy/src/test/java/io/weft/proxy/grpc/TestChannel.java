package io.weft.proxy.grpc;

import io.weft.proxy.transport.Admission;
import io.weft.proxy.transport.EventLoops;
import io.weft.proxy.transport.TransportKind;

/** A channel on loops of its own. */
public final class TestChannel implements AutoCloseable {
    public final EventLoops sockets = new EventLoops(TransportKind.NIO, 1, new Admission(16));
    public final GrpcChannel channel;

    /** In plain text, to a port of this host. */
    public TestChannel(int port) {
        this(GrpcTarget.plain("127.0.0.1", port));
    }

    TestChannel(GrpcTarget target) {
        channel = new GrpcChannel(sockets, target);
    }

    @Override
    public void close() {
        channel.close();
        sockets.close();
    }
}
