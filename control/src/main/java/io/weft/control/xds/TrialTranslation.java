package io.weft.control.xds;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import io.envoyproxy.envoy.config.route.v3.Route;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import io.weft.control.config.Snapshot;
import io.weft.control.config.StoredDocument;
import io.weft.control.ir.ServiceName;
import io.weft.control.registry.RegistrySnapshot;
import io.weft.control.translate.Derivation;
import io.weft.control.translate.Facts;
import io.weft.control.translate.Inputs;
import io.weft.control.translate.Services;
import io.weft.core.identity.TrustDomain;
import io.weft.core.violation.Violation;
import io.weft.engine.xds.Parsed;
import io.weft.engine.xds.ResourceType;
import io.weft.resource.model.ResourceKind;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Translates a configuration for trial and reads what came out with the parsers that the proxies use: a change that a proxy would refuse is
 * refused before it is stored.
 */
public final class TrialTranslation {
    private static final Pattern ROUTE = Pattern.compile("virtual_hosts\\[(\\d+)]\\.routes\\[(\\d+)].*");

    private final TrustDomain trustDomain;
    private final Supplier<RegistrySnapshot> registry;

    public TrialTranslation(TrustDomain trustDomain, Supplier<RegistrySnapshot> registry) {
        this.trustDomain = trustDomain;
        this.registry = registry;
    }

    /** What is wrong with it, with file and line of the document that is to blame; empty where proxies take it. */
    public List<Violation> check(Snapshot prospective) {
        Derivation derivation = new Derivation();
        derivation.update(new Facts(trustDomain, prospective.revision(), prospective.resources(), registry.get()));
        Set<Violation> violations = new LinkedHashSet<>();
        for (Services.PortName port : derivation.get(new Services.HttpPorts())) {
            derivation
                    .get(new ResourceCache.ClusterOf(port))
                    .ifPresent(cluster -> add(prospective, violations, cluster, port.service()));
        }
        for (String namespace : clientNamespaces(prospective, derivation)) {
            XdsResource routes = derivation.get(new ResourceCache.RoutesOf(namespace));
            parse(routes.body()).errors().forEach(error -> violations.add(ofRoute(prospective, routes, error)));
        }
        return List.copyOf(violations);
    }

    /** Those with services, and those whose routes are for their own clients alone. */
    private static Set<String> clientNamespaces(Snapshot prospective, Derivation derivation) {
        Set<String> namespaces = new TreeSet<>(derivation.get(new Inputs.Namespaces()));
        prospective.resources().stream()
                .filter(resource ->
                        resource.kind() == ResourceKind.HTTP_ROUTE || resource.kind() == ResourceKind.GRPC_ROUTE)
                .forEach(route -> namespaces.add(route.metadata().namespace()));
        return namespaces;
    }

    private static void add(
            Snapshot prospective, Set<Violation> violations, XdsResource resource, ServiceName service) {
        for (Violation error : parse(resource.body()).errors()) {
            violations.add(prospective
                    .find(service.key())
                    .map(document -> blame(document, resource, error))
                    .orElse(error.under(resource.name().text())));
        }
    }

    private static Violation ofRoute(Snapshot prospective, XdsResource routes, Violation error) {
        return routeAt(routes, error.path())
                .flatMap(route -> origin(prospective, route)
                        .map(document -> blame(document, routes, error).withHint("in " + route.getName())))
                .orElse(error.under(routes.name().text()));
    }

    private static Violation blame(StoredDocument document, XdsResource resource, Violation error) {
        return new Violation(
                document.key().toString(),
                error.value(),
                error.expected(),
                "proxies would refuse " + resource.name().text() + ": " + error.path(),
                document.location());
    }

    private static Optional<Route> routeAt(XdsResource routes, String path) {
        Matcher matcher = ROUTE.matcher(path);
        if (!matcher.matches()) {
            return Optional.empty();
        }
        try {
            return Optional.of(routes.body()
                    .unpack(RouteConfiguration.class)
                    .getVirtualHosts(Integer.parseInt(matcher.group(1)))
                    .getRoutes(Integer.parseInt(matcher.group(2))));
        } catch (InvalidProtocolBufferException e) {
            throw new IllegalStateException("what was just written cannot be read", e);
        }
    }

    /** A route's name begins with the resource that it comes from; the longest key that it begins with is meant. */
    private static Optional<StoredDocument> origin(Snapshot prospective, Route route) {
        List<StoredDocument> candidates =
                new ArrayList<>(prospective.documents().values());
        return candidates.stream()
                .filter(document -> route.getName().startsWith(document.key() + " "))
                .max(Comparator.comparingInt(
                        document -> document.key().toString().length()));
    }

    private static Parsed<?> parse(Any body) {
        for (ResourceType<?, ?> type : ResourceType.ALL) {
            if (type.typeUrl().equals(body.getTypeUrl())) {
                return type.parse(body);
            }
        }
        throw new IllegalArgumentException("proxies have no parser for " + body.getTypeUrl());
    }
}
