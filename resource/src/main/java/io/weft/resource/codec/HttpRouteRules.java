package io.weft.resource.codec;

import com.google.re2j.Pattern;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** The CEL rules of HTTPRoute, and that regular expressions compile. */
final class HttpRouteRules {
    private static final Pattern PATH = Pattern.compile("^(?:[-A-Za-z0-9/._~!$&'()*+,;=:@]|[%][0-9a-fA-F]{2})+$");
    private static final List<String> FORBIDDEN_INSIDE = List.of("//", "/./", "/../", "%2f", "%2F", "#");
    private static final List<String> FORBIDDEN_AT_END = List.of("/..", "/.");
    private static final String REGULAR_EXPRESSION = "RegularExpression";

    private final DocumentReport report;

    HttpRouteRules(DocumentReport report) {
        this.report = report;
    }

    void check(Node.Mapping spec) {
        new RouteRules(report).check(spec);
        List<Node> rules = spec.items("rules");
        for (int i = 0; i < rules.size(); i++) {
            rule(rules.get(i).mapping(), KindRules.SPEC.child("rules").index(i));
        }
    }

    private void rule(Node.Mapping rule, FieldPath path) {
        List<Node> matches = rule.items("matches");
        for (int i = 0; i < matches.size(); i++) {
            match(matches.get(i).mapping(), path.child("matches").index(i));
        }
        boolean onePrefix = matches.size() == 1
                && matches.getFirst().mapping().child("path").text("type").equals("PathPrefix");
        filters(
                rule.items("filters"),
                path.child("filters"),
                onePrefix,
                !rule.items("backendRefs").isEmpty());
        List<Node> backends = rule.items("backendRefs");
        for (int i = 0; i < backends.size(); i++) {
            FieldPath at = path.child("backendRefs").index(i).child("filters");
            filters(backends.get(i).mapping().items("filters"), at, onePrefix, false);
        }
        timeouts(rule.child("timeouts"), path.child("timeouts"));
    }

    private void match(Node.Mapping match, FieldPath path) {
        path(match.child("path"), path.child("path"));
        values(match.items("headers"), path.child("headers"));
        values(match.items("queryParams"), path.child("queryParams"));
    }

    private void values(List<Node> conditions, FieldPath path) {
        for (int i = 0; i < conditions.size(); i++) {
            Node.Mapping condition = conditions.get(i).mapping();
            if (condition.text("type").equals(REGULAR_EXPRESSION)) {
                KindRules.checkRegex(condition.at("value"), path.index(i).child("value"), report);
            }
        }
    }

    private void path(Node.Mapping path, FieldPath at) {
        Node value = path.at("value");
        String text = value.text();
        FieldPath valuePath = at.child("value");
        if (path.text("type").equals(REGULAR_EXPRESSION)) {
            KindRules.checkRegex(value, valuePath, report);
            return;
        }
        if (!path.has("value") || !(value instanceof Node.Scalar)) {
            return;
        }
        Optional<String> inside =
                FORBIDDEN_INSIDE.stream().filter(text::contains).findFirst();
        Optional<String> atEnd =
                FORBIDDEN_AT_END.stream().filter(text::endsWith).findFirst();
        if (!text.startsWith("/")) {
            report.error(value, valuePath, "a path that begins with '/'");
        } else if (inside.isPresent()) {
            report.error(value, valuePath, "a path without \"" + inside.get() + "\"");
        } else if (atEnd.isPresent()) {
            report.error(value, valuePath, "a path that does not end with \"" + atEnd.get() + "\"");
        } else if (!PATH.matcher(text).find()) {
            report.error(value, valuePath, "a path of characters that RFC 3986 allows there, others as %XX");
        }
    }

    private void filters(List<Node> filters, FieldPath path, boolean onePrefix, boolean hasBackends) {
        for (int i = 0; i < filters.size(); i++) {
            Node.Mapping filter = filters.get(i).mapping();
            if (hasBackends && filter.has("requestRedirect")) {
                report.error(
                        filter.line(),
                        path.index(i),
                        "",
                        "expected not to be there: a rule that redirects has no backendRefs",
                        "");
            }
            for (String field : List.of("requestRedirect", "urlRewrite")) {
                pathChange(
                        filter.child(field).child("path"),
                        path.index(i).child(field).child("path"),
                        onePrefix);
            }
            cors(filter.child("cors"), path.index(i).child("cors"));
        }
    }

    private void pathChange(Node.Mapping change, FieldPath path, boolean onePrefix) {
        if (change.entries().isEmpty()) {
            return;
        }
        String type = change.text("type");
        requireExactly(change, "replaceFullPath", type.equals("ReplaceFullPath"), path);
        requireExactly(change, "replacePrefixMatch", type.equals("ReplacePrefixMatch"), path);
        if (type.equals("ReplacePrefixMatch") && !onePrefix) {
            report.error(
                    change.at("type"),
                    path.child("type"),
                    "a rule with exactly one match, of a path of type PathPrefix");
        }
    }

    private void requireExactly(Node.Mapping parent, String field, boolean wanted, FieldPath path) {
        if (parent.has(field) != wanted) {
            String expected = "expected " + (wanted ? "" : "not ") + "to be there with type " + parent.text("type");
            report.error(parent.at(field).line(), path.child(field), "", expected, "");
        }
    }

    private void cors(Node.Mapping cors, FieldPath path) {
        for (String field : List.of("allowHeaders", "allowMethods", "allowOrigins")) {
            List<Node> values = cors.items(field);
            if (values.size() > 1
                    && values.stream().anyMatch(value -> value.text().equals("*"))) {
                report.error(cors.at(field).line(), path.child(field), "*", "\"*\" alone, or other values", "");
            }
        }
    }

    private void timeouts(Node.Mapping timeouts, FieldPath path) {
        Optional<Duration> request = KindRules.duration(timeouts, "request");
        Optional<Duration> attempt = KindRules.duration(timeouts, "backendRequest");
        boolean longer = request.isPresent()
                && attempt.isPresent()
                && !request.get().isZero()
                && attempt.get().compareTo(request.get()) > 0;
        if (longer) {
            report.error(
                    timeouts.at("backendRequest"),
                    path.child("backendRequest"),
                    "at most the whole request's timeout, " + timeouts.text("request"));
        }
    }
}
