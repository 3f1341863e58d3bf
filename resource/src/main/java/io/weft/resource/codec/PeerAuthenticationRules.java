package io.weft.resource.codec;

import java.util.regex.Pattern;

/** Istio's rules for modes of single ports. */
final class PeerAuthenticationRules {
    private static final Pattern PORT = Pattern.compile("[1-9][0-9]{0,4}");

    private final DocumentReport report;

    PeerAuthenticationRules(DocumentReport report) {
        this.report = report;
    }

    void check(Node.Mapping spec) {
        FieldPath path = KindRules.SPEC.child("portLevelMtls");
        Node.Mapping ports = spec.child("portLevelMtls");
        ports.entries().forEach((port, entry) -> {
            if (!PORT.matcher(port).matches() || Integer.parseInt(port) > 65_535) {
                report.error(entry.line(), path.child(port), port, "a port from 1 to 65535", "");
            }
        });
        Node.Mapping selector = spec.child("selector").child("matchLabels");
        if (!ports.entries().isEmpty() && selector.entries().isEmpty()) {
            report.error(
                    ports.line(),
                    path,
                    "",
                    "a selector beside it: ports belong to workloads",
                    "add spec.selector.matchLabels");
        }
        new MetadataRules(report)
                .checkKeys(selector, KindRules.SPEC.child("selector").child("matchLabels"));
    }
}
