package io.weft.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.netty.util.ResourceLeakDetector;
import io.weft.proxy.transport.TransportKind;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a request costs in garbage: a real proxy on real sockets, by the allocation counter of its loop's thread. */
class AllocationTest {
    private static final int WARM_UP = 3_000;
    private static final int BATCHES = 10;
    private static final int BATCH = 300;

    private static final long MAX_BYTES = 1024;

    /** A dozen headers, as a browser sends them. */
    private static final String HEADERS = """
            Host: cart.shop.svc.cluster.local
            User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Safari/537.36
            Accept: application/json, text/plain, */*
            Accept-Encoding: gzip, deflate, br
            Accept-Language: en-GB,en;q=0.9,de;q=0.8
            Cookie: session=8f14e45fceea167a5a36dedd4bea2543; theme=dark; cart=3f2a9c1e5b7d
            Referer: https://shop.example.com/catalogue/shoes?page=2
            X-Tenant: blue-whale
            Authorization: Bearer eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N
            Cache-Control: no-cache
            traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01
            X-B3-TraceId: 463ac35c9f6413ad48485a3953bb6124

            """.replace("\n", "\r\n");

    private static final byte[] RESPONSE =
            ("""
            HTTP/1.1 200 OK
            Server: application
            Content-Type: application/json
            Cache-Control: no-cache, private
            Vary: Accept-Encoding
            ETag: "33a64df551425fcc55e4d42a148795d9f25f89d4"
            Content-Length: 200

            """.replace("\n", "\r\n") + "x".repeat(200)).getBytes(StandardCharsets.US_ASCII);

    private final ResourceLeakDetector.Level leakDetection = ResourceLeakDetector.getLevel();

    /** What it notes of each buffer is garbage too. */
    @BeforeEach
    void withoutLeakDetection() {
        ResourceLeakDetector.setLevel(ResourceLeakDetector.Level.DISABLED);
    }

    @AfterEach
    void leakDetection() {
        ResourceLeakDetector.setLevel(leakDetection);
    }

    @TempDir
    Path directory;

    @Test
    void requestMakesLessThanOneKibibyteOfGarbage() throws Exception {
        try (ServerSocket application = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
                Proxy proxy = proxy(application.getLocalPort())) {
            Thread.ofVirtual().start(() -> answer(application));
            InetSocketAddress address = proxy.addresses().values().iterator().next();
            try (Socket client = new Socket(address.getAddress(), address.getPort())) {
                exchange(client, WARM_UP);
                long least = Long.MAX_VALUE;
                // What else happens on the loop now and then, such as its timers, is no request's.
                for (int i = 0; i < BATCHES; i++) {
                    long before = allocatedByLoop();
                    exchange(client, BATCH);
                    least = Math.min(least, (allocatedByLoop() - before) / BATCH);
                }
                assertThat(least).isLessThan(MAX_BYTES);
            }
        }
    }

    private Proxy proxy(int port) throws Exception {
        Path bootstrap = Files.writeString(directory.resolve("bootstrap.yaml"), """
                static_resources:
                  listeners:
                  - name: inbound
                    address: {socket_address: {address: 127.0.0.1, port_value: 0}}
                    filter_chains:
                    - filters:
                      - name: envoy.filters.network.http_connection_manager
                        typed_config:
                          "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
                          stat_prefix: inbound
                          route_config:
                            name: inbound
                            virtual_hosts:
                            - name: all
                              domains: ["*"]
                              routes:
                              - match: {prefix: /}
                                route: {cluster: application, timeout: 5s, retry_policy: {retry_on: connect-failure, num_retries: 1}}
                          http_filters:
                          - name: envoy.filters.http.router
                            typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router}
                  clusters:
                  - name: application
                    type: STATIC
                    connect_timeout: 1s
                    load_assignment:
                      cluster_name: application
                      endpoints:
                      - lb_endpoints:
                        - endpoint: {address: {socket_address: {address: 127.0.0.1, port_value: %d}}}
                """.formatted(port));
        return Proxy.start(new ProxyOptions(
                bootstrap, null, directory.resolve("state"), TransportKind.EPOLL, 1, Duration.ofSeconds(1)));
    }

    private static long allocatedByLoop() {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        return Arrays.stream(threads.getThreadInfo(threads.getAllThreadIds()))
                .filter(thread -> thread != null && thread.getThreadName().startsWith("weft-loop"))
                .mapToLong(thread -> threads.getThreadAllocatedBytes(thread.getThreadId()))
                .sum();
    }

    private static void exchange(Socket client, int times) throws IOException {
        OutputStream out = client.getOutputStream();
        InputStream in = new BufferedInputStream(client.getInputStream());
        for (int i = 0; i < times; i++) {
            // Paths repeat themselves, but not each time.
            out.write(("GET /api/cart/items/" + i % 1000 + "?user=42 HTTP/1.1\r\n" + HEADERS)
                    .getBytes(StandardCharsets.US_ASCII));
            String head = head(in);
            assertThat(head).startsWith("HTTP/1.1 200 OK\r\n").contains("content-length: 200\r\n");
            in.skipNBytes(200);
        }
    }

    private static void answer(ServerSocket application) {
        try (Socket connection = application.accept()) {
            InputStream in = new BufferedInputStream(connection.getInputStream());
            while (!head(in).isEmpty()) {
                connection.getOutputStream().write(RESPONSE);
            }
        } catch (IOException e) {
            // The test is over.
        }
    }

    /** Up to the empty line; empty where the other side is gone. */
    private static String head(InputStream in) throws IOException {
        StringBuilder head = new StringBuilder();
        for (int c = in.read(); c >= 0; c = in.read()) {
            head.append((char) c);
            int length = head.length();
            if (c == '\n' && length > 3 && head.charAt(length - 3) == '\n') {
                return head.toString();
            }
        }
        return "";
    }
}
