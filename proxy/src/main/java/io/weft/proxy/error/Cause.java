package io.weft.proxy.error;

/** What can go wrong, by the name that operators see in {@code x-weft-cause} and in logs. */
public enum Cause {
    NO_ROUTE("no_route", ResponseFlag.NR),
    NO_CLUSTER("no_cluster", ResponseFlag.NC),
    NO_HEALTHY_UPSTREAM("no_healthy_upstream", ResponseFlag.UH),
    UNRESOLVED_HOST("unresolved_host", ResponseFlag.UH),
    LOOP("loop", ResponseFlag.UH),
    OVERFLOW("overflow", ResponseFlag.UO),
    CONNECTION_REFUSED("connection_refused", ResponseFlag.UF),
    CONNECTION_FAILED("connection_failed", ResponseFlag.UF),
    CONNECT_TIMEOUT("connect_timeout", ResponseFlag.UF),
    TLS_FAILED("tls_failed", ResponseFlag.UF),
    NO_DESCRIPTORS("no_descriptors", ResponseFlag.UF),
    /** The endpoint's proxy did not reach its application: nothing was processed. */
    APPLICATION_REFUSED("application_refused", ResponseFlag.UF),
    UPSTREAM_REFUSED("upstream_refused", ResponseFlag.UR),
    UPSTREAM_RESET("upstream_reset", ResponseFlag.UR),
    UPSTREAM_CLOSED("upstream_closed", ResponseFlag.UC),
    /** A connection that was used before closed without a byte of the response, as servers close idle ones. */
    STALE_CONNECTION("stale_connection", ResponseFlag.UC),
    UPSTREAM_PROTOCOL_ERROR("upstream_protocol_error", ResponseFlag.UPE),
    UPSTREAM_TOO_LARGE("upstream_too_large", ResponseFlag.UPE),
    OVERLOADED("overloaded", ResponseFlag.OM),
    REQUEST_TIMEOUT("request_timeout", ResponseFlag.UT),
    PER_TRY_TIMEOUT("per_try_timeout", ResponseFlag.UT),
    RESPONSE_HEAD_TIMEOUT("response_head_timeout", ResponseFlag.UT),
    STREAM_IDLE("stream_idle_timeout", ResponseFlag.SI),
    MAX_STREAM_DURATION("max_stream_duration", ResponseFlag.DT),
    DEADLINE("deadline_exceeded", ResponseFlag.DT),
    REQUEST_RECEIVE_TIMEOUT("request_receive_timeout", ResponseFlag.DPE),
    DOWNSTREAM_RESET("downstream_reset", ResponseFlag.DC),
    BAD_REQUEST("bad_request", ResponseFlag.DPE),
    REQUEST_TOO_LARGE("request_too_large", ResponseFlag.DPE),
    UPGRADE_REFUSED("upgrade_refused", ResponseFlag.DPE),
    DRAIN_BOUND("drain_bound", ResponseFlag.LR),
    INTERNAL_ERROR("internal_error", ResponseFlag.LR);

    private final String wireName;
    private final ResponseFlag flag;

    Cause(String wireName, ResponseFlag flag) {
        this.wireName = wireName;
        this.flag = flag;
    }

    public String wireName() {
        return wireName;
    }

    public ResponseFlag flag() {
        return flag;
    }
}
