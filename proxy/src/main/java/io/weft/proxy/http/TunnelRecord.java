package io.weft.proxy.http;

import io.weft.proxy.codec.Headers;
import io.weft.proxy.codec.RequestHead;
import io.weft.proxy.codec.ResponseHead;
import io.weft.proxy.codec.ServerStream;
import io.weft.proxy.error.ProxyError;
import io.weft.proxy.error.ResponseFlag;
import io.weft.proxy.telemetry.RequestRecord;
import io.weft.proxy.upstream.Loop;

/** Answers a CONNECT that a {@link TunnelHandler} takes, and is its record; used on the stream's loop. */
public final class TunnelRecord {
    private final ConnectionContext context;
    private final Loop loop;
    private final ServerStream stream;
    private final long startNanos;
    private final RequestRecord record = new RequestRecord();

    TunnelRecord(ConnectionContext context, ServerStream stream, RequestHead head) {
        this.context = context;
        this.loop = context.loop();
        this.stream = stream;
        this.startNanos = loop.nowNanos();
        context.records().begin(record, stream, head);
        record.edge = context.edges().edge(null, null, "tcp");
        record.requestHeaders = head;
    }

    /** Tells the client that its bytes have a way. */
    public void accept(String endpoint) {
        record.upstreamHost = endpoint;
        record.status = 200;
        record.responseHeadNanos = loop.nowNanos() - startNanos;
        stream.sendHead(new ResponseHead(record.status, new Headers()), false);
    }

    /** The client left before it had an answer; the record is complete. */
    public void abandon() {
        record.flag(ResponseFlag.DC);
        complete();
    }

    /** The answer where there is no way; the record is complete. */
    public void refuse(ProxyError error) {
        record.flag(error.flag());
        record.details = error.sentence();
        record.transportFailure = error.transportFailure();
        record.responseHeadNanos = loop.nowNanos() - startNanos;
        LocalReply.of(error, false, true, false).send(stream, record, loop.random());
        complete();
    }

    /**
     * The tunnel is over.
     *
     * @param sent bytes from the client
     * @param received bytes to the client
     */
    public void end(long sent, long received, String reason) {
        record.requestBytes = sent;
        record.responseBytes = received;
        record.details = reason;
        complete();
    }

    private void complete() {
        record.durationNanos = loop.nowNanos() - startNanos;
        context.owner().tell(loop, record);
    }
}
