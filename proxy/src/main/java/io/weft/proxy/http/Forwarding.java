package io.weft.proxy.http;

import io.netty.buffer.ByteBuf;
import io.weft.engine.config.ClusterSpecifier;
import io.weft.engine.config.RouteAction;
import io.weft.proxy.codec.Headers;
import io.weft.proxy.codec.RequestHead;
import io.weft.proxy.codec.ResponseHead;
import io.weft.proxy.error.Cause;
import io.weft.proxy.error.ProxyError;
import io.weft.proxy.error.ResponseFlag;
import io.weft.proxy.host.Host;
import io.weft.proxy.upstream.Attempt;
import io.weft.proxy.upstream.UnprocessedReply;
import io.weft.proxy.upstream.UpstreamCluster;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The tries of one request whose cluster is known: {@link #pick}, {@link #connect}, {@link #send}, and again where the policy has it, until one of
 * them answers. What comes back is the exchange's. Confined to its loop; hears nothing more once the exchange is over.
 */
final class Forwarding implements Attempt.Listener, UpstreamCluster.PickListener {
    private final Exchange exchange;
    private final RouteAction.Forward action;
    private final ClusterSpecifier.@Nullable WeightedCluster weighted;
    private final UpstreamCluster cluster;
    private final RetryState retry;
    private final TimeLimits limits;
    private @Nullable Attempt attempt;
    private @Nullable Host lastTried;
    private List<Host> triedBefore = List.of();
    private boolean avoidsTried;

    /** @param weighted the one that was drawn; null: the route names its cluster */
    Forwarding(
            Exchange exchange,
            RouteAction.Forward action,
            ClusterSpecifier.@Nullable WeightedCluster weighted,
            UpstreamCluster cluster,
            RetryState retry,
            TimeLimits limits) {
        this.exchange = exchange;
        this.action = action;
        this.weighted = weighted;
        this.cluster = cluster;
        this.retry = retry;
        this.limits = limits;
    }

    ClusterSpecifier.@Nullable WeightedCluster weighted() {
        return weighted;
    }

    /** The last one; null: there is none now. */
    @Nullable
    Attempt attempt() {
        return attempt;
    }

    /** The present try, where it can take what there is to send. */
    @Nullable
    Attempt connectedTry() {
        Attempt now = attempt;
        return now != null && now.isConnected() ? now : null;
    }

    /** Whether a try that was given up may have had an effect. */
    boolean mayBeProcessed() {
        return retry.mayBeProcessed();
    }

    // ---- pick

    void pick() {
        RequestHead request = exchange.head();
        int defaultPort = request.scheme().equals("https") ? 443 : 80;
        List<Host> avoided = avoidsTried || retry.avoidsPreviousEndpoints() ? tried() : List.of();
        cluster.pick(exchange.loop(), request.authority(), defaultPort, avoided, this);
    }

    @Override
    public void onPicked(Host host) {
        if (!exchange.isOver()) {
            connect(host);
        }
    }

    @Override
    public void onPickFailed(ProxyError error) {
        if (!exchange.isOver()) {
            exchange.fail(error);
        }
    }

    // ---- connect

    private void connect(Host host) {
        if (lastTried != null) {
            triedBefore = new ArrayList<>(triedBefore);
            triedBefore.add(lastTried);
        }
        lastTried = host;
        exchange.record().attempts++;
        exchange.record().upstreamHost = host.toString();
        Attempt next = new Attempt(exchange.loop(), cluster, host, this);
        attempt = next;
        setTryTimeouts();
        next.start(exchange.owner().workload(), cluster.version(exchange.version()));
    }

    private void setTryTimeouts() {
        if (exchange.body().isEnded()) {
            exchange.deadlines().set(Deadlines.Kind.PER_TRY, retry.perTryTimeoutMillis());
            exchange.deadlines()
                    .set(Deadlines.Kind.RESPONSE_HEAD, action.timeouts().responseHeadMillis());
        }
    }

    /** The request came whole: from now on its response is waited for. */
    void awaitResponse() {
        exchange.deadlines().set(Deadlines.Kind.REQUEST, limits.requestMillis());
        if (attempt != null) {
            setTryTimeouts();
        }
    }

    // ---- send

    /** A stream is open: what is here of the request goes out. */
    @Override
    public void onTryConnected() {
        Attempt now = attempt;
        if (!exchange.isOver() && now != null) {
            send(now);
        }
    }

    private void send(Attempt now) {
        RequestBody body = exchange.body();
        boolean headOnly = body.isEnded() && body.isEmpty();
        now.sendHead(tryHead(exchange.head(), now.host()), headOnly);
        if (!headOnly) {
            body.sendTo(now);
        }
        exchange.readRequest(now.isWritable());
    }

    /** A head of the try's own where it differs from the request's: a codec may still hold the last one. */
    private RequestHead tryHead(RequestHead request, Host host) {
        boolean hostRewritten = action.hostRewrite() instanceof RouteAction.HostRewrite.Endpoint
                && !host.endpoint().hostname().isEmpty();
        if (exchange.record().attempts == 1 && !hostRewritten && !limits.differByTry() && !request.expectsContinue()) {
            tellTimeout(request.headers());
            return request;
        }
        RequestHead copy = new RequestHead(
                request.method(),
                request.scheme(),
                hostRewritten ? host.endpoint().hostname() : request.authority(),
                request.path(),
                new Headers(request.headers()),
                request.upgrade(),
                false);
        if (hostRewritten) {
            exchange.owner().changes().keepOriginalHost(copy.headers(), request.authority());
        }
        tellTimeout(copy.headers());
        return copy;
    }

    private void tellTimeout(Headers headers) {
        limits.tell(
                headers,
                exchange.loop().lastNanos(),
                exchange.requestEndNanos(),
                exchange.record().attempts == 1,
                retry.perTryTimeoutMillis(),
                exchange.owner().suppressEnvoyHeaders());
    }

    @Override
    public void onTryWritabilityChanged() {
        Attempt now = connectedTry();
        if (!exchange.isOver() && now != null) {
            exchange.readRequest(now.isWritable());
        }
    }

    // ---- what comes back

    @Override
    public void onResponseInformational(ResponseHead informational) {
        exchange.inform(informational);
    }

    @Override
    public void onResponseHead(ResponseHead response, boolean end) {
        if (exchange.isOver()) {
            return;
        }
        exchange.deadlines().activity(exchange.loop().lastNanos());
        exchange.deadlines().clear(Deadlines.Kind.PER_TRY);
        exchange.deadlines().clear(Deadlines.Kind.RESPONSE_HEAD);
        if (exchange.body().isComplete()) {
            Attempt last = attempt;
            boolean lost =
                    last != null && UnprocessedReply.tellsLoss(response, last.security()) && cluster.hasOther(tried());
            RetryState.Decision decision = retry.onHead(response, lost);
            if (decision == RetryState.Decision.RETRY) {
                tryAgain(null);
                return;
            }
            flag(decision);
        }
        exchange.respond(response, end);
    }

    @Override
    public void onResponseData(ByteBuf data, boolean end) {
        exchange.respond(data, end);
    }

    @Override
    public void onResponseTrailers(Headers trailers) {
        exchange.respond(trailers);
    }

    // ---- what goes wrong

    @Override
    public void onTryFailed(ProxyError error) {
        if (exchange.isOver()) {
            return;
        }
        if (exchange.deadlines().isOver(Deadlines.Kind.GRPC)) {
            // The endpoint knows the deadline too, and may have given up a moment before this side.
            exchange.fail(Exchange.deadlineOver());
            return;
        }
        if (!exchange.responseStarted()) {
            RetryState.Decision decision = decide(error);
            if (decision == RetryState.Decision.RETRY) {
                // Nobody is there: whatever the policy says, another endpoint is the better guess.
                avoidsTried = error.surelyUnprocessed();
                tryAgain(error);
                return;
            }
            flag(decision);
        }
        exchange.fail(error);
    }

    /** Hears of the deadlines that are a try's. */
    void onDue(Deadlines.Kind kind) {
        switch (kind) {
            case BACKOFF -> pick();
            case PER_TRY -> tryTimedOut(Cause.PER_TRY_TIMEOUT, "no response within the time of one try");
            case RESPONSE_HEAD -> tryTimedOut(Cause.RESPONSE_HEAD_TIMEOUT, "no response head in time");
            case REQUEST, GRPC, MAX_STREAM, IDLE, REQUEST_RECEIVED ->
                throw new IllegalArgumentException(kind + " is the exchange's");
        }
    }

    private void tryTimedOut(Cause cause, String sentence) {
        Attempt last = attempt;
        if (last == null || exchange.responseStarted()) {
            return;
        }
        ProxyError error = new ProxyError.Upstream(cause, sentence + " from " + last.host(), false);
        RetryState.Decision decision = decide(error);
        if (decision == RetryState.Decision.RETRY) {
            tryAgain(error);
        } else {
            flag(decision);
            giveUp(error);
            exchange.fail(error);
        }
    }

    private RetryState.Decision decide(ProxyError error) {
        return exchange.body().isComplete()
                ? retry.onError(error, cluster.hasOther(tried()))
                : RetryState.Decision.NOT_WANTED;
    }

    private List<Host> tried() {
        List<Host> tried = new ArrayList<>(triedBefore);
        if (lastTried != null) {
            tried.add(lastTried);
        }
        return tried;
    }

    private void flag(RetryState.Decision decision) {
        switch (decision) {
            case EXHAUSTED -> exchange.record().flag(ResponseFlag.URX);
            case OVER_BUDGET -> exchange.record().flag(ResponseFlag.UO);
            case RETRY, NOT_WANTED -> {}
        }
    }

    /**
     * The present try is given up for another.
     *
     * @param blame what its host is to blame for; null: its response says it
     */
    private void tryAgain(@Nullable ProxyError blame) {
        Attempt last = attempt;
        attempt = null;
        if (last != null) {
            last.cancel(blame);
        }
        exchange.deadlines().clear(Deadlines.Kind.PER_TRY);
        exchange.deadlines().clear(Deadlines.Kind.RESPONSE_HEAD);
        long backoff = blame != null && blame.surelyUnprocessed()
                ? 0
                : retry.backoffMillis(exchange.loop().random());
        if (backoff > 0) {
            exchange.deadlines().set(Deadlines.Kind.BACKOFF, backoff);
        } else {
            pick();
        }
    }

    /** Ends the present try; its endpoint is blamed where it was it that did not answer. */
    void giveUp(ProxyError error) {
        Attempt last = attempt;
        if (last != null) {
            last.cancel(error instanceof ProxyError.Upstream && !exchange.responseStarted() ? error : null);
        }
    }

    /** The request is over. */
    void close() {
        retry.close();
        if (attempt != null) {
            attempt.cancel(null);
        }
    }
}
