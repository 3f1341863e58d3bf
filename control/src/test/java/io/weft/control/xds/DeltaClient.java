package io.weft.control.xds;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.ListValue;
import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import com.google.rpc.Status;
import io.envoyproxy.envoy.config.core.v3.Node;
import io.envoyproxy.envoy.service.discovery.v3.AggregatedDiscoveryServiceGrpc;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryResponse;
import io.envoyproxy.envoy.service.discovery.v3.Resource;
import io.grpc.Channel;
import io.grpc.stub.StreamObserver;
import io.weft.api.v1.Revision;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/** A proxy as the server sees it: takes what comes, follows references as a proxy does, and acknowledges unless told otherwise. */
final class DeltaClient implements StreamObserver<DeltaDiscoveryResponse> {
    final Map<String, Resource> held = new ConcurrentHashMap<>();
    final List<DeltaDiscoveryResponse> responses = new CopyOnWriteArrayList<>();
    final List<Revision> revisions = new CopyOnWriteArrayList<>();
    volatile @Nullable Throwable failure;
    /** A resource of this name is refused. */
    volatile String refuses = "";

    volatile boolean acknowledges = true;
    private final StreamObserver<DeltaDiscoveryRequest> requests;
    private final boolean weft;

    private DeltaClient(Channel channel, boolean weft) {
        this.weft = weft;
        this.requests = AggregatedDiscoveryServiceGrpc.newStub(channel).deltaAggregatedResources(this);
    }

    static Node node(String id, Struct metadata) {
        return Node.newBuilder()
                .setId(id)
                .setMetadata(Struct.newBuilder()
                        .putFields(
                                "weft",
                                Value.newBuilder().setStructValue(metadata).build()))
                .build();
    }

    /** A proxy of Weft that knows the versions of what it has. */
    static DeltaClient weft(Channel channel, String id, Struct metadata, Map<String, Resource> cached) {
        DeltaClient client = new DeltaClient(channel, true);
        Node node = node(id, metadata);
        client.held.putAll(cached);
        client.ask(node, XdsType.CLUSTER, List.of(), cached);
        client.ask(node, XdsType.LISTENER, List.of(), cached);
        client.ask(node, XdsType.REVISION, List.of(), Map.of());
        for (XdsType type : List.of(XdsType.ENDPOINTS, XdsType.ROUTES)) {
            List<String> names = cached.keySet().stream()
                    .filter(key -> key.startsWith(type.name()))
                    .map(key -> key.substring(type.name().length() + 1))
                    .toList();
            if (!names.isEmpty()) {
                client.ask(node, type, names, cached);
            }
        }
        return client;
    }

    static Struct metadata(String namespace, String account, int outboundPort, int inboundPort, List<Struct> services) {
        ListValue.Builder list = ListValue.newBuilder();
        services.forEach(service -> list.addValues(Value.newBuilder().setStructValue(service)));
        return Struct.newBuilder()
                .putFields("namespace", text(namespace))
                .putFields("workload", text(account))
                .putFields("serviceAccount", text(account))
                .putFields("outboundPort", number(outboundPort))
                .putFields("inboundPort", number(inboundPort))
                .putFields("services", Value.newBuilder().setListValue(list).build())
                .build();
    }

    static Struct service(String name, int port, int applicationPort, String protocol) {
        return Struct.newBuilder()
                .putFields("name", text(name))
                .putFields("port", number(port))
                .putFields("applicationPort", number(applicationPort))
                .putFields("protocol", text(protocol))
                .build();
    }

    private static Value text(String text) {
        return Value.newBuilder().setStringValue(text).build();
    }

    private static Value number(int number) {
        return Value.newBuilder().setNumberValue(number).build();
    }

    private void ask(Node node, XdsType type, List<String> names, Map<String, Resource> cached) {
        DeltaDiscoveryRequest.Builder request = DeltaDiscoveryRequest.newBuilder()
                .setNode(node)
                .setTypeUrl(type.typeUrl())
                .addAllResourceNamesSubscribe(names);
        cached.forEach((key, resource) -> {
            if (key.startsWith(type.name() + " ")) {
                request.putInitialResourceVersions(resource.getName(), resource.getVersion());
            }
        });
        send(request.build());
    }

    private synchronized void send(DeltaDiscoveryRequest request) {
        requests.onNext(request);
    }

    @Override
    public void onNext(DeltaDiscoveryResponse response) {
        responses.add(response);
        boolean refused = !refuses.isEmpty()
                && response.getResourcesList().stream()
                        .anyMatch(resource -> resource.getName().equals(refuses));
        DeltaDiscoveryRequest.Builder answer = DeltaDiscoveryRequest.newBuilder()
                .setTypeUrl(response.getTypeUrl())
                .setResponseNonce(response.getNonce());
        if (refused) {
            answer.setErrorDetail(Status.newBuilder().setCode(3).setMessage(refuses + ": not to my taste"));
        }
        XdsType type = List.of(XdsType.values()).stream()
                .filter(each -> each.typeUrl().equals(response.getTypeUrl()))
                .findFirst()
                .orElseThrow();
        if (acknowledges) {
            send(answer.build());
        }
        take(type, response);
    }

    private void take(XdsType type, DeltaDiscoveryResponse response) {
        List<String> follow = new ArrayList<>();
        for (Resource resource : response.getResourcesList()) {
            if (type == XdsType.REVISION) {
                revisions.add(read(resource));
            } else if (!resource.getName().equals(refuses)) {
                held.put(type + " " + resource.getName(), resource);
                follow.add(resource.getName());
            }
        }
        response.getRemovedResourcesList().forEach(name -> held.remove(type + " " + name));
        if (type == XdsType.CLUSTER) {
            List<String> names =
                    follow.stream().filter(name -> name.startsWith("service/")).toList();
            subscribe(XdsType.ENDPOINTS, names);
        } else if (type == XdsType.LISTENER && weft) {
            boolean outbound = follow.stream().anyMatch(name -> name.startsWith("outbound/"));
            subscribe(XdsType.ROUTES, outbound ? List.of("outbound/shop") : List.of());
        }
    }

    private void subscribe(XdsType type, List<String> names) {
        List<String> missing = names.stream()
                .filter(name -> !held.containsKey(type + " " + name))
                .toList();
        if (!missing.isEmpty()) {
            send(DeltaDiscoveryRequest.newBuilder()
                    .setTypeUrl(type.typeUrl())
                    .addAllResourceNamesSubscribe(missing)
                    .build());
        }
    }

    private static Revision read(Resource resource) {
        try {
            return resource.getResource().unpack(Revision.class);
        } catch (InvalidProtocolBufferException e) {
            throw new IllegalArgumentException(e);
        }
    }

    Map<String, String> versions() {
        Map<String, String> versions = new TreeMap<>();
        held.forEach((key, resource) -> versions.put(key, resource.getVersion()));
        return versions;
    }

    Resource held(XdsType type, String name) {
        Resource resource = held.get(type + " " + name);
        if (resource == null) {
            throw new AssertionError(type + " " + name + " is not among " + held.keySet());
        }
        return resource;
    }

    Revision lastRevision() {
        return revisions.getLast();
    }

    void close() {
        requests.onCompleted();
    }

    /** As where the connection is lost. */
    void breakOff() {
        requests.onError(new IllegalStateException("lost"));
    }

    @Override
    public void onError(Throwable error) {
        failure = error;
    }

    @Override
    public void onCompleted() {}
}
