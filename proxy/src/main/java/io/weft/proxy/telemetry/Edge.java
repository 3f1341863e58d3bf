package io.weft.proxy.telemetry;

import org.jspecify.annotations.Nullable;

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
    // Asked with each request: the generated ones are slow until they are compiled.

    @Override
    public int hashCode() {
        int hash = sourceWorkload.hashCode();
        hash = 31 * hash + sourcePrincipal.hashCode();
        hash = 31 * hash + destinationService.hashCode();
        hash = 31 * hash + destinationWorkload.hashCode();
        return 31 * hash + protocol.hashCode();
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return this == other
                || (other instanceof Edge edge
                        && reporter.equals(edge.reporter)
                        && sourceNamespace.equals(edge.sourceNamespace)
                        && sourceWorkload.equals(edge.sourceWorkload)
                        && sourcePrincipal.equals(edge.sourcePrincipal)
                        && destinationNamespace.equals(edge.destinationNamespace)
                        && destinationService.equals(edge.destinationService)
                        && destinationWorkload.equals(edge.destinationWorkload)
                        && destinationPrincipal.equals(edge.destinationPrincipal)
                        && destinationVersion.equals(edge.destinationVersion)
                        && protocol.equals(edge.protocol)
                        && mutualTls == edge.mutualTls);
    }

    public static final Edge UNKNOWN = new Edge("", "", "", "", "", "", "", "", "", "", false);
}
