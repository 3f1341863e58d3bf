package io.weft.resource.codec;

import com.google.re2j.Pattern;
import java.util.List;

/** The CEL rules of GRPCRoute, and that regular expressions compile. */
final class GrpcRouteRules {
    private static final Pattern SERVICE = Pattern.compile("^(?i)\\.?[a-z_][a-z_0-9]*(\\.[a-z_][a-z_0-9]*)*$");
    private static final Pattern METHOD = Pattern.compile("^[A-Za-z_][A-Za-z_0-9]*$");
    private static final String REGULAR_EXPRESSION = "RegularExpression";

    private final DocumentReport report;

    GrpcRouteRules(DocumentReport report) {
        this.report = report;
    }

    void check(Node.Mapping spec) {
        new RouteRules(report).check(spec);
        List<Node> rules = spec.items("rules");
        for (int i = 0; i < rules.size(); i++) {
            FieldPath path = KindRules.SPEC.child("rules").index(i).child("matches");
            List<Node> matches = rules.get(i).mapping().items("matches");
            for (int j = 0; j < matches.size(); j++) {
                match(matches.get(j).mapping(), path.index(j));
            }
        }
    }

    private void match(Node.Mapping match, FieldPath path) {
        if (match.has("method")) {
            method(match.child("method"), path.child("method"));
        }
        List<Node> headers = match.items("headers");
        for (int i = 0; i < headers.size(); i++) {
            Node.Mapping header = headers.get(i).mapping();
            if (header.text("type").equals(REGULAR_EXPRESSION)) {
                FieldPath at = path.child("headers").index(i).child("value");
                KindRules.checkRegex(header.at("value"), at, report);
            }
        }
    }

    private void method(Node.Mapping method, FieldPath path) {
        if (method.text("service").isEmpty() && method.text("method").isEmpty()) {
            report.error(method.line(), path, "", "a service, a method or both", "");
        }
        if (method.text("type").equals(REGULAR_EXPRESSION)) {
            KindRules.checkRegex(method.at("service"), path.child("service"), report);
            KindRules.checkRegex(method.at("method"), path.child("method"), report);
            return;
        }
        if (!method.text("service").isEmpty()
                && !SERVICE.matcher(method.text("service")).find()) {
            report.error(
                    method.at("service"), path.child("service"), "a gRPC service's full name such as shop.v1.Cart");
        }
        if (!method.text("method").isEmpty()
                && !METHOD.matcher(method.text("method")).find()) {
            report.error(method.at("method"), path.child("method"), "a gRPC method's name such as AddItem");
        }
    }
}
