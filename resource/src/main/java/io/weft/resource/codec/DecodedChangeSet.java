package io.weft.resource.codec;

import java.util.List;

/** What a change set holds, in the order of its texts. */
public record DecodedChangeSet(List<DecodedDocument> documents, List<SkippedDocument> skipped) {
    public DecodedChangeSet {
        documents = List.copyOf(documents);
        skipped = List.copyOf(skipped);
    }
}
