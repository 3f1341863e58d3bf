package io.weft.proxy.upstream;

import io.netty.buffer.ByteBuf;
import io.weft.core.identity.TlsRejection;
import io.weft.engine.config.LbPolicy;
import io.weft.proxy.codec.ClientStream;
import io.weft.proxy.codec.Headers;
import io.weft.proxy.codec.RequestHead;
import io.weft.proxy.codec.ResponseHead;
import io.weft.proxy.codec.ResponseListener;
import io.weft.proxy.codec.StreamReset;
import io.weft.proxy.error.Cause;
import io.weft.proxy.error.ProxyError;
import io.weft.proxy.host.Host;
import io.weft.proxy.host.OutlierDetector;
import io.weft.proxy.host.OutlierDetector.Outcome;
import io.weft.proxy.workload.LocalWorkload;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One try of a request at one host: waits for a connection, opens a stream, and keeps the host's books exactly once however it ends. Confined to its
 * loop. After its end, or {@link #cancel}, the listener hears nothing more.
 */
public final class Attempt implements HostPool.Waiter, ResponseListener {
    /** Hears how the try goes; beside what a response holds. */
    public interface Listener {
        /** A stream is open: the request can be sent. */
        void onTryConnected();

        void onResponseInformational(ResponseHead head);

        void onResponseHead(ResponseHead head, boolean end);

        /** The listener owns {@code data}. */
        void onResponseData(ByteBuf data, boolean end);

        void onResponseTrailers(Headers trailers);

        /** {@link #isWritable} changed. */
        void onTryWritabilityChanged();

        /** The try is over without a whole response. */
        void onTryFailed(ProxyError error);
    }

    private static final long DEFAULT_DECAY_NANOS = TimeUnit.SECONDS.toNanos(10);

    private final Loop loop;
    private final UpstreamCluster cluster;
    private final Host host;
    private final Listener listener;
    private @Nullable HostPool pool;
    private boolean waiting;
    /** Within {@link #start}: the clock was asked just now. */
    private boolean starting;

    private @Nullable ClientStream stream;
    private Connector.Security security = Connector.Security.PLAIN;
    private int status;
    private long startNanos;
    private long sentNanos;
    private boolean heard;
    private boolean requestEnded;
    private boolean responseEnded;
    private boolean counted;
    private boolean ended;

    public Attempt(Loop loop, UpstreamCluster cluster, Host host, Listener listener) {
        this.loop = loop;
        this.cluster = cluster;
        this.host = host;
        this.listener = listener;
    }

    public Host host() {
        return host;
    }

    public UpstreamCluster cluster() {
        return cluster;
    }

    /** How the connection is secured; known once connected. */
    public Connector.Security security() {
        return security;
    }

    public boolean isConnected() {
        return stream != null;
    }

    /** Asks for a connection; the listener hears the rest. */
    public void start(LocalWorkload source, WantedVersion version) {
        if (!cluster.limits().tryRequest()) {
            ended = true;
            listener.onTryFailed(new ProxyError.Upstream(
                    Cause.OVERFLOW,
                    "cluster " + cluster.config().name() + " has "
                            + cluster.config().limits().maxRequests() + " requests in flight already",
                    true));
            return;
        }
        counted = true;
        startNanos = loop.nowNanos();
        host.requestStarted(startNanos);
        HostPool own = cluster.pool(loop, host, source, version);
        pool = own;
        waiting = true;
        starting = true;
        own.acquire(this);
        starting = false;
    }

    @Override
    public void onReady(PooledConnection connection) {
        waiting = false;
        security = connection.security();
        stream = connection.open(this);
        sentNanos = starting ? startNanos : loop.nowNanos();
        listener.onTryConnected();
    }

    @Override
    public void onFailed(ProxyError error) {
        waiting = false;
        fail(error);
    }

    @Override
    public long waitsSinceNanos() {
        return startNanos;
    }

    public void sendHead(RequestHead head, boolean end) {
        if (stream != null) {
            requestEnded = end;
            stream.sendHead(head, end);
        }
    }

    /** Takes ownership of {@code data}. */
    public void sendData(ByteBuf data, boolean end) {
        if (stream != null) {
            requestEnded |= end;
            stream.sendData(data, end);
        } else {
            data.release();
        }
    }

    public void sendTrailers(Headers trailers) {
        if (stream != null) {
            requestEnded = true;
            stream.sendTrailers(trailers);
        }
    }

    public void setReading(boolean reading) {
        if (stream != null) {
            stream.setReading(reading);
        }
    }

    public boolean isWritable() {
        return stream != null && stream.isWritable();
    }

    /**
     * Gives the try up, or what is left of it: a request may still be going on after its response's end.
     *
     * @param error what the host is to blame for; null: nothing
     */
    public void cancel(@Nullable ProxyError error) {
        if (!ended) {
            end(error != null ? outcomeOf(error) : status == 0 ? null : Outcome.ofStatus(status));
        }
        if (waiting && pool != null) {
            waiting = false;
            pool.cancel(this);
        } else if (stream != null && !(requestEnded && responseEnded)) {
            stream.reset();
        }
    }

    /** Ends the host's books. */
    private void end(@Nullable Outcome outcome) {
        ended = true;
        if (counted) {
            counted = false;
            notAwaited();
            host.requestEnded(outcome == null || outcome == Outcome.SUCCESS);
            cluster.limits().releaseRequest();
        }
        if (outcome == Outcome.CONNECTION_REFUSED) {
            host.latency().forget();
        }
        OutlierDetector outliers = cluster.outliers();
        if (outliers != null && outcome != null) {
            outliers.report(host, outcome);
        }
    }

    private void fail(ProxyError error) {
        if (ended) {
            return;
        }
        end(outcomeOf(error));
        listener.onTryFailed(error);
    }

    /** What an error says of the host; null: nothing. */
    private @Nullable Outcome outcomeOf(ProxyError error) {
        return switch (error.cause()) {
            // Not the host's doing.
            case OVERFLOW, NO_DESCRIPTORS, OVERLOADED, STALE_CONNECTION -> null;
            case CONNECTION_REFUSED, APPLICATION_REFUSED -> Outcome.CONNECTION_REFUSED;
            // Somebody is there, and says so.
            case UPSTREAM_REFUSED -> Outcome.GATEWAY_ERROR;
            case RESPONSE_HEAD_TIMEOUT, PER_TRY_TIMEOUT, REQUEST_TIMEOUT -> outcomeOfTimeout();
            default -> Outcome.LOCAL_FAILURE;
        };
    }

    /** A host that answered others meanwhile is slow with this request; one that answered nobody may hang. */
    private Outcome outcomeOfTimeout() {
        if (host.latency().heardSince(startNanos)) {
            return Outcome.GATEWAY_ERROR;
        }
        long now = loop.nowNanos();
        host.latency().observeSilence(now - startNanos, now, decayNanos());
        return Outcome.LOCAL_FAILURE;
    }

    private void notAwaited() {
        if (!heard) {
            heard = true;
            host.requestHeard();
        }
    }

    @Override
    public void onInformational(ResponseHead head) {
        if (!ended) {
            listener.onResponseInformational(head);
        }
    }

    @Override
    public void onHead(ResponseHead head, boolean end) {
        if (ended) {
            return;
        }
        Cause told = UnprocessedReply.told(head, security);
        if (told != null) {
            responseEnded |= end;
            fail(new ProxyError.Upstream(told, "endpoint " + host + ": its application did not get the request", true));
            return;
        }
        status = head.status();
        long now = loop.nowNanos();
        notAwaited();
        host.latency().observe(now - sentNanos, now, decayNanos());
        if (end) {
            responseEnded = true;
            end(Outcome.ofStatus(status));
        }
        listener.onResponseHead(head, end);
    }

    private long decayNanos() {
        return cluster.config().loadBalancing() instanceof LbPolicy.PeakEwma ewma
                ? TimeUnit.MILLISECONDS.toNanos(Math.max(1, ewma.decayMillis()))
                : DEFAULT_DECAY_NANOS;
    }

    @Override
    public void onData(ByteBuf data, boolean end) {
        if (ended) {
            data.release();
            return;
        }
        if (end) {
            responseEnded = true;
            end(Outcome.ofStatus(status));
        }
        listener.onResponseData(data, end);
    }

    @Override
    public void onTrailers(Headers trailers) {
        if (!ended) {
            responseEnded = true;
            end(Outcome.ofStatus(status));
            listener.onResponseTrailers(trailers);
        }
    }

    @Override
    public void onWritabilityChanged() {
        if (!ended) {
            listener.onTryWritabilityChanged();
        }
    }

    @Override
    public void onReset(StreamReset reset) {
        String where = "endpoint " + host + ": " + reset.detail();
        if (reset.kind() == StreamReset.Kind.CONNECTION_CLOSED_BEFORE_RESPONSE && pool != null) {
            // What closed one idle connection closed the others as well: the next try needs one that is new.
            pool.closeIdleNow();
        }
        boolean misread =
                reset.kind() == StreamReset.Kind.PROTOCOL_ERROR || reset.kind() == StreamReset.Kind.CONNECTION_CLOSED;
        if (misread && status == 0 && pool != null) {
            pool.forgetSpoken();
        }
        fail(
                switch (reset.kind()) {
                    case REFUSED -> new ProxyError.Upstream(Cause.UPSTREAM_REFUSED, where, true);
                    case HANDSHAKE_REFUSED -> ProxyError.Upstream.handshake(TlsRejection.REFUSED_BY_PEER, where);
                    case PEER_RESET, LOCAL -> new ProxyError.Upstream(Cause.UPSTREAM_RESET, where, false);
                    case CONNECTION_CLOSED -> new ProxyError.Upstream(Cause.UPSTREAM_CLOSED, where, false);
                    case CONNECTION_CLOSED_BEFORE_RESPONSE ->
                        new ProxyError.Upstream(Cause.STALE_CONNECTION, where, false);
                    case PROTOCOL_ERROR -> new ProxyError.Upstream(Cause.UPSTREAM_PROTOCOL_ERROR, where, false);
                    case OVERLOADED -> new ProxyError.Upstream(Cause.OVERLOADED, where, false);
                    case TOO_LARGE -> new ProxyError.Upstream(Cause.UPSTREAM_TOO_LARGE, where, false);
                });
    }
}
