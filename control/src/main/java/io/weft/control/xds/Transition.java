package io.weft.control.xds;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import io.envoyproxy.envoy.config.core.v3.Address;
import io.envoyproxy.envoy.config.core.v3.TransportSocket;
import io.envoyproxy.envoy.config.endpoint.v3.ClusterLoadAssignment;
import io.envoyproxy.envoy.config.endpoint.v3.LbEndpoint;
import io.envoyproxy.envoy.config.endpoint.v3.LocalityLbEndpoints;
import io.envoyproxy.envoy.config.listener.v3.FilterChain;
import io.envoyproxy.envoy.config.listener.v3.Listener;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import io.envoyproxy.envoy.config.route.v3.VirtualHost;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.SubjectAltNameMatcher;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext;
import io.weft.control.ir.MeshEndpoint.Reach;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What proxies have on the way from one configuration to the next, so that no request meets half of a change. Proxies take each step at a
 * time of their own: one that is a step ahead must find what it needs, and what one that is a step behind still sends must be taken.
 * Hence identities, endpoints and inbound filter chains are those of both configurations until everybody has switched.
 *
 * <p>For one push; confined to the publisher's thread. Mixtures are made once for all proxies that share them.
 */
final class Transition {
    private final boolean keepsEndpoints;
    private final Map<Mixture, XdsResource> made = new HashMap<>();

    /** @param keepsEndpoints false where only instances came and went: those that leave wait for the endpoints to go */
    Transition(boolean keepsEndpoints) {
        this.keepsEndpoints = keepsEndpoints;
    }

    private record Mixture(XdsResource base, XdsResource other) {}

    /** Whether the goals of this step hold no endpoint beside the desired ones. */
    boolean isOfDesiredEndpoints(Step step) {
        return step.compareTo(keepsEndpoints ? Step.NARROW : Step.ENDPOINTS) >= 0;
    }

    /** What a proxy should have at the end of a step. */
    ResourceSet goal(ResourceSet previous, ResourceSet desired, Step step) {
        if (step == Step.REMOVE || previous.equals(desired)) {
            return desired;
        }
        TreeMap<XdsResource.Name, XdsResource> goal = new TreeMap<>(previous.resources());
        if (step == Step.NARROW) {
            // Of what goes, only what takes requests stays until nobody sends any there.
            goal.keySet().removeIf(name -> !desired.resources().containsKey(name) && !takesRequests(name));
        }
        desired.resources().forEach((name, next) -> {
            XdsResource at = at(step, previous.resources().get(name), next);
            if (at != null) {
                goal.put(name, at);
            }
        });
        return new ResourceSet(goal);
    }

    private static boolean takesRequests(XdsResource.Name name) {
        return switch (name.type()) {
            case CLUSTER -> name.text().startsWith("application/");
            case LISTENER -> name.text().startsWith("inbound/");
            case ENDPOINTS, ROUTES, REVISION -> false;
        };
    }

    /**
     * What was refused in a step is dropped with all of that step; instances still come and go.
     *
     * @param held what the proxy took last
     */
    static ResourceSet fallback(ResourceSet held, ResourceSet desired) {
        return held.with(
                desired,
                resource -> resource.name().type() == XdsType.ENDPOINTS
                        && held.resources().containsKey(resource.name()));
    }

    private @Nullable XdsResource at(Step step, @Nullable XdsResource previous, XdsResource next) {
        boolean switched = step.compareTo(Step.SWITCH) >= 0;
        if (previous == null) {
            return next.comesFirst() || switched ? next : null;
        }
        if (previous.equals(next)) {
            return next;
        }
        return switch (next.name().type()) {
            case CLUSTER ->
                next.name().text().startsWith("service/")
                        ? switched ? mixture(next, previous) : mixture(previous, next)
                        : next;
            case ENDPOINTS -> endpoints(step, previous, next);
            case LISTENER -> next.comesFirst() ? mixture(next, previous) : switched ? next : previous;
            case ROUTES, REVISION -> switched ? next : previous;
        };
    }

    private XdsResource endpoints(Step step, XdsResource previous, XdsResource next) {
        return switch (step) {
            case WIDEN -> previous;
            case ENDPOINTS, SWITCH -> keepsEndpoints ? mixture(next, previous) : next;
            case NARROW, REMOVE -> next;
        };
    }

    private XdsResource mixture(XdsResource base, XdsResource other) {
        return made.computeIfAbsent(new Mixture(base, other), Transition::mix);
    }

    private static XdsResource mix(Mixture mixture) {
        try {
            return switch (mixture.base.name().type()) {
                case CLUSTER -> made(mixture.base, bothIdentities(mixture));
                case ENDPOINTS -> made(mixture.base, bothEndpoints(mixture));
                case LISTENER -> made(mixture.base, bothChains(mixture));
                case ROUTES, REVISION -> mixture.base;
            };
        } catch (InvalidProtocolBufferException e) {
            throw new IllegalStateException("what was just written cannot be read", e);
        }
    }

    /** Equal content keeps its version: nothing is sent for it. */
    private static XdsResource made(XdsResource base, Message message) {
        return XdsResource.of(base.name().type(), base.name().text(), message);
    }

    // ---- clusters: who may answer

    private static Cluster bothIdentities(Mixture mixture) throws InvalidProtocolBufferException {
        Cluster.Builder cluster = mixture.base.body().unpack(Cluster.class).toBuilder();
        Cluster other = mixture.other.body().unpack(Cluster.class);
        for (Cluster.TransportSocketMatch.Builder match : cluster.getTransportSocketMatchesBuilderList()) {
            for (Cluster.TransportSocketMatch otherMatch : other.getTransportSocketMatchesList()) {
                if (match.getName().equals(Reach.MTLS.wireName())
                        && otherMatch.getName().equals(match.getName())) {
                    match.setTransportSocket(
                            bothIdentities(match.getTransportSocket(), otherMatch.getTransportSocket()));
                }
            }
        }
        return cluster.build();
    }

    private static TransportSocket bothIdentities(TransportSocket base, TransportSocket other)
            throws InvalidProtocolBufferException {
        UpstreamTlsContext.Builder tls = base.getTypedConfig().unpack(UpstreamTlsContext.class).toBuilder();
        var validation = tls.getCommonTlsContextBuilder()
                .getCombinedValidationContextBuilder()
                .getDefaultValidationContextBuilder();
        Set<SubjectAltNameMatcher> known = new HashSet<>(validation.getMatchTypedSubjectAltNamesList());
        other
                .getTypedConfig()
                .unpack(UpstreamTlsContext.class)
                .getCommonTlsContext()
                .getCombinedValidationContext()
                .getDefaultValidationContext()
                .getMatchTypedSubjectAltNamesList()
                .stream()
                .filter(known::add)
                .forEach(validation::addMatchTypedSubjectAltNames);
        return base.toBuilder().setTypedConfig(Protos.any(tls.build())).build();
    }

    // ---- endpoints: who gets requests

    private static ClusterLoadAssignment bothEndpoints(Mixture mixture) throws InvalidProtocolBufferException {
        ClusterLoadAssignment base = mixture.base.body().unpack(ClusterLoadAssignment.class);
        Set<Address> known = new HashSet<>();
        base.getEndpointsList()
                .forEach(place -> place.getLbEndpointsList()
                        .forEach(each -> known.add(each.getEndpoint().getAddress())));
        ClusterLoadAssignment.Builder both = base.toBuilder();
        for (LocalityLbEndpoints place :
                mixture.other.body().unpack(ClusterLoadAssignment.class).getEndpointsList()) {
            List<LbEndpoint> missing = place.getLbEndpointsList().stream()
                    .filter(each -> known.add(each.getEndpoint().getAddress()))
                    .toList();
            if (!missing.isEmpty()) {
                LocalityLbEndpoints.Builder target = place(both, place);
                target.addAllLbEndpoints(missing).setLoadBalancingWeight(Protos.uint(target.getLbEndpointsCount()));
            }
        }
        return both.build();
    }

    private static LocalityLbEndpoints.Builder place(ClusterLoadAssignment.Builder both, LocalityLbEndpoints place) {
        return both.getEndpointsBuilderList().stream()
                .filter(each -> each.getLocality().equals(place.getLocality()))
                .findFirst()
                .orElseGet(() -> both.addEndpointsBuilder().setLocality(place.getLocality()));
    }

    // ---- inbound listeners: what is taken

    private static Listener bothChains(Mixture mixture) throws InvalidProtocolBufferException {
        Listener base = mixture.base.body().unpack(Listener.class);
        Map<String, FilterChain> chains = new TreeMap<>();
        base.getFilterChainsList().forEach(chain -> chains.put(chain.getName(), chain));
        Listener.Builder both = base.toBuilder().clearFilterChains();
        Listener other = mixture.other.body().unpack(Listener.class);
        if (!other.getAddress().equals(base.getAddress())) {
            return base;
        }
        Map<String, FilterChain> others = new TreeMap<>();
        other.getFilterChainsList().forEach(chain -> others.put(chain.getName(), chain));
        for (FilterChain chain : base.getFilterChainsList()) {
            FilterChain before = others.get(chain.getName());
            both.addFilterChains(before == null ? chain : bothHosts(chain, before));
        }
        other.getFilterChainsList().stream()
                .filter(chain -> !chains.containsKey(chain.getName()))
                .forEach(both::addFilterChains);
        return both.build();
    }

    /** Chains of one name take the same connections; requests on them are told apart by their hosts. */
    private static FilterChain bothHosts(FilterChain base, FilterChain other) throws InvalidProtocolBufferException {
        HttpConnectionManager manager = base.getFilters(0).getTypedConfig().unpack(HttpConnectionManager.class);
        RouteConfiguration.Builder routes = manager.getRouteConfig().toBuilder();
        Set<String> names = new HashSet<>();
        Set<String> domains = new HashSet<>();
        routes.getVirtualHostsList().forEach(host -> {
            names.add(host.getName());
            domains.addAll(host.getDomainsList());
        });
        for (VirtualHost host : other.getFilters(0)
                .getTypedConfig()
                .unpack(HttpConnectionManager.class)
                .getRouteConfig()
                .getVirtualHostsList()) {
            List<String> free = host.getDomainsList().stream()
                    .filter(domain -> !domains.contains(domain))
                    .toList();
            if (!free.isEmpty() && names.add(host.getName())) {
                domains.addAll(free);
                routes.addVirtualHosts(host.toBuilder().clearDomains().addAllDomains(free));
            }
        }
        HttpConnectionManager both = manager.toBuilder().setRouteConfig(routes).build();
        return base.toBuilder()
                .setFilters(0, base.getFilters(0).toBuilder().setTypedConfig(Protos.any(both)))
                .build();
    }
}
