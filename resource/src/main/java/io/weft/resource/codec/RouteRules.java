package io.weft.resource.codec;

import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** The CEL rules that HTTPRoute and GRPCRoute share. */
final class RouteRules {
    private static final int MAX_MATCHES = 128;
    private static final String X_BACKEND_GROUP = "gateway.networking.x-k8s.io";

    /** The field that holds what a filter of a type does. */
    private static final Map<String, String> FILTER_FIELDS = Map.of(
            "CORS", "cors",
            "ExtensionRef", "extensionRef",
            "ExternalAuth", "externalAuth",
            "RequestHeaderModifier", "requestHeaderModifier",
            "RequestMirror", "requestMirror",
            "RequestRedirect", "requestRedirect",
            "ResponseHeaderModifier", "responseHeaderModifier",
            "URLRewrite", "urlRewrite");

    private static final Set<String> REPEATABLE = Set.of("RequestMirror", "ExtensionRef", "ExternalAuth");

    private final DocumentReport report;

    RouteRules(DocumentReport report) {
        this.report = report;
    }

    /** The field of a filter that belongs to its type. */
    static String filterField(String type) {
        return FILTER_FIELDS.getOrDefault(type, type);
    }

    void check(Node.Mapping spec) {
        parents(spec.items("parentRefs"), KindRules.SPEC.child("parentRefs"));
        FieldPath path = KindRules.SPEC.child("rules");
        List<Node> rules = spec.items("rules");
        Map<String, Node> names = new HashMap<>();
        int matches = 0;
        for (int i = 0; i < rules.size(); i++) {
            Node.Mapping rule = rules.get(i).mapping();
            matches += rule.items("matches").size();
            if (rule.has("name")) {
                Node first = names.putIfAbsent(rule.text("name"), rule.at("name"));
                if (first != null) {
                    report.error(
                            rule.at("name"),
                            path.index(i).child("name"),
                            "each rule's name only once: it stands also in line " + first.line());
                }
            }
            filters(rule.items("filters"), path.index(i).child("filters"));
            backends(rule.items("backendRefs"), path.index(i).child("backendRefs"));
            sessionPersistence(rule.child("sessionPersistence"), path.index(i).child("sessionPersistence"));
        }
        if (matches > MAX_MATCHES) {
            report.error(
                    spec.at("rules").line(),
                    path,
                    "",
                    "at most " + MAX_MATCHES + " matches in all rules together, found " + matches,
                    "split the route");
        }
    }

    private void parents(List<Node> parents, FieldPath path) {
        Map<List<String>, Node.Mapping> whole = new HashMap<>();
        Map<List<String>, Node.Mapping> sections = new HashMap<>();
        for (int i = 0; i < parents.size(); i++) {
            Node.Mapping parent = parents.get(i).mapping();
            List<String> target =
                    List.of(parent.text("group"), parent.text("kind"), parent.text("namespace"), parent.text("name"));
            Node.Mapping first = whole.putIfAbsent(target, parent);
            List<String> section = List.of(String.join("/", target), parent.text("sectionName"), parent.text("port"));
            Node.Mapping same = sections.putIfAbsent(section, parent);
            if (same != null) {
                report.error(
                        parent.line(),
                        path.index(i),
                        parent.text("name"),
                        "each parent, or each of its sections, only once: it stands also in line " + same.line(),
                        "");
            } else if (first != null
                    && (first.has("sectionName") != parent.has("sectionName")
                            || first.has("port") != parent.has("port"))) {
                report.error(
                        parent.line(),
                        path.index(i),
                        parent.text("name"),
                        "sectionName or port in each reference to the same parent, as in line " + first.line(),
                        "");
            }
        }
    }

    private void backends(List<Node> backends, FieldPath path) {
        for (int i = 0; i < backends.size(); i++) {
            Node.Mapping backend = backends.get(i).mapping();
            backendTarget(backend, path.index(i));
            filters(backend.items("filters"), path.index(i).child("filters"));
        }
    }

    private void backendTarget(Node.Mapping backend, FieldPath path) {
        String group = backend.text("group");
        String kind = backend.text("kind");
        if (group.isEmpty() && kind.equals("Service") && !backend.has("port")) {
            report.error(
                    backend.line(),
                    path.child("port"),
                    "",
                    "expected to be there: a Service is reached on one of its ports",
                    "");
        }
        if (group.equals(X_BACKEND_GROUP) && kind.equals("XBackend") && backend.has("port")) {
            report.error(
                    backend.at("port"), path.child("port"), "expected not to be there: an XBackend has its own port");
        }
    }

    private void filters(List<Node> filters, FieldPath path) {
        Map<String, Node> types = new HashMap<>();
        for (int i = 0; i < filters.size(); i++) {
            Node.Mapping filter = filters.get(i).mapping();
            String type = filter.text("type");
            union(filter, type, path.index(i));
            mirror(filter.child("requestMirror"), path.index(i).child("requestMirror"));
            Node first = REPEATABLE.contains(type) ? null : types.putIfAbsent(type, filter);
            if (first != null) {
                report.error(
                        filter.at("type"),
                        path.index(i).child("type"),
                        "each such filter only once: it stands also in line " + first.line());
            }
        }
        if (types.containsKey("RequestRedirect") && types.get("URLRewrite") instanceof Node.Mapping rewrite) {
            report.error(rewrite.line(), path, "URLRewrite", "not to stand beside a RequestRedirect", "");
        }
    }

    private void union(Node.Mapping filter, String type, FieldPath path) {
        for (Map.Entry<String, String> field : FILTER_FIELDS.entrySet()) {
            boolean present = filter.has(field.getValue());
            boolean wanted = field.getKey().equals(type);
            if (present && !wanted) {
                report.error(
                        filter.at(field.getValue()).line(),
                        path.child(field.getValue()),
                        "",
                        "expected not to be there: it belongs to type " + field.getKey() + ", not " + type,
                        "");
            } else if (wanted && !present) {
                report.error(
                        filter.line(),
                        path.child(field.getValue()),
                        "",
                        "expected to be there: type " + type + " needs it",
                        "");
            }
        }
    }

    private void mirror(Node.Mapping mirror, FieldPath path) {
        if (mirror.entries().isEmpty()) {
            return;
        }
        backendTarget(mirror.child("backendRef"), path.child("backendRef"));
        if (mirror.has("percent") && mirror.has("fraction")) {
            report.error(mirror.line(), path, "", "percent or fraction, not both", "");
        }
        Node.Mapping fraction = mirror.child("fraction");
        long denominator = fraction.integer("denominator").orElse(Long.MAX_VALUE);
        if (fraction.integer("numerator").orElse(0L) > denominator) {
            report.error(
                    fraction.at("numerator"),
                    path.child("fraction").child("numerator"),
                    "at most the denominator, " + denominator);
        }
    }

    private void sessionPersistence(Node.Mapping session, FieldPath path) {
        if (session.entries().isEmpty()) {
            return;
        }
        String type = session.text("type");
        for (String kind : new TreeSet<>(Set.of("Cookie", "Header"))) {
            String field = kind.toLowerCase(Locale.ROOT);
            if (session.has(field) != type.equals(kind)) {
                String expected = type.equals(kind)
                        ? "expected to be there: type " + type + " needs it"
                        : "expected not to be there: it belongs to type " + kind + ", not " + type;
                report.error(session.at(field).line(), path.child(field), "", expected, "");
            }
        }
        if (session.child("cookie").text("lifetimeType").equals("Permanent") && !session.has("absoluteTimeout")) {
            report.error(
                    session.line(),
                    path.child("absoluteTimeout"),
                    "",
                    "expected to be there: a permanent cookie needs it",
                    "");
        }
    }
}
