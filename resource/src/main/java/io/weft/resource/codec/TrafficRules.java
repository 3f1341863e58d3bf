package io.weft.resource.codec;

import io.weft.core.violation.NearestName;
import io.weft.resource.model.GatewayDuration;
import io.weft.resource.model.MeshConfig;
import io.weft.resource.model.ResourceKind;
import io.weft.resource.model.TrafficSettings;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The rules of traffic settings, in a TrafficPolicy and as the mesh's defaults. */
final class TrafficRules {
    private static final Set<ResourceKind> TARGETS =
            Set.of(ResourceKind.SERVICE, ResourceKind.NAMESPACE, ResourceKind.HTTP_ROUTE, ResourceKind.GRPC_ROUTE);
    private static final List<String> TARGET_KINDS =
            TARGETS.stream().map(ResourceKind::kind).sorted().toList();
    private static final Map<String, String> PARAMETERS =
            Map.of("peakEwma", "PeakEwma", "leastRequest", "LeastRequest");
    private static final Duration MAX = Duration.ofHours(24);

    private final DocumentReport report;

    TrafficRules(DocumentReport report) {
        this.report = report;
    }

    /** @param namespace the document's own, or the one that it gets where it names none */
    void policy(Node.Mapping document, String namespace) {
        Node.Mapping spec = document.child("spec");
        FieldPath path = KindRules.SPEC.child("targetRefs");
        List<Node> targets = spec.items("targetRefs");
        for (int i = 0; i < targets.size(); i++) {
            checkTarget(targets.get(i).mapping(), namespace, path.index(i));
        }
        settings(spec, KindRules.SPEC);
    }

    void meshConfig(Node.Mapping document) {
        Node.Mapping metadata = document.child("metadata");
        if (metadata.has("name") && !metadata.text("name").equals(MeshConfig.NAME)) {
            report.error(
                    metadata.at("name"),
                    FieldPath.ROOT.child("metadata").child("name"),
                    "\"" + MeshConfig.NAME + "\": a mesh has one MeshConfig");
        }
        Node.Mapping spec = document.child("spec");
        range(spec, "svidTtl", KindRules.SPEC, MeshConfig.MIN_SVID_TTL, MeshConfig.MAX_SVID_TTL);
        settings(spec.child("defaults"), KindRules.SPEC.child("defaults"));
    }

    private void checkTarget(Node.Mapping target, String namespace, FieldPath path) {
        String group = target.text("group");
        String kind = target.text("kind");
        if (kind.isEmpty()) {
            return;
        }
        ResourceKind known =
                ResourceKind.of(group, kind).filter(TARGETS::contains).orElse(null);
        if (known == null) {
            String hint = TARGETS.stream()
                    .filter(other -> other.kind().equals(kind))
                    .findFirst()
                    .map(other -> "its group is \"" + other.group() + "\"")
                    .orElse(NearestName.hint(kind, TARGET_KINDS));
            report.error(target.at("kind"), path.child("kind"), "one of " + String.join(", ", TARGET_KINDS), hint);
        } else if (known == ResourceKind.NAMESPACE) {
            checkNamespaceTarget(target, namespace, path);
        }
    }

    private void checkNamespaceTarget(Node.Mapping target, String namespace, FieldPath path) {
        if (!target.text("name").equals(namespace)) {
            report.error(target.at("name"), path.child("name"), "the policy's own namespace, \"" + namespace + "\"");
        }
        if (target.has("sectionName")) {
            report.error(
                    target.at("sectionName"),
                    path.child("sectionName"),
                    "expected not to be there: a namespace has no sections");
        }
    }

    private void settings(Node.Mapping settings, FieldPath path) {
        loadBalancer(settings.child("loadBalancer"), path.child("loadBalancer"));
        retries(settings.child("retries"), path.child("retries"));
        Duration least = Duration.ofMillis(1);
        range(settings.child("timeouts"), "connect", path.child("timeouts"), least, MAX);
        Node.Mapping outliers = settings.child("outlierDetection");
        range(outliers, "interval", path.child("outlierDetection"), least, MAX);
        range(outliers, "baseEjection", path.child("outlierDetection"), least, MAX);
    }

    private void loadBalancer(Node.Mapping balancer, FieldPath path) {
        String type = balancer.text("type");
        PARAMETERS.forEach((field, wanted) -> {
            if (balancer.has(field) && !type.equals(wanted)) {
                report.error(
                        balancer.at(field),
                        path.child(field),
                        "expected not to be there: it belongs to type " + wanted + ", not " + type);
            }
        });
        Node.Mapping ewma = balancer.child("peakEwma");
        range(ewma, "decay", path.child("peakEwma"), Duration.ofMillis(10), Duration.ofMinutes(10));
        range(ewma, "initial", path.child("peakEwma"), Duration.ofMillis(1), Duration.ofMinutes(10));
    }

    private void retries(Node.Mapping retries, FieldPath path) {
        List<Node> conditions = retries.items("on");
        for (int i = 0; i < conditions.size(); i++) {
            String condition = conditions.get(i).text();
            if (!TrafficSettings.Retries.isCondition(condition)) {
                report.error(
                        conditions.get(i),
                        path.child("on").index(i),
                        "a status code from 400 to 599, or one of "
                                + String.join(", ", TrafficSettings.Retries.CONDITIONS),
                        NearestName.hint(condition, TrafficSettings.Retries.CONDITIONS));
            }
        }
    }

    private void range(Node.Mapping parent, String name, FieldPath path, Duration least, Duration most) {
        KindRules.duration(parent, name)
                .filter(value -> value.compareTo(least) < 0 || value.compareTo(most) > 0)
                .ifPresent(_ -> report.error(
                        parent.at(name),
                        path.child(name),
                        "a duration from " + GatewayDuration.format(least) + " to " + GatewayDuration.format(most)));
    }
}
