package io.weft.tests.faults.soak;

import static io.weft.tests.faults.soak.Act.check;

import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.HttpConnectProxiedSocketAddress;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.StreamObserver;
import io.weft.tests.planes.GrpcAnswers;
import io.weft.tests.planes.GrpcApplication;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Iterator;
import java.util.List;
import java.util.SplittableRandom;

/** Calls of gRPC's own client: of all four kinds, and those that fail, are cancelled, or take too long. */
final class GrpcActs {
    private static final String UNARY = "gRPC unary";
    private static final String STREAMING = "gRPC streaming";
    private static final Duration BOUND = Duration.ofSeconds(30);
    private static final int CALLS = 10;

    private final SoakMesh mesh;

    private interface Call {
        void on(ManagedChannel channel, SplittableRandom random) throws Exception;
    }

    GrpcActs(SoakMesh mesh) {
        this.mesh = mesh;
    }

    List<Act> all() {
        return List.of(
                Act.honest(UNARY, "calls", random -> calls(random, GrpcActs::say)),
                Act.honest(STREAMING, "of the server", random -> calls(random, GrpcActs::count)),
                Act.honest(STREAMING, "of the client", random -> calls(random, GrpcActs::collect)),
                Act.honest(STREAMING, "of both", random -> calls(random, GrpcActs::talk)),
                Act.provoking(UNARY, "calls that fail", random -> calls(random, GrpcActs::fail)),
                Act.provoking(UNARY, "calls that take too long", random -> calls(random, GrpcActs::exceed)),
                Act.provoking(STREAMING, "calls that are cancelled", random -> calls(random, GrpcActs::cancel)));
    }

    /** Some, on a channel of their own. */
    private int calls(SplittableRandom random, Call call) throws Exception {
        ManagedChannel channel = channel(random.nextBoolean());
        int count = 1 + random.nextInt(CALLS);
        try {
            for (int i = 0; i < count; i++) {
                call.on(channel, random);
            }
        } finally {
            channel.shutdownNow();
        }
        return count;
    }

    private ManagedChannel channel(boolean connect) {
        String target = SoakMesh.authority(SoakMesh.GRPC);
        if (!connect) {
            return NettyChannelBuilder.forAddress(mesh.proxy())
                    .usePlaintext()
                    .proxyDetector(_ -> null)
                    .overrideAuthority(target)
                    .build();
        }
        return NettyChannelBuilder.forTarget("dns:///" + target)
                .usePlaintext()
                .proxyDetector(address -> HttpConnectProxiedSocketAddress.newBuilder()
                        .setProxyAddress(mesh.proxy())
                        .setTargetAddress((InetSocketAddress) address)
                        .build())
                .build();
    }

    private static CallOptions options() {
        return CallOptions.DEFAULT.withDeadlineAfter(BOUND);
    }

    private static String text(SplittableRandom random, int most) {
        int length = random.nextInt(most);
        StringBuilder text = new StringBuilder(length + 20);
        while (text.length() < length) {
            text.append(Long.toString(random.nextLong(), 36));
        }
        return text.toString();
    }

    private static void say(ManagedChannel channel, SplittableRandom random) throws Exception {
        String request = text(random, random.nextInt(10) == 0 ? 500_000 : 500);
        String answer = ClientCalls.blockingUnaryCall(channel, GrpcApplication.SAY, options(), request);
        check(answer.equals("said " + request), "another answer of " + answer.length() + " characters");
    }

    private static void count(ManagedChannel channel, SplittableRandom random) throws Exception {
        int count = random.nextInt(300);
        Iterator<String> messages =
                ClientCalls.blockingServerStreamingCall(channel, GrpcApplication.COUNT, options(), "" + count);
        for (int i = 0; i < count; i++) {
            check(messages.hasNext() && messages.next().equals("x".repeat(i)), "message " + i + " is another");
        }
        check(!messages.hasNext(), "more messages than " + count);
    }

    private static void collect(ManagedChannel channel, SplittableRandom random) throws Exception {
        GrpcAnswers answers = new GrpcAnswers();
        StreamObserver<String> words =
                ClientCalls.asyncClientStreamingCall(channel.newCall(GrpcApplication.COLLECT, options()), answers);
        StringBuilder all = new StringBuilder();
        for (int i = random.nextInt(200); i > 0; i--) {
            String word = text(random, 300);
            words.onNext(word);
            all.append(word);
        }
        words.onCompleted();
        expect(answers, all.toString());
        expect(answers, GrpcAnswers.OVER);
    }

    private static void talk(ManagedChannel channel, SplittableRandom random) throws Exception {
        GrpcAnswers answers = new GrpcAnswers();
        StreamObserver<String> words =
                ClientCalls.asyncBidiStreamingCall(channel.newCall(GrpcApplication.TALK, options()), answers);
        for (int i = random.nextInt(50); i > 0; i--) {
            String word = text(random, 2000);
            words.onNext(word);
            expect(answers, "heard " + word);
        }
        words.onCompleted();
        expect(answers, "bye");
        expect(answers, GrpcAnswers.OVER);
    }

    private static void fail(ManagedChannel channel, SplittableRandom random) throws Exception {
        String request = "fail " + random.nextInt(1000);
        try {
            ClientCalls.blockingUnaryCall(channel, GrpcApplication.SAY, options(), request);
            check(false, "an answer instead of a failure");
        } catch (StatusRuntimeException e) {
            Metadata trailers = e.getTrailers();
            check(
                    e.getStatus().getCode() == Status.Code.FAILED_PRECONDITION
                            && ("asked to: " + request).equals(e.getStatus().getDescription())
                            && trailers != null
                            && ("of " + request).equals(trailers.get(GrpcApplication.DETAIL)),
                    e + " " + trailers);
        }
    }

    private static void exceed(ManagedChannel channel, SplittableRandom random) throws Exception {
        try {
            ClientCalls.blockingUnaryCall(
                    channel,
                    GrpcApplication.WAIT,
                    CallOptions.DEFAULT.withDeadlineAfter(Duration.ofMillis(1 + random.nextInt(200))),
                    "");
            check(false, "an answer instead of a deadline");
        } catch (StatusRuntimeException e) {
            check(e.getStatus().getCode() == Status.Code.DEADLINE_EXCEEDED, e.toString());
        }
    }

    private static void cancel(ManagedChannel channel, SplittableRandom random) throws Exception {
        GrpcAnswers answers = new GrpcAnswers();
        ClientCall<String, String> call = channel.newCall(GrpcApplication.TALK, options());
        StreamObserver<String> words = ClientCalls.asyncBidiStreamingCall(call, answers);
        for (int i = random.nextInt(5); i > 0; i--) {
            words.onNext("word " + i);
            expect(answers, "heard word " + i);
        }
        call.cancel("as a client may", null);
        String end = answers.next();
        check(end.contains("CANCELLED"), end);
    }

    private static void expect(GrpcAnswers answers, String answer) throws Exception {
        String next = answers.next();
        check(
                next.equals(answer),
                "\"" + next.substring(0, Math.min(300, next.length())) + "\" instead of " + answer.length()
                        + " characters");
    }
}
