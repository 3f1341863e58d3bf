package io.weft.proxy.ads;

import com.google.protobuf.ByteString;
import io.weft.api.wire.WireOutput;
import io.weft.proxy.grpc.GrpcStatus;
import java.util.Collection;
import java.util.List;
import java.util.Map;

/**
 * A {@code DeltaDiscoveryRequest}.
 *
 * @param versions of what is here already, by name
 * @param nonce of the response that is answered; empty: none
 * @param refusal why that is refused; empty: it is not
 */
record DiscoveryRequest(
        String typeUrl,
        Collection<String> subscribe,
        Collection<String> unsubscribe,
        Map<String, String> versions,
        String nonce,
        String refusal) {
    // envoy.service.discovery.v3.DeltaDiscoveryRequest
    private static final int NODE = 1;
    private static final int TYPE_URL = 2;
    private static final int RESOURCE_NAMES_SUBSCRIBE = 3;
    private static final int RESOURCE_NAMES_UNSUBSCRIBE = 4;
    private static final int INITIAL_RESOURCE_VERSIONS = 5;
    private static final int RESPONSE_NONCE = 6;
    private static final int ERROR_DETAIL = 7;
    // google.rpc.Status, and the entries of a map
    private static final int STATUS_CODE = 1;
    private static final int STATUS_MESSAGE = 2;
    private static final int KEY = 1;
    private static final int VALUE = 2;

    /** The call whose messages these are. */
    static final String METHOD = "/envoy.service.discovery.v3.AggregatedDiscoveryService/DeltaAggregatedResources";

    static DiscoveryRequest subscription(String typeUrl, Collection<String> names, Map<String, String> versions) {
        return new DiscoveryRequest(typeUrl, names, List.of(), versions, "", "");
    }

    static DiscoveryRequest change(String typeUrl, Collection<String> added, Collection<String> removed) {
        return new DiscoveryRequest(typeUrl, added, removed, Map.of(), "", "");
    }

    static DiscoveryRequest answer(String typeUrl, String nonce, String refusal) {
        return new DiscoveryRequest(typeUrl, List.of(), List.of(), Map.of(), nonce, refusal);
    }

    /** @param node the {@code Node} message that a stream begins with; empty: it was sent */
    ByteString message(ByteString node) {
        WireOutput output = new WireOutput();
        if (!node.isEmpty()) {
            output.bytes(NODE, node);
        }
        output.text(TYPE_URL, typeUrl);
        subscribe.forEach(name -> output.oneofText(RESOURCE_NAMES_SUBSCRIBE, name));
        unsubscribe.forEach(name -> output.oneofText(RESOURCE_NAMES_UNSUBSCRIBE, name));
        versions.forEach((name, version) -> output.message(
                INITIAL_RESOURCE_VERSIONS, new WireOutput().text(KEY, name).text(VALUE, version)));
        output.text(RESPONSE_NONCE, nonce);
        if (!refusal.isEmpty()) {
            output.message(
                    ERROR_DETAIL,
                    new WireOutput()
                            .integer(STATUS_CODE, GrpcStatus.Code.INVALID_ARGUMENT.number())
                            .text(STATUS_MESSAGE, refusal));
        }
        return output.toByteString();
    }
}
