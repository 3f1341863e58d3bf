package io.weft.control;

import io.grpc.BindableService;
import io.grpc.Server;
import io.grpc.ServerInterceptor;
import io.grpc.netty.NettyServerBuilder;
import io.netty.handler.ssl.SslContext;
import io.weft.core.lifecycle.Component;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Serves what proxies call, over mutual TLS: a virtual thread runs each call's events. */
final class GrpcServer implements Component {
    /** A configuration dump that a proxy is asked for is the largest message. */
    private static final int MAX_MESSAGE_BYTES = 16 * 1024 * 1024;

    private static final int MAX_CALLS_PER_CONNECTION = 64;
    private static final long STOP_SECONDS = 2;

    private final ControlConfig.Listen listen;
    private final SslContext tls;
    private final ServerInterceptor peerIdentity;
    private final List<BindableService> services;
    private @Nullable Server server;
    private @Nullable ExecutorService calls;

    GrpcServer(
            ControlConfig.Listen listen,
            SslContext tls,
            ServerInterceptor peerIdentity,
            List<BindableService> services) {
        this.listen = listen;
        this.tls = tls;
        this.peerIdentity = peerIdentity;
        this.services = List.copyOf(services);
    }

    @Override
    public String name() {
        return "grpc";
    }

    @Override
    public void start() throws IOException {
        ExecutorService executor = Executors.newThreadPerTaskExecutor(
                Thread.ofVirtual().name("grpc-", 0).factory());
        NettyServerBuilder builder = NettyServerBuilder.forAddress(new InetSocketAddress(listen.host(), listen.port()))
                .sslContext(tls)
                .executor(executor)
                .intercept(peerIdentity)
                .maxInboundMessageSize(MAX_MESSAGE_BYTES)
                .maxConcurrentCallsPerConnection(MAX_CALLS_PER_CONNECTION)
                .handshakeTimeout(10, TimeUnit.SECONDS)
                // A proxy whose host vanished is noticed by the ping that it does not answer.
                .keepAliveTime(10, TimeUnit.SECONDS)
                .keepAliveTimeout(5, TimeUnit.SECONDS)
                .permitKeepAliveTime(5, TimeUnit.SECONDS)
                .permitKeepAliveWithoutCalls(true);
        services.forEach(builder::addService);
        try {
            server = builder.build().start();
            calls = executor;
        } catch (IOException e) {
            executor.shutdownNow();
            throw new IOException(
                    "cannot listen on " + listen + " (" + rootMessage(e)
                            + "): is another control plane running? port 0 takes any free one",
                    e);
        }
    }

    private static String rootMessage(Throwable failure) {
        Throwable cause = failure;
        while (cause.getCause() != null) {
            cause = cause.getCause();
        }
        return String.valueOf(cause.getMessage());
    }

    /** The port that is listened on, once started. */
    int port() {
        Server started = server;
        if (started == null) {
            throw new IllegalStateException("the gRPC server is not started");
        }
        return started.getPort();
    }

    @Override
    public void stop() {
        Server started = server;
        if (started == null) {
            return;
        }
        // Streams never end by themselves, and proxies live without us: there is nothing to wait for.
        started.shutdownNow();
        try {
            started.awaitTermination(STOP_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (calls != null) {
            calls.shutdownNow();
        }
    }
}
