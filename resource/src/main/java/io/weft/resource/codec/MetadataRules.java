package io.weft.resource.codec;

import io.weft.resource.model.ResourceKind;
import java.util.Set;
import java.util.regex.Pattern;

/** Names, and the keys of labels and annotations as Kubernetes takes them. */
final class MetadataRules {
    private static final Pattern LABEL_NAME = Pattern.compile("[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?");
    private static final Pattern PREFIX =
            Pattern.compile("[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?){0,31}");
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?");
    private static final int MAX_ANNOTATIONS = 256 * 1024;
    private static final int MAX_PREFIX = 253;

    /** Kinds whose name becomes one part of a host name. */
    private static final Set<ResourceKind> LABEL_NAMED = Set.of(ResourceKind.SERVICE, ResourceKind.NAMESPACE);

    private final DocumentReport report;

    MetadataRules(DocumentReport report) {
        this.report = report;
    }

    void check(ResourceKind kind, Node.Mapping metadata) {
        FieldPath path = FieldPath.ROOT.child("metadata");
        String name = metadata.text("name");
        if (LABEL_NAMED.contains(kind)
                && !name.isEmpty()
                && !LABEL_NAME.matcher(name).matches()) {
            report.error(
                    metadata.at("name"),
                    path.child("name"),
                    "an RFC 1123 label: a-z, 0-9 and '-', at most 63 characters, no dots");
        }
        if (!kind.namespaced() && metadata.has("namespace") && report.strict()) {
            report.error(
                    metadata.at("namespace"),
                    path.child("namespace"),
                    "expected not to be there: a " + kind.kind() + " belongs to no namespace");
        }
        checkKeys(metadata.child("labels"), path.child("labels"));
        checkKeys(metadata.child("annotations"), path.child("annotations"));
        checkSize(metadata.child("annotations"), path.child("annotations"));
    }

    void checkKeys(Node.Mapping map, FieldPath path) {
        map.entries().forEach((key, entry) -> {
            if (!isQualifiedName(key)) {
                report.error(
                        entry.line(),
                        path.child(key),
                        key,
                        "a key of letters, digits, '-', '_' and '.', at most 63 characters, after a domain and '/' where it has one",
                        "");
            }
        });
    }

    private void checkSize(Node.Mapping annotations, FieldPath path) {
        long size = 0;
        for (var entry : annotations.entries().entrySet()) {
            size += entry.getKey().length() + entry.getValue().value().text().length();
        }
        if (size > MAX_ANNOTATIONS) {
            report.error(
                    annotations.line(), path, "", "at most 256 KiB of annotations, found " + size + " characters", "");
        }
    }

    private static boolean isQualifiedName(String key) {
        int slash = key.indexOf('/');
        String prefix = slash < 0 ? "" : key.substring(0, slash);
        boolean prefixFits = slash < 0
                || (prefix.length() <= MAX_PREFIX && PREFIX.matcher(prefix).matches());
        return prefixFits && NAME.matcher(key.substring(slash + 1)).matches();
    }
}
