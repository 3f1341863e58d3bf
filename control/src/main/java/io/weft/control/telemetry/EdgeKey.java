package io.weft.control.telemetry;

/**
 * One series of traffic: who called whom, in which way, as told by one side.
 *
 * @param reporter which side counted it
 * @param sourceNamespace empty where the source is not part of the mesh
 * @param sourceWorkload empty where the source is not part of the mesh
 * @param destinationNamespace empty where the destination is not part of the mesh
 * @param destinationService the service, or the host where it is not part of the mesh
 * @param destinationVersion the destination workload's label "version", or empty
 * @param protocol http, http2, grpc or tcp
 * @param reached whether a workload was found to send to; without one nothing was sent that could have been protected
 * @param mutualTls whether both sides proved who they are
 */
public record EdgeKey(
        Reporter reporter,
        String sourceNamespace,
        String sourceWorkload,
        String destinationNamespace,
        String destinationService,
        String destinationVersion,
        String protocol,
        boolean reached,
        boolean mutualTls) {

    /** The side of an edge that counted it. */
    public enum Reporter {
        SOURCE,
        DESTINATION
    }
}
