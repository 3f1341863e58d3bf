package io.weft.proxy.warmup;

import io.netty.buffer.ByteBuf;
import io.weft.engine.config.Listener;
import io.weft.proxy.codec.ClientConnection;
import io.weft.proxy.codec.Headers;
import io.weft.proxy.codec.RequestHead;
import io.weft.proxy.codec.ResponseHead;
import io.weft.proxy.codec.ResponseListener;
import io.weft.proxy.codec.StreamReset;
import io.weft.proxy.error.ProxyError;
import io.weft.proxy.upstream.Connector;
import io.weft.proxy.upstream.Loop;
import io.weft.proxy.upstream.Transport;
import io.weft.proxy.upstream.WantedVersion;
import io.weft.proxy.workload.LocalWorkload;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Requests one after the other on a connection; everything on its loop. */
final class Lane implements Connector.Callback, ResponseListener, ClientConnection.Listener {
    /** What a call between services brings along. */
    private static final List<Map.Entry<String, String>> HEADERS = List.of(
            Map.entry("user-agent", "warm-up/1.0 (requests of the proxy's own before it is ready)"),
            Map.entry("accept", "application/json, text/plain, */*"),
            Map.entry("accept-encoding", "gzip, deflate, br, zstd"),
            Map.entry("accept-language", "en-GB,en;q=0.9,de;q=0.8"),
            Map.entry("authorization", "Bearer bm90LWEtc2VjcmV0LW5vci1hLXRva2VuLW9mLWFueWJvZHk"),
            Map.entry("cookie", "session=0; theme=dark"),
            Map.entry("referer", "https://warm-up.local/from?page=3"),
            Map.entry("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"),
            Map.entry("x-tenant", "tenant-0042"),
            Map.entry("cache-control", "no-cache"));

    private static final String PATH = "/orders/0042?page=3";

    private final Loop loop;
    private final int wanted;
    private final Consumer<@Nullable String> over;
    private @Nullable ClientConnection connection;
    private boolean isOver;
    private volatile int answered;

    /**
     * @param loop where it runs
     * @param wanted how many
     * @param over told once: of what went wrong, or null
     */
    Lane(Loop loop, int wanted, Consumer<@Nullable String> over) {
        this.loop = loop;
        this.wanted = wanted;
        this.over = over;
    }

    /** Of any thread. */
    int answered() {
        return answered;
    }

    /** Connects to this proxy, as a client does. */
    void begin(Connector connector, InetSocketAddress proxy, WantedVersion version) {
        Connector.Order order = new Connector.Order(
                loop,
                proxy,
                new Transport(null, ""),
                LocalWorkload.UNKNOWN,
                version,
                OwnConfiguration.HTTP,
                OwnConfiguration.MILLIS,
                Listener.DEFAULT_BUFFER_LIMIT_BYTES,
                this);
        loop.execute(() -> connector.connect(order, this));
    }

    @Override
    public void onConnected(ClientConnection connected, Connector.Security security) {
        connection = connected;
        next(connected);
    }

    @Override
    public void onFailed(ProxyError.Upstream error) {
        end(error.sentence());
    }

    private void next(ClientConnection open) {
        if (isOver) {
            return;
        }
        if (answered == wanted) {
            end(null);
            return;
        }
        if (open.availableStreams() == 0) {
            end("the connection took no further request");
            return;
        }
        Headers headers = new Headers();
        HEADERS.forEach(header -> headers.add(header.getKey(), header.getValue()));
        open.open(this)
                .sendHead(new RequestHead("GET", "http", OwnConfiguration.HOST, PATH, headers, null, false), true);
    }

    @Override
    public void onHead(ResponseHead head, boolean end) {
        if (head.status() != 200) {
            end("a request was answered with " + head.status());
        }
    }

    @Override
    public void onData(ByteBuf data, boolean end) {
        data.release();
    }

    @Override
    public void onReset(StreamReset reset) {
        end("a request was reset");
    }

    @Override
    @SuppressWarnings("NonAtomicVolatileUpdate") // written on the loop alone
    public void onStreamEnded(ClientConnection ended) {
        answered++;
        // Not at once: the codec is still at what ended.
        loop.execute(() -> next(ended));
    }

    @Override
    public void onInformational(ResponseHead head) {}

    @Override
    public void onTrailers(Headers trailers) {}

    @Override
    public void onWritabilityChanged() {}

    @Override
    public void onDraining(ClientConnection draining) {}

    @Override
    public void onClosed(ClientConnection closed, @Nullable Throwable cause) {
        end("the connection was closed");
    }

    private void end(@Nullable String trouble) {
        if (isOver) {
            return;
        }
        isOver = true;
        ClientConnection open = connection;
        if (open != null) {
            open.close();
        }
        over.accept(trouble);
    }
}
