package io.weft.proxy.admin;

import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.util.NetUtil;
import io.weft.proxy.codec.CodecLimits;
import io.weft.proxy.codec.Headers;
import io.weft.proxy.codec.HttpCodec;
import io.weft.proxy.codec.HttpVersion;
import io.weft.proxy.codec.RequestHead;
import io.weft.proxy.codec.RequestListener;
import io.weft.proxy.codec.ResponseHead;
import io.weft.proxy.codec.ServerConnection;
import io.weft.proxy.codec.ServerHandler;
import io.weft.proxy.codec.ServerStream;
import io.weft.proxy.transport.Budget;
import io.weft.proxy.transport.EventLoops;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The admin endpoint: plain HTTP/1.1 for operators and scrapers, on addresses that its caller chose (loopback by default). Pages are made on
 * virtual threads, never on an event loop.
 */
public final class AdminServer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(AdminServer.class);
    private static final CodecLimits LIMITS =
            new CodecLimits(16 * 1024, 100, 1, 65_535, 65_535, 0, 5_000, 60_000, 1_000, true);

    private final EventLoops sockets;
    private final Map<String, Page> pages;
    private final ExecutorService makers = Executors.newThreadPerTaskExecutor(
            Thread.ofVirtual().name("weft-admin-", 0).factory());
    private @Nullable Channel socket;
    private volatile @Nullable InetSocketAddress listening;

    /** Makes an answer. */
    @FunctionalInterface
    public interface Page {
        Answer make(String query);
    }

    /**
     * What is answered.
     *
     * @param status HTTP's
     * @param contentType of the body
     * @param body text
     */
    public record Answer(int status, String contentType, String body) {
        public static Answer text(int status, String body) {
            return new Answer(status, "text/plain; charset=utf-8", body);
        }

        public static Answer json(String body) {
            return new Answer(200, "application/json", body);
        }
    }

    /**
     * @param pages by "METHOD /path"
     */
    public AdminServer(EventLoops sockets, Map<String, Page> pages) {
        this.sockets = sockets;
        this.pages = new LinkedHashMap<>(pages);
    }

    /**
     * @throws IOException where the address cannot be had
     */
    public InetSocketAddress start(InetSocketAddress address) throws IOException {
        var bound = sockets.listenBeside(
                        address,
                        channel -> HttpCodec.serve(channel, HttpVersion.HTTP_1_1, "http", new Requests(), LIMITS))
                .awaitUninterruptibly();
        if (!bound.isSuccess()) {
            throw new IOException(
                    "admin cannot listen on " + address + ": " + bound.cause().getMessage(), bound.cause());
        }
        socket = bound.channel();
        InetSocketAddress actual = (InetSocketAddress) bound.channel().localAddress();
        listening = actual;
        return actual;
    }

    @Override
    public void close() {
        Channel open = socket;
        if (open != null) {
            open.close().awaitUninterruptibly();
        }
        makers.shutdownNow();
    }

    private Answer answerOrError(RequestHead head) {
        try {
            return answer(head);
        } catch (RuntimeException e) {
            LOG.warn("the page {} cannot be made", head.path(), e);
            return Answer.text(500, "the page cannot be made: " + e + "\n");
        }
    }

    /** A page in an operator's browser can have its own name resolve to this address, but not change the Host that it sends. */
    private boolean isNamedByAddress(String authority) {
        InetSocketAddress bound = listening;
        if (bound == null || !bound.getAddress().isLoopbackAddress() || authority.isEmpty()) {
            return true;
        }
        boolean ipv6 = authority.startsWith("[");
        int end = ipv6 ? authority.indexOf(']') + 1 : authority.indexOf(':');
        String host = end <= 0 ? authority : authority.substring(0, end);
        return host.equalsIgnoreCase("localhost")
                || NetUtil.isValidIpV4Address(host)
                || NetUtil.isValidIpV6Address(host);
    }

    private Answer answer(RequestHead head) {
        if (!isNamedByAddress(head.authority())) {
            return Answer.text(403, "ask by address or as localhost: another name may be a web page's trick\n");
        }
        if (!head.method().equals("GET") && head.headers().contains("origin")) {
            return Answer.text(403, "a web page may not change anything here\n");
        }
        String target = head.path();
        int question = target.indexOf('?');
        String path = question < 0 ? target : target.substring(0, question);
        String method = head.method().equals("HEAD") ? "GET" : head.method();
        Page page = pages.get(method + " " + path);
        if (page != null) {
            return page.make(question < 0 ? "" : target.substring(question + 1));
        }
        boolean known = pages.keySet().stream().anyMatch(key -> key.endsWith(" " + path));
        return known
                ? Answer.text(405, "method " + head.method() + " is not for " + path + "\n")
                : Answer.text(404, "no such page; there are:\n  " + String.join("\n  ", pages.keySet()) + "\n");
    }

    private final class Requests implements ServerHandler {
        /** Whoever may ask here sees how full the proxy is, and why. */
        private final Budget budget = new Budget(Long.MAX_VALUE);

        @Override
        public Budget budget() {
            return budget;
        }

        @Override
        public RequestListener onRequest(ServerStream stream, RequestHead head, boolean end) {
            Channel channel = stream.connection().channel();
            makers.execute(() -> {
                Answer answer = answerOrError(head);
                channel.eventLoop().execute(() -> send(stream, answer));
            });
            return RequestListener.DEAF;
        }

        private static void send(ServerStream stream, Answer answer) {
            byte[] body = answer.body().getBytes(StandardCharsets.UTF_8);
            Headers headers = new Headers()
                    .add("content-type", answer.contentType())
                    .add("content-length", Integer.toString(body.length))
                    .add("cache-control", "no-store")
                    .add("x-content-type-options", "nosniff");
            stream.sendHead(new ResponseHead(answer.status(), headers), false);
            stream.sendData(Unpooled.wrappedBuffer(body), true);
        }

        @Override
        public Headers onRefused(ServerConnection connection, int status, String reason) {
            return new Headers();
        }

        @Override
        public void onClosed(ServerConnection connection, @Nullable Throwable cause) {}
    }
}
