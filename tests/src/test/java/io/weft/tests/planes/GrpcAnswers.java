package io.weft.tests.planes;

import io.grpc.stub.StreamObserver;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** What a call of gRPC is answered with, one by one. */
public final class GrpcAnswers implements StreamObserver<String> {
    /** After the last, where the call did not fail. */
    public static final String OVER = "over";

    private final BlockingQueue<String> answers = new LinkedBlockingQueue<>();

    @Override
    public void onNext(String answer) {
        answers.add(answer);
    }

    @Override
    public void onError(Throwable failure) {
        answers.add("failed: " + failure);
    }

    @Override
    public void onCompleted() {
        answers.add(OVER);
    }

    /** The next, or {@code nothing} where none comes. */
    public String next() throws InterruptedException {
        String next = answers.poll(TestMesh.BOUND.toSeconds(), TimeUnit.SECONDS);
        return next == null ? "nothing" : next;
    }
}
