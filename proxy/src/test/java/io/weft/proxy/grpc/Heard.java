package io.weft.proxy.grpc;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/** What a listener heard. */
final class Heard implements CallListener {
    final List<String> messages = new CopyOnWriteArrayList<>();
    volatile boolean ready;
    volatile @Nullable GrpcStatus end;

    @Override
    public void onMessage(byte[] message) {
        messages.add(message.length > 100 ? message.length + " bytes" : new String(message, StandardCharsets.UTF_8));
    }

    @Override
    public void onReady() {
        ready = true;
    }

    @Override
    public void onEnd(GrpcStatus status) {
        if (end != null) {
            throw new IllegalStateException("ended twice");
        }
        end = status;
    }
}
