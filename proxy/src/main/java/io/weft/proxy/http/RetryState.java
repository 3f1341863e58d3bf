package io.weft.proxy.http;

import io.weft.engine.config.RetryPolicy;
import io.weft.engine.config.RetryPolicy.On;
import io.weft.proxy.codec.ResponseHead;
import io.weft.proxy.error.Cause;
import io.weft.proxy.error.ProxyError;
import io.weft.proxy.host.Limits;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Whether a request is tried again, as Envoy's {@code retry_on} has it, and beyond it where the policy keeps to what is safe. What surely was not
 * processed costs no budget, whatever its method is, and goes on while there are endpoints that were not tried, within a bound. What an idle connection
 * lost by closing under it is sent anew, once and without being a retry, where the method allows it (RFC 9112, section 9.3.1), as is what HTTP/2 says
 * was not processed (RFC 9113, section 8.7), and what was lost with any connection where another endpoint is there: an instance that dies takes all that
 * it had at one moment, which no budget has room for. Confined to its loop.
 */
final class RetryState {
    /** Methods that may be sent twice without harm (RFC 9110, section 9.2.2). */
    private static final Set<String> IDEMPOTENT = Set.of("GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE");

    /** Endpoints that refuse before one is believed to be there. */
    static final int MAX_UNPROCESSED = 5;

    /** What was decided. */
    enum Decision {
        RETRY,
        /** The outcome is not one of those that are tried again. */
        NOT_WANTED,
        /** It would be, but all tries are used up. */
        EXHAUSTED,
        /** It would be, but too many retries are in flight. */
        OVER_BUDGET
    }

    private final @Nullable RetryPolicy policy;
    private final Limits limits;
    private final boolean idempotent;
    private final boolean safeOnly;
    private int retries;
    private int unprocessed;
    private boolean sentAnew;
    private boolean mayBeProcessed;
    private boolean holdsBudget;

    RetryState(@Nullable RetryPolicy policy, Limits limits, String method) {
        this.policy = policy;
        this.limits = limits;
        this.idempotent = IDEMPOTENT.contains(method);
        this.safeOnly = policy != null && policy.idempotentOnly();
    }

    /** Whether what was sent may have to be sent again. */
    boolean isPossible() {
        return policy != null && (policy.retries() > 0 || (safeOnly && idempotent));
    }

    /** Whether a try that was given up may have had an effect. */
    boolean mayBeProcessed() {
        return mayBeProcessed;
    }

    long perTryTimeoutMillis() {
        return policy == null ? 0 : policy.perTryTimeoutMillis();
    }

    boolean avoidsPreviousEndpoints() {
        return policy != null && policy.avoidPreviousEndpoints();
    }

    /**
     * @param elsewhere whether there is an endpoint that was not tried yet
     */
    Decision onError(ProxyError error, boolean elsewhere) {
        mayBeProcessed |= !error.surelyUnprocessed();
        return counted(decide(error, elsewhere));
    }

    private Decision decide(ProxyError error, boolean elsewhere) {
        boolean anew = safeOnly
                && (error.cause() == Cause.UPSTREAM_REFUSED || (error.cause() == Cause.STALE_CONNECTION && idempotent));
        if (anew && !sentAnew) {
            sentAnew = true;
            return Decision.RETRY;
        }
        if (policy == null || !wanted(policy, error)) {
            return Decision.NOT_WANTED;
        }
        if (error.surelyUnprocessed() && safeOnly && elsewhere && unprocessed < MAX_UNPROCESSED) {
            unprocessed++;
            return Decision.RETRY;
        }
        return error.cause() == Cause.UPSTREAM_CLOSED && elsewhere && sendsAnew()
                ? Decision.RETRY
                : decide(policy, error.surelyUnprocessed());
    }

    /** Once, where that is safe. */
    private boolean sendsAnew() {
        boolean first = safeOnly && idempotent && !sentAnew;
        sentAnew |= first;
        return first;
    }

    private boolean wanted(RetryPolicy policy, ProxyError error) {
        boolean safe = error.surelyUnprocessed() || idempotent || !policy.idempotentOnly();
        Set<On> on = policy.on();
        // Envoy counts a try that ended without a response as a 5xx.
        boolean any = on.contains(On.RESET) || on.contains(On.SERVER_ERROR_5XX) || on.contains(On.GATEWAY_ERROR);
        return safe
                && switch (error.cause()) {
                    case CONNECTION_REFUSED, CONNECTION_FAILED, CONNECT_TIMEOUT, TLS_FAILED, APPLICATION_REFUSED ->
                        any || on.contains(On.CONNECT_FAILURE) || on.contains(On.RESET_BEFORE_REQUEST);
                    case UPSTREAM_REFUSED -> any || on.contains(On.REFUSED_STREAM);
                    case UPSTREAM_RESET,
                            UPSTREAM_CLOSED,
                            STALE_CONNECTION,
                            UPSTREAM_PROTOCOL_ERROR,
                            PER_TRY_TIMEOUT,
                            RESPONSE_HEAD_TIMEOUT -> any;
                    case NO_ROUTE,
                            NO_CLUSTER,
                            NO_HEALTHY_UPSTREAM,
                            UNRESOLVED_HOST,
                            NO_DESCRIPTORS,
                            OVERLOADED,
                            LOOP,
                            OVERFLOW,
                            UPSTREAM_TOO_LARGE,
                            REQUEST_TIMEOUT,
                            STREAM_IDLE,
                            MAX_STREAM_DURATION,
                            DEADLINE,
                            REQUEST_RECEIVE_TIMEOUT,
                            DOWNSTREAM_RESET,
                            BAD_REQUEST,
                            REQUEST_TOO_LARGE,
                            UPGRADE_REFUSED,
                            DRAIN_BOUND,
                            INTERNAL_ERROR -> false;
                };
    }

    /**
     * @param lost whether the endpoint's application is gone with the request, and there is an endpoint that was not tried yet
     */
    Decision onHead(ResponseHead head, boolean lost) {
        if (policy == null || !wanted(policy, head)) {
            return Decision.NOT_WANTED;
        }
        // A gRPC status is listed by who knows his calls; all of them are POSTs.
        boolean asked = idempotent
                || !policy.idempotentOnly()
                || wantedGrpc(policy.on(), head.headers().get("grpc-status"));
        if (!asked) {
            return Decision.NOT_WANTED;
        }
        mayBeProcessed = true;
        return counted(lost && sendsAnew() ? Decision.RETRY : decide(policy, false));
    }

    private Decision counted(Decision decision) {
        if (decision == Decision.RETRY) {
            limits.countRetry();
        }
        return decision;
    }

    private static boolean wanted(RetryPolicy policy, ResponseHead head) {
        int status = head.status();
        if (status < 400 && policy.statusCodes().isEmpty() && !head.headers().contains("grpc-status")) {
            return false;
        }
        Set<On> on = policy.on();
        boolean byStatus = (on.contains(On.SERVER_ERROR_5XX) && status >= 500)
                || (on.contains(On.GATEWAY_ERROR) && status >= 502 && status <= 504)
                || (on.contains(On.RETRIABLE_4XX) && status == 409)
                || (on.contains(On.RETRIABLE_STATUS_CODES)
                        && policy.statusCodes().contains(status));
        return byStatus || wantedGrpc(on, head.headers().get("grpc-status"));
    }

    /** Of a response that is nothing but trailers. */
    private static boolean wantedGrpc(Set<On> on, @Nullable String status) {
        return switch (status == null ? "" : status) {
            case "1" -> on.contains(On.GRPC_CANCELLED);
            case "4" -> on.contains(On.GRPC_DEADLINE_EXCEEDED);
            case "8" -> on.contains(On.GRPC_RESOURCE_EXHAUSTED);
            case "13" -> on.contains(On.GRPC_INTERNAL);
            case "14" -> on.contains(On.GRPC_UNAVAILABLE);
            default -> false;
        };
    }

    private Decision decide(RetryPolicy policy, boolean outsideBudget) {
        if (retries >= policy.retries()) {
            return Decision.EXHAUSTED;
        }
        if (!outsideBudget && !holdsBudget) {
            if (!limits.tryRetry()) {
                return Decision.OVER_BUDGET;
            }
            holdsBudget = true;
        }
        retries++;
        return Decision.RETRY;
    }

    /** How long to wait before the retry that was decided: full jitter over an exponential bound. */
    long backoffMillis(RandomGenerator random) {
        if (policy == null || policy.backoffBaseMillis() <= 0) {
            return 0;
        }
        long exponential = policy.backoffBaseMillis() << Math.min(20, retries);
        long bound = Math.min(exponential, Math.max(policy.backoffBaseMillis(), policy.backoffMaxMillis()));
        return random.nextLong(bound + 1);
    }

    /** The request is over. */
    void close() {
        if (holdsBudget) {
            holdsBudget = false;
            limits.releaseRetry();
        }
    }
}
