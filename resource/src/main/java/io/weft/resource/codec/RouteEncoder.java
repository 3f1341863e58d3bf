package io.weft.resource.codec;

import static io.weft.resource.codec.ResourceEncoder.putDuration;
import static io.weft.resource.codec.ResourceEncoder.putIfFilled;
import static io.weft.resource.codec.ResourceEncoder.putText;
import static io.weft.resource.codec.ResourceEncoder.putTexts;

import io.weft.resource.model.BackendReference;
import io.weft.resource.model.GrpcRoute;
import io.weft.resource.model.HttpRoute;
import io.weft.resource.model.ParentReference;
import io.weft.resource.model.RouteFilter;
import io.weft.resource.model.ValueMatch;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Routes to trees. */
final class RouteEncoder {
    private static final JsonMapper JSON = JsonMapper.builder().build();

    private RouteEncoder() {}

    static void httpRoute(ObjectNode spec, HttpRoute route) {
        parents(spec, route.parentRefs());
        putTexts(spec, "hostnames", route.hostnames());
        ArrayNode rules = spec.putArray("rules");
        for (HttpRoute.Rule rule : route.rules()) {
            ObjectNode object = rules.addObject();
            putText(object, "name", rule.name());
            ArrayNode matches = object.putArray("matches");
            rule.matches().forEach(match -> httpMatch(matches.addObject(), match));
            filters(object, rule.filters());
            backends(object, rule.backendRefs());
            ObjectNode timeouts = JsonNodeFactory.instance.objectNode();
            putDuration(timeouts, "request", rule.timeouts().request());
            putDuration(timeouts, "backendRequest", rule.timeouts().backendRequest());
            putIfFilled(object, "timeouts", timeouts);
            if (rule.retry() != null) {
                retry(object.putObject("retry"), rule.retry());
            }
        }
    }

    static void grpcRoute(ObjectNode spec, GrpcRoute route) {
        parents(spec, route.parentRefs());
        putTexts(spec, "hostnames", route.hostnames());
        if (route.rules().isEmpty()) {
            return;
        }
        ArrayNode rules = spec.putArray("rules");
        for (GrpcRoute.Rule rule : route.rules()) {
            ObjectNode object = rules.addObject();
            putText(object, "name", rule.name());
            if (!rule.matches().isEmpty()) {
                ArrayNode matches = object.putArray("matches");
                rule.matches().forEach(match -> grpcMatch(matches.addObject(), match));
            }
            filters(object, rule.filters());
            backends(object, rule.backendRefs());
        }
    }

    private static void parents(ObjectNode spec, List<ParentReference> parents) {
        if (parents.isEmpty()) {
            return;
        }
        ArrayNode array = spec.putArray("parentRefs");
        for (ParentReference parent : parents) {
            ObjectNode object = array.addObject();
            object.put("group", parent.group());
            object.put("kind", parent.kind());
            putText(object, "namespace", parent.namespace());
            object.put("name", parent.name());
            putText(object, "sectionName", parent.sectionName());
            putPort(object, parent.port());
        }
    }

    private static void putPort(ObjectNode object, int port) {
        if (port != 0) {
            object.put("port", port);
        }
    }

    private static void httpMatch(ObjectNode object, HttpRoute.Match match) {
        object.putObject("path")
                .put("type", match.path().type().wireName())
                .put("value", match.path().value());
        putText(object, "method", match.method());
        values(object, "headers", match.headers());
        values(object, "queryParams", match.queryParams());
    }

    private static void grpcMatch(ObjectNode object, GrpcRoute.Match match) {
        if (match.method() != null) {
            ObjectNode method = object.putObject("method");
            method.put("type", match.method().type().wireName());
            putText(method, "service", match.method().service());
            putText(method, "method", match.method().method());
        }
        values(object, "headers", match.headers());
    }

    private static void values(ObjectNode object, String name, List<ValueMatch> matches) {
        if (!matches.isEmpty()) {
            ArrayNode array = object.putArray(name);
            matches.forEach(match -> array.addObject()
                    .put("type", match.type().wireName())
                    .put("name", match.name())
                    .put("value", match.value()));
        }
    }

    private static void retry(ObjectNode object, HttpRoute.Retry retry) {
        if (!retry.codes().isEmpty()) {
            ArrayNode codes = object.putArray("codes");
            retry.codes().forEach(codes::add);
        }
        object.put("attempts", retry.attempts());
        putDuration(object, "backoff", retry.backoff());
    }

    private static void backends(ObjectNode object, List<BackendReference> backends) {
        if (backends.isEmpty()) {
            return;
        }
        ArrayNode array = object.putArray("backendRefs");
        for (BackendReference backend : backends) {
            ObjectNode reference = array.addObject();
            reference.put("group", backend.group());
            reference.put("kind", backend.kind());
            putText(reference, "namespace", backend.namespace());
            reference.put("name", backend.name());
            putPort(reference, backend.port());
            reference.put("weight", backend.weight());
            filters(reference, backend.filters());
        }
    }

    private static void filters(ObjectNode object, List<RouteFilter> filters) {
        if (filters.isEmpty()) {
            return;
        }
        ArrayNode array = object.putArray("filters");
        for (RouteFilter filter : filters) {
            switch (filter) {
                case RouteFilter.RequestHeaderModifier(RouteFilter.HeaderChanges changes) ->
                    changes(
                            array.addObject()
                                    .put("type", "RequestHeaderModifier")
                                    .putObject("requestHeaderModifier"),
                            changes);
                case RouteFilter.ResponseHeaderModifier(RouteFilter.HeaderChanges changes) ->
                    changes(
                            array.addObject()
                                    .put("type", "ResponseHeaderModifier")
                                    .putObject("responseHeaderModifier"),
                            changes);
                case RouteFilter.RequestRedirect redirect -> {
                    ObjectNode node =
                            array.addObject().put("type", "RequestRedirect").putObject("requestRedirect");
                    text(node, "scheme", redirect.scheme());
                    text(node, "hostname", redirect.hostname());
                    path(node, redirect.path());
                    if (redirect.port() != 0) {
                        node.put("port", redirect.port());
                    }
                    node.put("statusCode", redirect.status());
                }
                case RouteFilter.UrlRewrite rewrite -> {
                    ObjectNode node =
                            array.addObject().put("type", "URLRewrite").putObject("urlRewrite");
                    text(node, "hostname", rewrite.hostname());
                    path(node, rewrite.path());
                }
                case RouteFilter.Other(String _, String json) -> array.add(JSON.readTree(json));
            }
        }
    }

    private static void text(ObjectNode object, String name, String value) {
        if (!value.isEmpty()) {
            object.put(name, value);
        }
    }

    private static void path(ObjectNode object, RouteFilter.@Nullable PathChange change) {
        switch (change) {
            case null -> {}
            case RouteFilter.PathChange.Full(String replacement) ->
                object.putObject("path").put("type", "ReplaceFullPath").put("replaceFullPath", replacement);
            case RouteFilter.PathChange.Prefix(String replacement) ->
                object.putObject("path").put("type", "ReplacePrefixMatch").put("replacePrefixMatch", replacement);
        }
    }

    private static void changes(ObjectNode object, RouteFilter.HeaderChanges changes) {
        headers(object, "set", changes.set());
        headers(object, "add", changes.add());
        putTexts(object, "remove", changes.remove());
    }

    private static void headers(ObjectNode object, String name, List<RouteFilter.HeaderValue> headers) {
        if (!headers.isEmpty()) {
            ArrayNode array = object.putArray(name);
            headers.forEach(
                    header -> array.addObject().put("name", header.name()).put("value", header.value()));
        }
    }
}
