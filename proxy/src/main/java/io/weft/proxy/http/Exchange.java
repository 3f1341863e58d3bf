package io.weft.proxy.http;

import io.netty.buffer.ByteBuf;
import io.weft.engine.config.ClusterSpecifier;
import io.weft.engine.config.HttpConnectionManager;
import io.weft.engine.config.RetryPolicy;
import io.weft.engine.config.RouteAction;
import io.weft.engine.config.RouteAction.RouteTimeouts;
import io.weft.engine.config.RouteConfiguration;
import io.weft.engine.match.RequestTest;
import io.weft.engine.path.PathNormalizer;
import io.weft.engine.route.RouteTable;
import io.weft.engine.snapshot.ConfigSnapshot;
import io.weft.proxy.codec.Headers;
import io.weft.proxy.codec.HttpVersion;
import io.weft.proxy.codec.RequestHead;
import io.weft.proxy.codec.RequestListener;
import io.weft.proxy.codec.ResponseHead;
import io.weft.proxy.codec.ServerStream;
import io.weft.proxy.codec.StreamReset;
import io.weft.proxy.error.Cause;
import io.weft.proxy.error.ProxyError;
import io.weft.proxy.error.ResponseFlag;
import io.weft.proxy.host.Host;
import io.weft.proxy.telemetry.RequestRecord;
import io.weft.proxy.upstream.Attempt;
import io.weft.proxy.upstream.Loop;
import io.weft.proxy.upstream.UnprocessedReply;
import io.weft.proxy.upstream.UpstreamCluster;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One request, from its head to its record. Its phases are methods, in order: {@link #receive}, {@link #route}, {@link #forwardBy}, {@link #pick},
 * {@link #connect}, {@link #forward}, {@link #respond}, {@link #complete}. Everything happens on the connection's loop; whatever happens, {@code
 * complete} runs exactly once, and after it nothing is sent, kept or awaited any more.
 */
final class Exchange implements RequestListener, Attempt.Listener, UpstreamCluster.PickListener, Deadlines.Owner {
    private static final RouteAction.Redirect TO_HTTPS =
            new RouteAction.Redirect("https", "", 0, new RouteAction.PathRewrite.Keep(), false, 301);

    private final HttpRequests owner;
    private final Downstream downstream;
    private final Edges edges;
    private final ExchangeRecords records;
    private final Loop loop;
    private final ServerStream stream;
    private final ConfigSnapshot snapshot;
    private final long startNanos;
    private final RequestRecord record = new RequestRecord();
    private final Deadlines deadlines;
    private final RequestBody body;

    private @Nullable RequestHead head;
    private RouteTable.@Nullable Match match;
    private @Nullable RouteConfiguration routes;
    private ClusterSpecifier.@Nullable WeightedCluster weighted;
    private RouteAction.@Nullable Forward action;
    private @Nullable UpstreamCluster cluster;
    private @Nullable RetryState retry;
    private @Nullable Host lastTried;
    private List<Host> triedBefore = List.of();

    private @Nullable Attempt attempt;

    private long requestEndNanos = -1;
    private @Nullable TimeLimits limits;
    private boolean avoidsTried;
    private boolean tunnel;
    private boolean responseStarted;
    private boolean responseEnded;
    private boolean completed;

    Exchange(
            HttpRequests owner,
            Downstream downstream,
            Edges edges,
            ExchangeRecords records,
            Loop loop,
            ServerStream stream) {
        this.edges = edges;
        this.records = records;
        this.owner = owner;
        this.downstream = downstream;
        this.loop = loop;
        this.stream = stream;
        this.snapshot = owner.services().snapshots().get();
        this.startNanos = loop.nowNanos();
        this.body = new RequestBody(loop);
        this.deadlines = new Deadlines(loop, this);
    }

    private void assertOnLoop() {
        if (!loop.isCurrent()) {
            throw new IllegalStateException("an exchange belongs to its event loop");
        }
    }

    // ---- receive

    /** The head is here: it is brought into its normal form and told whom it comes from. */
    void receive(RequestHead received, boolean end) {
        assertOnLoop();
        head = received;
        HttpConnectionManager config = owner.config();
        records.begin(record, stream, received);
        record.grpc = RequestTest.isGrpcContentType(received.headers().get("content-type"));
        deadlines.set(Deadlines.Kind.IDLE, config.timeouts().streamIdleMillis());
        if (end) {
            body.end();
            requestEndNanos = startNanos;
        } else {
            deadlines.set(Deadlines.Kind.REQUEST_RECEIVED, config.timeouts().requestMillis());
        }
        if (PathNormalizer.isNormal(received.path())) {
            identify(received);
            return;
        }
        switch (PathNormalizer.normalize(received.path(), config.paths())) {
            case PathNormalizer.Result.Reject(String reason) -> {
                if (stream.connection().version() != HttpVersion.HTTP_2) {
                    // As Envoy: whoever sends such paths is not served further.
                    stream.connection().drain();
                }
                fail(new ProxyError.Downstream(Cause.BAD_REQUEST, reason));
            }
            case PathNormalizer.Result.Redirect(String target) -> reply(LocalReply.redirect(307, target));
            case PathNormalizer.Result.Use(String target) -> {
                received.path(target);
                identify(received);
            }
        }
    }

    /** The head is told whom it comes from, and gets its name. */
    private void identify(RequestHead received) {
        owner.forwarded().apply(received, downstream);
        owner.nameRequest(received.headers(), loop);
        String requestId = received.headers().get("x-request-id");
        record.requestId = requestId == null ? "" : requestId;
        record.requestHeaders = received;
        route(received);
    }

    // ---- route

    /** Finds what the configuration says of such a request. */
    private void route(RequestHead request) {
        RouteTable table = owner.routes(snapshot);
        RouteTable.Match found = table == null ? null : table.match(request);
        match = found;
        if (table != null && found != null) {
            routes = table.configuration();
        }
        String upgrade = request.isConnect() ? "connect" : request.upgrade();
        if (upgrade != null && !(found == null && request.isConnect()) && !isUpgradeAllowed(found, upgrade)) {
            fail(new ProxyError.Downstream(
                    Cause.UPGRADE_REFUSED, "neither the route nor the listener allows upgrades to " + upgrade));
            return;
        }
        if (found == null) {
            fail(new ProxyError.Internal(
                    Cause.NO_ROUTE,
                    table == null
                            ? "the listener's routes are not there yet"
                            : "no route matches host " + request.authority()
                                    + " and the request's path, method and headers"));
            return;
        }
        record.virtualHost = found.virtualHost().name();
        record.route = found.route().name();
        if (found.virtualHost().requireTls() && !scheme(request).equals("https")) {
            redirect(request, found, TO_HTTPS);
            return;
        }
        switch (found.route().action()) {
            case RouteAction.Redirect redirect -> redirect(request, found, redirect);
            case RouteAction.DirectResponse(int status, String text) -> {
                LocalReply direct = LocalReply.direct(status, text, record.grpc);
                changeResponse(direct.head().headers());
                reply(direct);
            }
            case RouteAction.Forward forward -> forwardBy(request, found, forward);
        }
    }

    /** How its client sees the request's scheme. */
    private static String scheme(RequestHead request) {
        String forwarded = request.headers().get("x-forwarded-proto");
        return forwarded == null ? request.scheme() : forwarded;
    }

    private boolean isUpgradeAllowed(RouteTable.@Nullable Match found, String upgrade) {
        return owner.config().upgrades().contains(upgrade)
                || (found != null
                        && found.route().action() instanceof RouteAction.Forward forward
                        && forward.upgrades().contains(upgrade));
    }

    private void redirect(RequestHead request, RouteTable.Match found, RouteAction.Redirect redirect) {
        String location = owner.rewrites()
                .location(
                        scheme(request),
                        request.authority(),
                        request.path(),
                        found.route().match(),
                        redirect);
        LocalReply reply = LocalReply.redirect(redirect.status(), location);
        changeResponse(reply.head().headers());
        reply(reply);
    }

    // ---- forward by: which cluster, with which changes, how long

    private void forwardBy(RequestHead request, RouteTable.Match found, RouteAction.Forward forward) {
        action = forward;
        String name = clusterName(request, forward.cluster());
        record.cluster = name;
        UpstreamCluster target =
                name.isEmpty() ? null : owner.services().clusters().cluster(name, snapshot);
        if (target == null) {
            ProxyError error = new ProxyError.Internal(Cause.NO_CLUSTER, "there is no cluster \"" + name + "\"");
            record.flag(error.flag());
            record.details = error.sentence();
            reply(LocalReply.noCluster(error, forward.clusterNotFoundStatus(), record.grpc));
            return;
        }
        cluster = target;
        RetryPolicy policy =
                forward.retry() != null ? forward.retry() : found.virtualHost().retry();
        RetryState state = new RetryState(policy, target.limits(), request.method());
        retry = state;
        body.retain(state.isPossible() && request.upgrade() == null && !request.isConnect());
        setTimeouts(request, forward.timeouts());
        if (completed) {
            return;
        }
        if (routes != null) {
            owner.changes().request(request, forward, found, routes, weighted);
        }
        if (request.expectsContinue()) {
            // As Envoy, the proxy itself asks for the body; the endpoint never sees the expectation.
            stream.sendInformational(new ResponseHead(100, new Headers()));
        }
        if (body.isEnded()) {
            onRequestEnded();
        }
        pick();
    }

    private String clusterName(RequestHead request, ClusterSpecifier specifier) {
        return switch (specifier) {
            case ClusterSpecifier.Single(String name) -> name;
            case ClusterSpecifier.FromHeader(String header) -> {
                String name = request.headers().get(header);
                yield name == null ? "" : name;
            }
            case ClusterSpecifier.Weighted(List<ClusterSpecifier.WeightedCluster> clusters) -> {
                ClusterSpecifier.WeightedCluster drawn = ExchangeHeaders.draw(clusters, loop.random());
                weighted = drawn;
                yield drawn.name();
            }
        };
    }

    private void setTimeouts(RequestHead request, RouteTimeouts timeouts) {
        if (timeouts.idleMillis() >= 0) {
            deadlines.set(Deadlines.Kind.IDLE, timeouts.idleMillis());
        }
        deadlines.set(Deadlines.Kind.MAX_STREAM, timeouts.maxStreamMillis());
        TimeLimits found = TimeLimits.of(request.headers(), timeouts, owner.respectsExpectedTimeout(), startNanos);
        limits = found;
        if (found.grpcMillis() == 0) {
            fail(deadlineOver());
        } else {
            deadlines.set(Deadlines.Kind.GRPC, found.grpcMillis());
        }
    }

    // ---- pick

    private void pick() {
        RequestHead request = head;
        if (cluster != null && request != null && retry != null) {
            int defaultPort = request.scheme().equals("https") ? 443 : 80;
            List<Host> avoided = avoidsTried || retry.avoidsPreviousEndpoints() ? tried() : List.of();
            cluster.pick(loop, request.authority(), defaultPort, avoided, this);
        }
    }

    @Override
    public void onPicked(Host host) {
        assertOnLoop();
        if (!completed) {
            connect(host);
        }
    }

    @Override
    public void onPickFailed(ProxyError error) {
        assertOnLoop();
        if (!completed) {
            fail(error);
        }
    }

    // ---- connect

    private void connect(Host host) {
        if (cluster == null) {
            throw new IllegalStateException("a host was picked without a cluster");
        }
        if (lastTried != null) {
            triedBefore = new ArrayList<>(triedBefore);
            triedBefore.add(lastTried);
        }
        lastTried = host;
        record.attempts++;
        record.upstreamHost = host.toString();
        HttpVersion version = stream.connection().version();
        Attempt next = new Attempt(loop, cluster, host, this);
        attempt = next;
        setTryTimeouts();
        next.start(owner.workload(), cluster.version(version));
    }

    private void setTryTimeouts() {
        if (body.isEnded() && retry != null && action != null) {
            deadlines.set(Deadlines.Kind.PER_TRY, retry.perTryTimeoutMillis());
            deadlines.set(Deadlines.Kind.RESPONSE_HEAD, action.timeouts().responseHeadMillis());
        }
    }

    // ---- forward: the request's way

    /** A stream is open: what is here of the request goes out. */
    @Override
    public void onTryConnected() {
        Attempt now = attempt;
        RequestHead request = head;
        if (!completed && now != null && request != null) {
            forward(now, request);
        }
    }

    private void forward(Attempt now, RequestHead request) {
        RequestHead sent = tryHead(request, now.host());
        boolean headOnly = body.isEnded() && body.isEmpty();
        now.sendHead(sent, headOnly);
        if (!headOnly) {
            body.sendTo(now);
        }
        stream.setReading(now.isWritable());
    }

    /** A head of the try's own where it differs from the request's: a codec may still hold the last one. */
    private RequestHead tryHead(RequestHead request, Host host) {
        boolean hostRewritten = action != null
                && action.hostRewrite() instanceof RouteAction.HostRewrite.Endpoint
                && !host.endpoint().hostname().isEmpty();
        boolean ownTime = limits != null && limits.differByTry();
        if (record.attempts == 1 && !hostRewritten && !ownTime && !request.expectsContinue()) {
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
            owner.changes().keepOriginalHost(copy.headers(), request.authority());
        }
        tellTimeout(copy.headers());
        return copy;
    }

    private void tellTimeout(Headers headers) {
        TimeLimits told = limits;
        if (told != null && retry != null) {
            told.tell(
                    headers,
                    loop.nowNanos(),
                    requestEndNanos,
                    record.attempts == 1,
                    retry.perTryTimeoutMillis(),
                    owner.suppressEnvoyHeaders());
        }
    }

    @Override
    public void onData(ByteBuf data, boolean end) {
        assertOnLoop();
        if (completed || (responseEnded && !tunnel)) {
            data.release();
            return;
        }
        deadlines.activity();
        record.requestBytes += data.readableBytes();
        body.add(data, end, connectedTry());
        if (end) {
            onRequestEnded();
        }
        holdRequestBack();
    }

    @Override
    public void onTrailers(Headers trailers) {
        assertOnLoop();
        if (completed || responseEnded) {
            return;
        }
        deadlines.activity();
        body.addTrailers(trailers, connectedTry());
        onRequestEnded();
    }

    private @Nullable Attempt connectedTry() {
        Attempt now = attempt;
        return now != null && now.isConnected() ? now : null;
    }

    /** Reads no more of the request than can go on or be kept. */
    private void holdRequestBack() {
        Attempt now = connectedTry();
        boolean room = now != null ? now.isWritable() : !body.isFull();
        if (!room && !body.isEnded()) {
            stream.setReading(false);
        }
    }

    private void onRequestEnded() {
        deadlines.clear(Deadlines.Kind.REQUEST_RECEIVED);
        requestEndNanos = loop.nowNanos();
        if (tunnel) {
            if (responseEnded) {
                complete();
            }
        } else if (limits != null && !responseStarted) {
            deadlines.set(Deadlines.Kind.REQUEST, limits.requestMillis());
            if (attempt != null) {
                setTryTimeouts();
            }
        }
    }

    @Override
    public void onTryWritabilityChanged() {
        Attempt now = connectedTry();
        if (!completed && now != null) {
            stream.setReading(now.isWritable());
        }
    }

    // ---- respond: the response's way

    private void changeResponse(Headers headers) {
        if (match != null && routes != null) {
            ExchangeHeaders.response(headers, match, routes, weighted);
        }
    }

    @Override
    public void onResponseInformational(ResponseHead informational) {
        deadlines.activity();
        // A 100 was sent already where one was asked for.
        if (!completed && !responseStarted && informational.status() != 100) {
            stream.sendInformational(informational);
        }
    }

    @Override
    public void onResponseHead(ResponseHead response, boolean end) {
        assertOnLoop();
        if (completed) {
            return;
        }
        deadlines.activity();
        deadlines.clear(Deadlines.Kind.PER_TRY);
        deadlines.clear(Deadlines.Kind.RESPONSE_HEAD);
        if (body.isComplete() && retry != null) {
            RetryState.Decision decision = retry.onHead(response);
            if (decision == RetryState.Decision.RETRY) {
                retryLater(null);
                return;
            }
            flag(decision);
        }
        respond(response, end);
    }

    private void respond(ResponseHead response, boolean end) {
        long now = loop.nowNanos();
        record.status = response.status();
        record.responseHeadNanos = now - startNanos;
        RequestHead request = head;
        tunnel = response.status() == 101
                || (request != null && request.isConnect() && response.status() >= 200 && response.status() < 300);
        if (tunnel) {
            deadlines.clear(Deadlines.Kind.REQUEST);
        }
        Headers headers = response.headers();
        UnprocessedReply.strip(headers);
        if (requestEndNanos >= 0) {
            record.upstreamServiceNanos = now - requestEndNanos;
            if (!owner.suppressEnvoyHeaders()) {
                headers.set("x-envoy-upstream-service-time", Decimals.text((now - requestEndNanos) / 1_000_000));
            }
        }
        changeResponse(headers);
        owner.changes().finish(headers, owner.date(loop));
        record.responseHeaders = response;
        readGrpcStatus(headers);
        responseStarted = true;
        body.retain(false);
        if (!body.isEmpty()) {
            body.drop();
        }
        stream.sendHead(response, end);
        if (end) {
            onResponseEnded();
        } else {
            holdResponseBack();
        }
    }

    private void readGrpcStatus(Headers headers) {
        String status = record.grpc ? headers.get("grpc-status") : null;
        if (status != null && status.length() <= 2 && status.chars().allMatch(c -> c >= '0' && c <= '9')) {
            record.grpcStatus = status.isEmpty() ? -1 : Integer.parseInt(status);
        }
    }

    @Override
    public void onResponseData(ByteBuf data, boolean end) {
        if (completed || responseEnded) {
            data.release();
            return;
        }
        deadlines.activity();
        record.responseBytes += data.readableBytes();
        stream.sendData(data, end);
        if (end) {
            onResponseEnded();
        } else {
            holdResponseBack();
        }
    }

    @Override
    public void onResponseTrailers(Headers trailers) {
        if (completed || responseEnded) {
            return;
        }
        readGrpcStatus(trailers);
        stream.sendTrailers(trailers);
        onResponseEnded();
    }

    private void holdResponseBack() {
        Attempt now = attempt;
        if (now != null && !stream.isWritable()) {
            now.setReading(false);
        }
    }

    @Override
    public void onWritabilityChanged() {
        Attempt now = attempt;
        if (!completed && now != null) {
            now.setReading(stream.isWritable());
        }
    }

    private void onResponseEnded() {
        responseEnded = true;
        // The end of a tunnel's bytes closes an HTTP/1.1 connection; in HTTP/2 the client may still have something to
        // send.
        boolean half = tunnel && !body.isEnded() && stream.connection().version() == HttpVersion.HTTP_2;
        if (!half) {
            complete();
        }
    }

    // ---- what goes wrong

    @Override
    public void onTryFailed(ProxyError error) {
        assertOnLoop();
        if (completed) {
            return;
        }
        if (deadlines.isOver(Deadlines.Kind.GRPC)) {
            // The endpoint knows the deadline too, and may have given up a moment before this side.
            fail(deadlineOver());
            return;
        }
        if (!responseStarted && retry != null && body.isComplete()) {
            RetryState.Decision decision = retry.onError(error, hasOther());
            if (decision == RetryState.Decision.RETRY) {
                // Nobody is there: whatever the policy says, another endpoint is the better guess.
                avoidsTried = error.surelyUnprocessed();
                retryLater(error);
                return;
            }
            flag(decision);
        }
        fail(error);
    }

    private static ProxyError deadlineOver() {
        return new ProxyError.Downstream(Cause.DEADLINE, "the request's deadline is over");
    }

    private boolean hasOther() {
        return cluster != null && cluster.hasOther(tried());
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
            case EXHAUSTED -> record.flag(ResponseFlag.URX);
            case OVER_BUDGET -> record.flag(ResponseFlag.UO);
            case RETRY, NOT_WANTED -> {}
        }
    }

    /**
     * The present try is given up for another.
     *
     * @param blame what its host is to blame for; null: its response says it
     */
    private void retryLater(@Nullable ProxyError blame) {
        Attempt last = attempt;
        attempt = null;
        if (last != null) {
            last.cancel(blame);
        }
        deadlines.clear(Deadlines.Kind.PER_TRY);
        deadlines.clear(Deadlines.Kind.RESPONSE_HEAD);
        long backoff =
                retry == null || (blame != null && blame.surelyUnprocessed()) ? 0 : retry.backoffMillis(loop.random());
        if (backoff > 0) {
            deadlines.set(Deadlines.Kind.BACKOFF, backoff);
        } else {
            pick();
        }
    }

    @Override
    public void onDue(Deadlines.Kind kind) {
        if (completed) {
            return;
        }
        switch (kind) {
            case BACKOFF -> pick();
            case PER_TRY -> tryTimedOut(Cause.PER_TRY_TIMEOUT, "no response within the time of one try");
            case RESPONSE_HEAD -> tryTimedOut(Cause.RESPONSE_HEAD_TIMEOUT, "no response head in time");
            case REQUEST ->
                giveUp(new ProxyError.Upstream(
                        Cause.REQUEST_TIMEOUT, "no whole response within the route's timeout", false));
            case IDLE -> giveUp(new ProxyError.Downstream(Cause.STREAM_IDLE, "no byte moved for too long"));
            case MAX_STREAM ->
                giveUp(new ProxyError.Downstream(Cause.MAX_STREAM_DURATION, "the stream's whole time is over"));
            case GRPC -> giveUp(deadlineOver());
            case REQUEST_RECEIVED ->
                giveUp(new ProxyError.Downstream(
                        Cause.REQUEST_RECEIVE_TIMEOUT, "the request did not come whole in time"));
        }
    }

    private void tryTimedOut(Cause cause, String sentence) {
        Attempt last = attempt;
        if (last == null || responseStarted) {
            return;
        }
        ProxyError error = new ProxyError.Upstream(cause, sentence + " from " + last.host(), false);
        RetryState.Decision decision =
                retry != null && body.isComplete() ? retry.onError(error, hasOther()) : RetryState.Decision.NOT_WANTED;
        if (decision == RetryState.Decision.RETRY) {
            retryLater(error);
        } else {
            flag(decision);
            giveUp(error);
        }
    }

    /** Ends the request; the endpoint is blamed where it was it that did not answer. */
    private void giveUp(ProxyError error) {
        Attempt last = attempt;
        if (last != null) {
            last.cancel(error instanceof ProxyError.Upstream && !responseStarted ? error : null);
        }
        fail(error);
    }

    /** Answers with an error, or resets a response that began already. */
    private void fail(ProxyError error) {
        record.flag(error.flag());
        record.details = error.sentence();
        record.transportFailure = error.transportFailure();
        if (responseStarted) {
            complete();
            stream.reset(StreamReset.Kind.LOCAL);
            return;
        }
        LocalReply reply = LocalReply.of(error, record.grpc, body.isEnded(), record.attempts > 1);
        boolean told = retry != null
                && owner.tellsUnprocessed(downstream)
                && UnprocessedReply.isTellable(error)
                && !retry.mayBeProcessed();
        reply(told ? reply.unprocessed(error) : reply);
    }

    /** Answers by itself. */
    private void reply(LocalReply reply) {
        owner.changes().finish(reply.head().headers(), owner.date(loop));
        record.responseHeadNanos = loop.nowNanos() - startNanos;
        readGrpcStatus(reply.head().headers());
        responseStarted = true;
        responseEnded = true;
        reply.send(stream, record, loop.random());
        complete();
    }

    @Override
    public void onReset(StreamReset reset) {
        assertOnLoop();
        if (completed) {
            return;
        }
        switch (reset.kind()) {
            case PROTOCOL_ERROR -> giveUp(new ProxyError.Downstream(Cause.BAD_REQUEST, reset.detail()));
            case OVERLOADED -> giveUp(new ProxyError.Downstream(Cause.OVERLOADED, reset.detail()));
            case TOO_LARGE -> giveUp(new ProxyError.Downstream(Cause.REQUEST_TOO_LARGE, reset.detail()));
            case REFUSED,
                    PEER_RESET,
                    HANDSHAKE_REFUSED,
                    CONNECTION_CLOSED,
                    CONNECTION_CLOSED_BEFORE_RESPONSE,
                    LOCAL -> {
                record.flag(ResponseFlag.DC);
                record.details = reset.detail();
                complete();
            }
        }
    }

    @Override
    public void onCut(String reason) {
        assertOnLoop();
        if (completed) {
            return;
        }
        ProxyError error = new ProxyError.Upstream(Cause.DRAIN_BOUND, reason, false);
        if (!responseStarted || !record.grpc) {
            fail(error);
            return;
        }
        record.flag(error.flag());
        record.details = error.sentence();
        Headers trailers = LocalReply.grpcTrailers(error);
        readGrpcStatus(trailers);
        stream.sendTrailers(trailers);
        responseEnded = true;
        complete();
    }

    // ---- complete

    /** The end, once, whatever led here: nothing is kept or awaited any more, and the record is told. */
    private void complete() {
        assertOnLoop();
        if (completed) {
            // A write that fails at once resets the stream before its sender comes here.
            return;
        }
        completed = true;
        deadlines.close();
        body.drop();
        if (retry != null) {
            retry.close();
        }
        Attempt last = attempt;
        if (last != null) {
            last.cancel(null);
        }
        record.durationNanos = loop.nowNanos() - startNanos;
        String protocol = record.grpc ? "grpc" : stream.connection().version() == HttpVersion.HTTP_2 ? "http2" : "http";
        if (last != null) {
            record.upstreamTls = last.security().terms();
        }
        record.edge = edges.edge(match == null ? null : match.virtualHost(), last, protocol);
        owner.tell(loop, record);
    }
}
