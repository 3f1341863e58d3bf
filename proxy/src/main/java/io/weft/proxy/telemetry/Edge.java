package io.weft.proxy.telemetry;

/**
 * One source workload to one destination, as one side of it sees it: the labels of its metrics. Parts that are not known are empty.
 *
 * @param reporter {@code source} or {@code destination}
 * @param destinationVersion the destination workload's label {@code version}
 * @param protocol {@code http}, {@code http2}, {@code grpc} or {@code tcp}
 */
public record Edge(
        String reporter,
        String sourceNamespace,
        String sourceWorkload,
        String sourcePrincipal,
        String destinationNamespace,
        String destinationService,
        String destinationWorkload,
        String destinationPrincipal,
        String destinationVersion,
        String protocol,
        boolean mutualTls) {
    public static final Edge UNKNOWN = new Edge("", "", "", "", "", "", "", "", "", "", false);
}
