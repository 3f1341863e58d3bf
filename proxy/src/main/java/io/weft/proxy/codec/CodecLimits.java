package io.weft.proxy.codec;

/**
 * What a peer may send and how long it may take.
 *
 * @param maxHeadBytes of one head, or of one message's trailers
 * @param maxHeaders of one head
 * @param maxConcurrentStreams of an HTTP/2 connection
 * @param initialStreamWindowBytes HTTP/2
 * @param initialConnectionWindowBytes HTTP/2
 * @param maxRequestsPerConnection 0: no bound
 * @param headTimeoutMillis from a head's first byte to its end; 0: none
 * @param idleTimeoutMillis of a connection without a stream; 0: none
 * @param lingerMillis how long a client may take to read the last response before its connection is cut; 0: none
 * @param acceptHttp10 answer HTTP/1.0 requests
 */
public record CodecLimits(
        int maxHeadBytes,
        int maxHeaders,
        int maxConcurrentStreams,
        int initialStreamWindowBytes,
        int initialConnectionWindowBytes,
        int maxRequestsPerConnection,
        long headTimeoutMillis,
        long idleTimeoutMillis,
        long lingerMillis,
        boolean acceptHttp10) {}
