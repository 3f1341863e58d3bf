package io.weft.proxy.identity;

import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A channel that is made when its first call begins: a proxy that starts from its disk has served requests by then. */
final class LaterChannel extends ManagedChannel {
    private final Supplier<ManagedChannel> making;
    private @Nullable ManagedChannel made;
    private boolean shutdown;

    LaterChannel(Supplier<ManagedChannel> making) {
        this.making = making;
    }

    private synchronized ManagedChannel made() {
        ManagedChannel channel = made;
        if (channel == null) {
            channel = making.get();
            made = channel;
            if (shutdown) {
                channel.shutdownNow();
            }
        }
        return channel;
    }

    private synchronized @Nullable ManagedChannel existing() {
        return made;
    }

    @Override
    public <Q, A> ClientCall<Q, A> newCall(MethodDescriptor<Q, A> method, CallOptions options) {
        return made().newCall(method, options);
    }

    @Override
    public String authority() {
        return made().authority();
    }

    @Override
    public void resetConnectBackoff() {
        ManagedChannel channel = existing();
        if (channel != null) {
            channel.resetConnectBackoff();
        }
    }

    @Override
    public synchronized ManagedChannel shutdown() {
        shutdown = true;
        if (made != null) {
            made.shutdown();
        }
        return this;
    }

    @Override
    public synchronized ManagedChannel shutdownNow() {
        shutdown = true;
        if (made != null) {
            made.shutdownNow();
        }
        return this;
    }

    @Override
    public synchronized boolean isShutdown() {
        return shutdown;
    }

    @Override
    public synchronized boolean isTerminated() {
        return shutdown && (made == null || made.isTerminated());
    }

    @Override
    public boolean awaitTermination(long timeout, TimeUnit unit) throws InterruptedException {
        ManagedChannel channel = existing();
        return channel == null ? isShutdown() : channel.awaitTermination(timeout, unit);
    }
}
