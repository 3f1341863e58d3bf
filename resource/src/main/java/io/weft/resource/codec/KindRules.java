package io.weft.resource.codec;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import io.weft.resource.model.GatewayDuration;
import io.weft.resource.model.ResourceKind;
import java.time.Duration;
import java.util.Optional;

/**
 * What a schema's structure cannot say: conditions between fields. For the published kinds these are their CEL rules, written by hand. They
 * run on what the structure check returned and forgive what it has told already.
 */
final class KindRules {
    static final FieldPath SPEC = FieldPath.ROOT.child("spec");

    private KindRules() {}

    /** @param namespace the document's own, or the one that it gets where it names none */
    static void check(ResourceKind kind, Node.Mapping document, String namespace, DocumentReport report) {
        Node.Mapping spec = document.child("spec");
        new MetadataRules(report).check(kind, document.child("metadata"));
        switch (kind) {
            case SERVICE -> new ServiceRules(report).check(spec);
            case NAMESPACE -> {}
            case HTTP_ROUTE -> new HttpRouteRules(report).check(spec);
            case GRPC_ROUTE -> new GrpcRouteRules(report).check(spec);
            case WORKLOAD -> new WorkloadRules(report).check(spec);
            case TRAFFIC_POLICY -> new TrafficRules(report).policy(document, namespace);
            case PEER_AUTHENTICATION -> new PeerAuthenticationRules(report).check(spec);
            case MESH_CONFIG -> new TrafficRules(report).meshConfig(document);
        }
    }

    /** Empty where it is absent, or is no duration (which has been told). */
    static Optional<Duration> duration(Node.Mapping parent, String name) {
        try {
            return parent.has(name) ? Optional.of(GatewayDuration.parse(parent.text(name))) : Optional.empty();
        } catch (IllegalArgumentException toldAlready) {
            return Optional.empty();
        }
    }

    static void checkRegex(Node value, FieldPath path, DocumentReport report) {
        try {
            Pattern.compile(value.text());
        } catch (PatternSyntaxException invalid) {
            report.error(value, path, "a regular expression in RE2 syntax: " + invalid.getDescription());
        }
    }
}
