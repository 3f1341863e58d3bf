package io.weft.control.change;

import io.weft.resource.codec.SourceText;
import io.weft.resource.model.ResourceKey;
import java.util.List;
import java.util.OptionalLong;

/**
 * What somebody wants changed.
 *
 * @param files documents to put
 * @param defaultNamespace of documents that name none
 * @param deletes resources to remove; one that is not there is no error
 * @param prune whether the files are the whole configuration: what they do not name is removed
 * @param dryRun whether only to tell what would change
 * @param expectedRevision the head that the change was made from; empty: any
 * @param author for the history
 */
public record ChangeRequest(
        List<SourceText> files,
        String defaultNamespace,
        List<ResourceKey> deletes,
        boolean prune,
        boolean dryRun,
        OptionalLong expectedRevision,
        String author) {
    public ChangeRequest {
        files = List.copyOf(files);
        deletes = List.copyOf(deletes);
    }
}
