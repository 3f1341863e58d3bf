package io.weft.control.rest;

import io.weft.control.rest.Route.Body;
import io.weft.control.rest.Route.Parameter;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;

/** The OpenAPI 3.1 document, made from the routes and the records that they read and write: it cannot say anything else than they do. */
final class OpenApi {
    private static final String JSON = "application/json";

    private final Map<String, Object> schemas = new TreeMap<>();

    private OpenApi() {}

    static Map<String, Object> of(List<Route> routes, String version) {
        return new OpenApi().document(routes, version);
    }

    private Map<String, Object> document(List<Route> routes, String version) {
        Map<String, Map<String, Object>> paths = new TreeMap<>();
        for (Route route : routes) {
            paths.computeIfAbsent(Router.PREFIX + route.path(), path -> new LinkedHashMap<>())
                    .put(route.method().toLowerCase(Locale.ROOT), operation(route));
        }
        return ordered(
                "openapi",
                "3.1.0",
                "info",
                Map.of("title", "Weft control plane", "version", version),
                "paths",
                paths,
                "components",
                Map.of(
                        "schemas",
                        schemas,
                        "securitySchemes",
                        Map.of("token", Map.of("type", "http", "scheme", "bearer"))));
    }

    private Map<String, Object> operation(Route route) {
        List<Map<String, Object>> parameters = new ArrayList<>();
        for (String segment : route.segments()) {
            Route.parameterName(segment)
                    .ifPresent(name -> parameters.add(
                            ordered("name", name, "in", "path", "required", true, "schema", Map.of("type", "string"))));
        }
        for (Parameter parameter : route.parameters()) {
            parameters.add(ordered(
                    "name",
                    parameter.name(),
                    "in",
                    "query",
                    "description",
                    parameter.description(),
                    "schema",
                    Map.of("type", parameter.type().name().toLowerCase(Locale.ROOT))));
        }
        Map<String, Object> operation = ordered("summary", route.summary(), "operationId", operationId(route));
        operation.put("parameters", parameters);
        requestBody(route.body())
                .ifPresent(content -> operation.put("requestBody", ordered("required", true, "content", content)));
        operation.put("responses", responses(route));
        operation.put("security", route.open() ? List.of() : List.of(Map.of("token", List.of())));
        return operation;
    }

    private static String operationId(Route route) {
        StringBuilder id = new StringBuilder(route.method().toLowerCase(Locale.ROOT));
        for (String segment : route.segments()) {
            String word = Route.parameterName(segment).map(name -> "by-" + name).orElse(segment);
            for (String part : word.split("[^A-Za-z0-9]+", -1)) {
                if (!part.isEmpty()) {
                    id.append(Character.toUpperCase(part.charAt(0))).append(part.substring(1));
                }
            }
        }
        return id.toString();
    }

    private Optional<Map<String, Object>> requestBody(Body body) {
        return switch (body) {
            case Body.None _ -> Optional.empty();
            case Body.Json(Class<?> type) -> Optional.of(Map.of(JSON, Map.of("schema", schema(type))));
            case Body.Documents(Class<?> type) ->
                Optional.of(ordered(
                        JSON,
                        Map.of("schema", schema(type)),
                        "application/yaml",
                        Map.of("schema", Map.of("type", "string"))));
        };
    }

    private Map<String, Object> responses(Route route) {
        Map<String, Object> ok;
        if (route.response() == EventStream.class) {
            ok = Map.of("text/event-stream", Map.of("schema", Map.of("type", "string")));
        } else if (route.response() == ApiResponse.Download.class) {
            ok = Map.of(BackupRoutes.CONTENT_TYPE, Map.of("schema", ordered("type", "string", "format", "binary")));
        } else {
            ok = Map.of(JSON, Map.of("schema", schema(route.response())));
        }
        return ordered(
                "200",
                ordered("description", "done", "content", ok),
                "default",
                ordered(
                        "description",
                        "a problem (RFC 9457)",
                        "content",
                        Map.of(Problem.CONTENT_TYPE, Map.of("schema", schema(Problem.class)))));
    }

    private Map<String, Object> schema(Type type) {
        if (type instanceof ParameterizedType generic) {
            return switch (generic.getRawType().getTypeName()) {
                case "java.util.Map" ->
                    Map.of("type", "object", "additionalProperties", schema(generic.getActualTypeArguments()[1]));
                case "java.util.Optional" -> schema(generic.getActualTypeArguments()[0]);
                default -> Map.of("type", "array", "items", schema(generic.getActualTypeArguments()[0]));
            };
        }
        if (!(type instanceof Class<?> raw)) {
            throw new IllegalArgumentException("no schema for " + type);
        }
        if (raw.isRecord()) {
            return Map.of("$ref", "#/components/schemas/" + component(raw));
        }
        if (raw.isEnum()) {
            List<String> names = new ArrayList<>();
            for (Object constant : raw.getEnumConstants()) {
                names.add(constant.toString());
            }
            return ordered("type", "string", "enum", names);
        }
        return scalar(raw);
    }

    private static Map<String, Object> scalar(Class<?> type) {
        if (type == String.class) {
            return Map.of("type", "string");
        }
        if (type == boolean.class || type == Boolean.class) {
            return Map.of("type", "boolean");
        }
        if (type == int.class || type == long.class || type == Integer.class || type == Long.class) {
            return Map.of("type", "integer");
        }
        if (type == double.class) {
            return Map.of("type", "number");
        }
        if (type == Instant.class) {
            return ordered("type", "string", "format", "date-time");
        }
        if (type == Object.class || type == Map.class || JsonNode.class.isAssignableFrom(type)) {
            return Map.of("type", "object");
        }
        throw new IllegalArgumentException("no schema for " + type);
    }

    private String component(Class<?> type) {
        String name = type.getEnclosingClass() == null || type.getEnclosingClass() == Views.class
                ? type.getSimpleName()
                : type.getEnclosingClass().getSimpleName() + type.getSimpleName();
        if (!schemas.containsKey(name)) {
            Map<String, Object> properties = new LinkedHashMap<>();
            schemas.put(name, ordered("type", "object", "properties", properties));
            for (RecordComponent component : type.getRecordComponents()) {
                properties.put(component.getName(), schema(component.getGenericType()));
            }
        }
        return name;
    }

    private static Map<String, Object> ordered(Object... keysAndValues) {
        Map<String, Object> map = new LinkedHashMap<>();
        for (int i = 0; i < keysAndValues.length; i += 2) {
            map.put((String) keysAndValues[i], keysAndValues[i + 1]);
        }
        return map;
    }
}
