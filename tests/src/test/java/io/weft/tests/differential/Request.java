package io.weft.tests.differential;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One entry of {@code requests.yaml}.
 *
 * @param listener the placeholder of the listener's port
 * @param raw the bytes to send (ISO 8859-1), instead of the structured fields
 * @param headers lines {@code Name: value}; of HTTP/2 in lower case
 * @param bodySize so many bytes of a fixed pattern, instead of {@code body}
 * @param grpc the text of one length-prefixed message; makes it a gRPC request
 * @param responses how many responses are read from the connection
 * @param afterUpgrade what is sent once a 101 was read, or a 200 to CONNECT; as many bytes are read back
 * @param repeat how often it is sent; then only the upstreams' share is compared
 * @param share for each upstream the least and the most requests that it may get
 * @param status what Envoy answers: a check of the case itself
 * @param expect fields of Envoy's observation: a check of the case itself
 * @param localReply the proxy itself answers, in words of its own
 * @param unlogged neither proxy writes an access-log line: there was no request
 */
record Request(
        String name,
        @Nullable Protocol protocol,
        @Nullable String listener,
        @Nullable Tls tls,
        @Nullable String raw,
        @Nullable String method,
        @Nullable String path,
        @Nullable String host,
        @Nullable List<String> headers,
        @Nullable String body,
        int bodySize,
        boolean chunked,
        @Nullable List<String> trailers,
        @Nullable String grpc,
        int responses,
        @Nullable String afterUpgrade,
        int repeat,
        @Nullable Map<String, List<Integer>> share,
        String status,
        @Nullable Map<String, @Nullable String> expect,
        boolean localReply,
        boolean unlogged,
        @Nullable List<Ignored> ignore,
        @Nullable Difference difference) {

    enum Protocol {
        @JsonProperty("h1")
        H1,
        @JsonProperty("h2")
        H2
    }

    /** @param certificate the client's: {@code client}, {@code stranger} (of another CA) or absent */
    record Tls(@Nullable String certificate, @Nullable String serverName) {}

    /** A field of the observation that this request does not compare. */
    record Ignored(String field, String reason) {}

    /**
     * An intended difference: fields, and what each proxy is expected to show (null: nothing).
     *
     * @param restDiffers the outcome is another, so that no other field can be compared
     */
    record Difference(
            String reason,
            Map<String, @Nullable String> envoy,
            Map<String, @Nullable String> weft,
            boolean restDiffers) {}

    Request {
        if (name.isBlank()) {
            throw new IllegalArgumentException("a request needs a name");
        }
        if (difference != null
                && !difference.envoy().keySet().equals(difference.weft().keySet())) {
            throw new IllegalArgumentException(name
                    + ": a difference names the same fields for envoy and for weft, not "
                    + difference.envoy().keySet() + " and " + difference.weft().keySet());
        }
    }

    Protocol protocolOrDefault() {
        return protocol != null ? protocol : grpc != null ? Protocol.H2 : Protocol.H1;
    }

    String listenerOrDefault() {
        return listener != null ? listener : "listener";
    }

    String methodOrDefault() {
        return method != null ? method : grpc != null ? "POST" : "GET";
    }

    String pathOrDefault() {
        return path != null ? path : "/";
    }

    String hostOrDefault() {
        return host != null ? host : "shop.example";
    }

    List<Header> headerList() {
        return headers == null ? List.of() : headers.stream().map(Header::parse).toList();
    }

    List<Header> trailerList() {
        return trailers == null
                ? List.of()
                : trailers.stream().map(Header::parse).toList();
    }

    byte[] bodyBytes() {
        if (grpc != null) {
            return Body.grpcFrame(grpc);
        }
        return body != null ? Body.text(body) : Body.pattern(bodySize);
    }
}
