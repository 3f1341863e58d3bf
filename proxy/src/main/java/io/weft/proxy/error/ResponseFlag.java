package io.weft.proxy.error;

import java.util.EnumSet;
import java.util.Set;
import java.util.stream.Collectors;

/** Envoy's response flags: short marks in logs and metrics for what happened to a request beside its status. */
public enum ResponseFlag {
    /** No healthy endpoint. */
    UH,
    /** The connection to the endpoint failed. */
    UF,
    /** Overflow: a limit of the cluster is reached. */
    UO,
    /** No route. */
    NR,
    /** All tries are used up. */
    URX,
    /** No such cluster. */
    NC,
    /** The endpoint's stream or connection took too long. */
    UT,
    /** The stream's whole life took too long. */
    DT,
    /** The client went away. */
    DC,
    /** Reset by this side. */
    LR,
    /** Reset by the endpoint. */
    UR,
    /** The endpoint closed the connection. */
    UC,
    /** Rate limited. */
    RL,
    /** Refused by an external authorizer. */
    UAEX,
    /** The client broke the protocol. */
    DPE,
    /** The endpoint broke the protocol. */
    UPE,
    /** No byte for too long. */
    SI,
    /** A header has an invalid value. */
    IH,
    /** The endpoint's stream was ended by the maximum duration. */
    UMSDR,
    /** The proxy is overloaded. */
    OM;

    /** As access logs and metrics have it: joined by commas, {@code -} where there is none. */
    public static String join(Set<ResponseFlag> flags) {
        if (flags.isEmpty()) {
            return "-";
        }
        return EnumSet.copyOf(flags).stream().map(Enum::name).collect(Collectors.joining(","));
    }
}
