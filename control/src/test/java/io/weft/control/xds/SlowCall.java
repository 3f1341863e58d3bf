package io.weft.control.xds;

import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryResponse;
import io.grpc.stub.ServerCallStreamObserver;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/** A call that is in the middle of its first message until it is let go on. */
final class SlowCall extends ServerCallStreamObserver<DeltaDiscoveryResponse> {
    final CountDownLatch sending = new CountDownLatch(1);
    final CountDownLatch goOn = new CountDownLatch(1);
    final CountDownLatch completed = new CountDownLatch(1);
    final AtomicBoolean busy = new AtomicBoolean();
    final AtomicInteger ends = new AtomicInteger();
    volatile boolean interrupted;

    @Override
    public void onNext(DeltaDiscoveryResponse response) {
        busy.set(true);
        sending.countDown();
        try {
            goOn.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        busy.set(false);
    }

    @Override
    public void onCompleted() {
        interrupted = busy.get();
        ends.incrementAndGet();
        completed.countDown();
    }

    @Override
    public void onError(Throwable failure) {
        ends.incrementAndGet();
        completed.countDown();
    }

    @Override
    public boolean isReady() {
        return true;
    }

    @Override
    public boolean isCancelled() {
        return false;
    }

    @Override
    public void setOnReadyHandler(Runnable handler) {}

    @Override
    public void setOnCancelHandler(Runnable handler) {}

    @Override
    public void disableAutoInboundFlowControl() {}

    @Override
    public void disableAutoRequest() {}

    @Override
    public void request(int count) {}

    @Override
    public void setMessageCompression(boolean enable) {}

    @Override
    public void setCompression(String compression) {}
}
