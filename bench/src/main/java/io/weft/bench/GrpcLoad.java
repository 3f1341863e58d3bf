package io.weft.bench;

import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.netty.NettyChannelBuilder;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioSocketChannel;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * A load of messages of 100 bytes by gRPC: {@code GrpcLoad CONNECTIONS AT_ONCE} reads lines {@code unary|stream PORT SECONDS} from its
 * standard input and answers each, when the time is over, with a line of JSON. It stays, so that its own code is compiled. A message is sent when the
 * one before it, of the same stream or in its place, was answered; a stream takes 500 and ends.
 */
public final class GrpcLoad {
    private static final int OF_A_STREAM = 500;
    private static final byte[] MESSAGE = new byte[100];
    private static final Map<String, String> HEADERS = Map.of(
            "authorization", "Bearer b3BhcXVlLXRva2VuLW9mLTY0LWJ5dGVzLWFzLXRoZXktYXJlLWlzc3VlZC10b2RheS0wMQ",
            "traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "x-tenant", "tenant-0042");

    /** One loop: what it counts needs no synchronization. */
    private final EventLoopGroup loop = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());

    private final int connections;
    private final int atOnce;
    private final Map<Integer, List<ManagedChannel>> channels = new HashMap<>();

    private GrpcLoad(int connections, int atOnce) {
        this.connections = connections;
        this.atOnce = atOnce;
    }

    public static void main(String[] arguments) throws IOException {
        GrpcLoad load = new GrpcLoad(Integer.parseInt(arguments[0]), Integer.parseInt(arguments[1]));
        try (var lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                String[] words = line.split(" ");
                MethodDescriptor<byte[], byte[]> method = words[0].equals("unary") ? GrpcEcho.UNARY : GrpcEcho.STREAM;
                System.out.println(load.send(method, Integer.parseInt(words[1]), Long.parseLong(words[2])));
            }
        }
        Runtime.getRuntime().halt(0);
    }

    private String send(MethodDescriptor<byte[], byte[]> method, int port, long seconds) {
        List<ManagedChannel> open = channels.computeIfAbsent(port, this::connect);
        Sent sent = new Sent(method, seconds);
        loop.execute(() -> {
            for (int i = 0; i < atOnce; i++) {
                sent.call(open.get(i % connections));
            }
        });
        return sent.over.join();
    }

    private List<ManagedChannel> connect(int port) {
        List<ManagedChannel> open = new ArrayList<>();
        for (int i = 0; i < connections; i++) {
            open.add(NettyChannelBuilder.forAddress("127.0.0.1", port)
                    .overrideAuthority("cart.shop")
                    .usePlaintext()
                    .eventLoopGroup(loop)
                    .channelType(NioSocketChannel.class)
                    .directExecutor()
                    .build());
        }
        return open;
    }

    /** What is sent for one line; on the loop. */
    private final class Sent {
        private final MethodDescriptor<byte[], byte[]> method;
        private final boolean streams;
        private final long began = System.nanoTime();
        private final long end;
        private final CompletableFuture<String> over = new CompletableFuture<>();
        private long[] latencies = new long[1 << 16];
        private int messages;
        private int calls;

        Sent(MethodDescriptor<byte[], byte[]> method, long seconds) {
            this.method = method;
            this.streams = method.getType() == MethodDescriptor.MethodType.BIDI_STREAMING;
            this.end = began + TimeUnit.SECONDS.toNanos(seconds);
        }

        void call(ManagedChannel channel) {
            calls++;
            ClientCall<byte[], byte[]> call = channel.newCall(method, CallOptions.DEFAULT);
            Metadata headers = new Metadata();
            HEADERS.forEach(
                    (name, value) -> headers.put(Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER), value));
            Answers answers = new Answers(call, channel);
            call.start(answers, headers);
            call.request(streams ? OF_A_STREAM + 1 : 2);
            answers.next();
        }

        void answered(long sent) {
            if (messages == latencies.length) {
                latencies = Arrays.copyOf(latencies, messages * 2);
            }
            latencies[messages++] = System.nanoTime() - sent;
        }

        void ended(Status status, ManagedChannel channel) {
            if (!status.isOk()) {
                System.err.println("a call ended with " + status);
                Runtime.getRuntime().halt(1);
            }
            calls--;
            if (System.nanoTime() < end) {
                call(channel);
            } else if (calls == 0) {
                over.complete(told());
            }
        }

        private String told() {
            double seconds = (System.nanoTime() - began) / 1e9;
            Arrays.sort(latencies, 0, messages);
            return String.format(
                    Locale.ROOT,
                    "{\"requests\": %d, \"seconds\": %.3f, \"p50\": %.1f, \"p99\": %.1f}",
                    messages,
                    seconds,
                    latencies[messages / 2] / 1e3,
                    latencies[(int) (messages * 0.99)] / 1e3);
        }

        private final class Answers extends ClientCall.Listener<byte[]> {
            private final ClientCall<byte[], byte[]> call;
            private final ManagedChannel channel;
            private int left = streams ? OF_A_STREAM : 1;
            private long sentAt;

            Answers(ClientCall<byte[], byte[]> call, ManagedChannel channel) {
                this.call = call;
                this.channel = channel;
            }

            void next() {
                sentAt = System.nanoTime();
                left--;
                call.sendMessage(MESSAGE);
                if (left == 0) {
                    call.halfClose();
                }
            }

            @Override
            public void onMessage(byte[] message) {
                answered(sentAt);
                if (left > 0) {
                    left = System.nanoTime() < end ? left : 1;
                    next();
                }
            }

            @Override
            public void onClose(Status status, Metadata trailers) {
                ended(status, channel);
            }
        }
    }
}
