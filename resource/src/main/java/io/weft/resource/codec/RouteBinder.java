package io.weft.resource.codec;

import io.weft.resource.model.BackendReference;
import io.weft.resource.model.GrpcRoute;
import io.weft.resource.model.HttpRoute;
import io.weft.resource.model.Metadata;
import io.weft.resource.model.ParentReference;
import io.weft.resource.model.RouteFilter;
import io.weft.resource.model.ValueMatch;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Makes records of routes. References without a namespace get the route's own. */
final class RouteBinder {
    private static final int DEFAULT_REDIRECT = 302;

    private final String namespace;

    private RouteBinder(String namespace) {
        this.namespace = namespace;
    }

    static HttpRoute httpRoute(Metadata metadata, Node.Mapping spec) {
        RouteBinder binder = new RouteBinder(metadata.namespace());
        return new HttpRoute(
                metadata,
                Binder.list(spec.items("parentRefs"), binder::parent),
                Binder.texts(spec.items("hostnames")),
                Binder.list(spec.items("rules"), binder::httpRule));
    }

    static GrpcRoute grpcRoute(Metadata metadata, Node.Mapping spec) {
        RouteBinder binder = new RouteBinder(metadata.namespace());
        return new GrpcRoute(
                metadata,
                Binder.list(spec.items("parentRefs"), binder::parent),
                Binder.texts(spec.items("hostnames")),
                Binder.list(spec.items("rules"), binder::grpcRule));
    }

    private ParentReference parent(Node.Mapping parent) {
        return new ParentReference(
                parent.text("group"),
                parent.text("kind"),
                namespaceOf(parent),
                parent.text("name"),
                parent.text("sectionName"),
                parent.integer("port", 0));
    }

    private BackendReference backend(Node.Mapping backend) {
        return new BackendReference(
                backend.text("group"),
                backend.text("kind"),
                namespaceOf(backend),
                backend.text("name"),
                backend.integer("port", 0),
                backend.integer("weight", 1),
                Binder.list(backend.items("filters"), RouteBinder::filter));
    }

    private String namespaceOf(Node.Mapping reference) {
        return reference.has("namespace") ? reference.text("namespace") : namespace;
    }

    private HttpRoute.Rule httpRule(Node.Mapping rule) {
        List<HttpRoute.Match> matches = Binder.list(rule.items("matches"), RouteBinder::httpMatch);
        Node.Mapping timeouts = rule.child("timeouts");
        return new HttpRoute.Rule(
                rule.text("name"),
                matches.isEmpty() ? List.of(HttpRoute.Match.EVERYTHING) : matches,
                Binder.list(rule.items("filters"), RouteBinder::filter),
                Binder.list(rule.items("backendRefs"), this::backend),
                new HttpRoute.Timeouts(
                        Binder.duration(timeouts, "request"), Binder.duration(timeouts, "backendRequest")),
                rule.has("retry") ? retry(rule.child("retry")) : null);
    }

    private static HttpRoute.Match httpMatch(Node.Mapping match) {
        Node.Mapping path = match.child("path");
        return new HttpRoute.Match(
                new HttpRoute.PathMatch(pathType(path.text("type")), path.text("value")),
                match.text("method"),
                headers(match.items("headers")),
                Binder.list(match.items("queryParams"), RouteBinder::valueMatch));
    }

    private static HttpRoute.PathMatch.Type pathType(String name) {
        for (HttpRoute.PathMatch.Type type : HttpRoute.PathMatch.Type.values()) {
            if (type.wireName().equals(name)) {
                return type;
            }
        }
        throw new IllegalArgumentException("path match type " + name);
    }

    private static HttpRoute.Retry retry(Node.Mapping retry) {
        return new HttpRoute.Retry(
                retry.items("codes").stream()
                        .map(code -> Integer.valueOf(code.text()))
                        .toList(),
                retry.integer("attempts", 1),
                Binder.duration(retry, "backoff"));
    }

    private GrpcRoute.Rule grpcRule(Node.Mapping rule) {
        return new GrpcRoute.Rule(
                rule.text("name"),
                Binder.list(rule.items("matches"), RouteBinder::grpcMatch),
                Binder.list(rule.items("filters"), RouteBinder::filter),
                Binder.list(rule.items("backendRefs"), this::backend));
    }

    private static GrpcRoute.Match grpcMatch(Node.Mapping match) {
        Node.Mapping method = match.child("method");
        return new GrpcRoute.Match(
                match.has("method")
                        ? new GrpcRoute.MethodMatch(
                                matchType(method.text("type")), method.text("service"), method.text("method"))
                        : null,
                headers(match.items("headers")));
    }

    /** Of names that differ in case alone the first counts, as Gateway API has it. */
    private static List<ValueMatch> headers(List<Node> nodes) {
        List<ValueMatch> headers = new ArrayList<>();
        Set<String> seen = new HashSet<>();
        for (ValueMatch header : Binder.list(nodes, RouteBinder::valueMatch)) {
            if (seen.add(header.name().toLowerCase(Locale.ROOT))) {
                headers.add(header);
            }
        }
        return headers;
    }

    private static ValueMatch valueMatch(Node.Mapping match) {
        return new ValueMatch(matchType(match.text("type")), match.text("name"), match.text("value"));
    }

    private static ValueMatch.Type matchType(String name) {
        return name.equals(ValueMatch.Type.REGULAR_EXPRESSION.wireName())
                ? ValueMatch.Type.REGULAR_EXPRESSION
                : ValueMatch.Type.EXACT;
    }

    private static RouteFilter filter(Node.Mapping filter) {
        String type = filter.text("type");
        return switch (type) {
            case "RequestHeaderModifier" ->
                new RouteFilter.RequestHeaderModifier(changes(filter.child("requestHeaderModifier")));
            case "ResponseHeaderModifier" ->
                new RouteFilter.ResponseHeaderModifier(changes(filter.child("responseHeaderModifier")));
            case "RequestRedirect" -> redirect(filter.child("requestRedirect"));
            case "URLRewrite" -> {
                Node.Mapping rewrite = filter.child("urlRewrite");
                yield new RouteFilter.UrlRewrite(rewrite.text("hostname"), pathChange(rewrite));
            }
            default -> new RouteFilter.Other(type, NodeJson.write(filter));
        };
    }

    private static RouteFilter redirect(Node.Mapping redirect) {
        return new RouteFilter.RequestRedirect(
                redirect.text("scheme"),
                redirect.text("hostname"),
                pathChange(redirect),
                redirect.integer("port", 0),
                redirect.integer("statusCode", DEFAULT_REDIRECT));
    }

    private static RouteFilter.@Nullable PathChange pathChange(Node.Mapping filter) {
        if (!filter.has("path")) {
            return null;
        }
        Node.Mapping path = filter.child("path");
        return path.text("type").equals("ReplaceFullPath")
                ? new RouteFilter.PathChange.Full(path.text("replaceFullPath"))
                : new RouteFilter.PathChange.Prefix(path.text("replacePrefixMatch"));
    }

    private static RouteFilter.HeaderChanges changes(Node.Mapping changes) {
        return new RouteFilter.HeaderChanges(
                Binder.list(changes.items("set"), RouteBinder::header),
                Binder.list(changes.items("add"), RouteBinder::header),
                Binder.texts(changes.items("remove")));
    }

    private static RouteFilter.HeaderValue header(Node.Mapping header) {
        return new RouteFilter.HeaderValue(header.text("name"), header.text("value"));
    }
}
