package io.weft.proxy.ads;

import io.weft.core.time.Backoff;
import io.weft.core.time.SystemScheduler;
import io.weft.core.time.Ticker;
import io.weft.core.watch.Watched;
import io.weft.engine.snapshot.ConfigSnapshot;
import io.weft.proxy.bootstrap.BootstrapSettings.AdsSettings;
import io.weft.proxy.bootstrap.ProxyNode;
import io.weft.proxy.grpc.GrpcChannel;
import io.weft.proxy.host.EndpointDirectory;
import java.nio.file.Path;
import java.time.Duration;

/** The part of a proxy that takes configuration. */
final class TestProxy implements AutoCloseable {
    private static final Backoff QUICK = new Backoff(Duration.ofMillis(10), Duration.ofMillis(50));

    final SystemScheduler loop = new SystemScheduler("control-loop");
    final EndpointDirectory directory = new EndpointDirectory();
    final Watched<ConfigSnapshot> published;
    final Assembler assembler;
    final AdsClient client;

    /** @param cache the directory of what outlives it */
    TestProxy(GrpcChannel channel, Path cache, Duration absenceBound, ConfigSnapshot base) {
        published = new Watched<>(base);
        assembler =
                new Assembler(base, published, directory, new DiskCache(cache, 0), loop, Ticker.system(), absenceBound);
        client = new AdsClient(
                channel, ProxyNode.of("node-1", "shop"), new AdsSettings("xds", true, true), assembler, loop, QUICK);
        client.start();
    }

    ConfigSnapshot snapshot() {
        return published.get();
    }

    AssemblyState state() {
        return assembler.state().get();
    }

    @Override
    public void close() {
        client.stop();
        loop.close();
    }
}
