package io.weft.control.xds;

import io.weft.control.config.Document;
import io.weft.control.config.Snapshot;
import io.weft.control.config.StoredDocument;
import io.weft.resource.codec.DecodedDocument;
import io.weft.resource.codec.ResourceCodec;
import io.weft.resource.codec.SourceText;
import io.weft.resource.model.ResourceKey;
import java.time.Instant;
import java.util.List;
import java.util.TreeMap;

/** Configurations, from the text of their documents. */
final class Snapshots {
    private Snapshots() {}

    static Snapshot of(long revision, String... documents) {
        TreeMap<ResourceKey, StoredDocument> stored = new TreeMap<>();
        try {
            for (DecodedDocument each : new ResourceCodec()
                    .decode(List.of(new SourceText("test.yaml", String.join("---\n", documents))))
                    .documents()) {
                Document document =
                        new Document(each.resource(), each.text(), each.text(), each.location(), each.notHonoured());
                stored.put(document.key(), new StoredDocument(document, Instant.EPOCH, revision));
            }
        } catch (Exception e) {
            throw new IllegalArgumentException(e);
        }
        return new Snapshot(revision, stored);
    }

    static String service(String name, int port) {
        return """
                apiVersion: v1
                kind: Service
                metadata: {name: %s, namespace: shop}
                spec: {ports: [{port: %d, name: http}]}
                """.formatted(name, port);
    }
}
