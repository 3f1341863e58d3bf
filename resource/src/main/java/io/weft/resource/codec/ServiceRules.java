package io.weft.resource.codec;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/** Kubernetes' rules for the ports of a Service. */
final class ServiceRules {
    /** RFC 6335, section 5.1: a service name, at most 15 characters, with a letter, without two dashes in a row. */
    private static final Pattern PORT_NAME =
            Pattern.compile("(?=.{1,15}$)(?=.*[a-z])(?!.*--)[a-z0-9]([-a-z0-9]*[a-z0-9])?");

    private final DocumentReport report;

    ServiceRules(DocumentReport report) {
        this.report = report;
    }

    void check(Node.Mapping spec) {
        FieldPath path = KindRules.SPEC.child("ports");
        List<Node> ports = spec.items("ports");
        Map<String, Node> names = new HashMap<>();
        Map<String, Node> numbers = new HashMap<>();
        for (int i = 0; i < ports.size(); i++) {
            Node.Mapping port = ports.get(i).mapping();
            FieldPath at = path.index(i);
            String name = port.text("name");
            if (name.isEmpty() && ports.size() > 1) {
                report.error(
                        port.line(),
                        at.child("name"),
                        "",
                        "expected to be there: a Service with several ports names each",
                        "");
            } else if (!name.isEmpty()) {
                unique(names, name, port.at("name"), at.child("name"));
            }
            unique(numbers, port.text("port") + "/" + port.text("protocol"), port.at("port"), at.child("port"));
            checkTarget(port, at.child("targetPort"));
        }
        new MetadataRules(report).checkKeys(spec.child("selector"), KindRules.SPEC.child("selector"));
    }

    private void unique(Map<String, Node> seen, String key, Node at, FieldPath path) {
        Node first = seen.putIfAbsent(key, at);
        if (first != null) {
            report.error(at, path, "each only once: it stands also in line " + first.line());
        }
    }

    private void checkTarget(Node.Mapping port, FieldPath path) {
        if (!(port.at("targetPort") instanceof Node.Scalar target)) {
            return;
        }
        boolean fits = target.kind() == Node.Scalar.Kind.INTEGER
                ? target.integer()
                        .filter(number -> number >= 1 && number <= 65_535)
                        .isPresent()
                : PORT_NAME.matcher(target.text()).matches();
        if (!fits) {
            report.error(
                    target,
                    path,
                    "a number from 1 to 65535, or a port's name: a-z, 0-9, '-', at most 15 characters, with a letter");
        }
    }
}
