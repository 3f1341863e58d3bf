package io.weft.control.rest;

import io.weft.control.change.ChangeOutcome;
import io.weft.control.change.FieldDiff;
import io.weft.control.change.ResourceDiff;
import io.weft.control.config.StoredDocument;
import io.weft.control.status.Condition;
import io.weft.resource.codec.SkippedDocument;
import io.weft.resource.model.ResourceKey;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/** What requests about resources read and answers write, field by field as JSON has it. */
final class Views {
    private Views() {}

    /**
     * @param revision that the list is of
     */
    record ResourceList(long revision, List<ResourceView> items) {}

    /**
     * @param revision that last changed it
     * @param file as the user named it who put it
     * @param line where the document began
     * @param text as it was written
     * @param resource as it was understood
     * @param conditions how it fares: Accepted, ResolvedRefs, Programmed, PartiallyHonoured
     */
    record ResourceView(
            ResourceKey key,
            long revision,
            Instant createdAt,
            String file,
            int line,
            String text,
            JsonNode resource,
            List<Condition> conditions) {
        static ResourceView of(StoredDocument stored, List<Condition> derived) {
            List<Condition> conditions = new ArrayList<>(derived);
            stored.document()
                    .notHonoured()
                    .forEach(field -> conditions.add(new Condition(
                            Condition.PARTIALLY_HONOURED,
                            true,
                            "NotHonoured",
                            field.path() + " in line " + field.line() + " is passed over")));
            return new ResourceView(
                    stored.key(),
                    stored.revision(),
                    stored.createdAt(),
                    stored.location().file(),
                    stored.location().line(),
                    stored.document().text(),
                    Json.MAPPER.readTree(stored.document().canonical()),
                    conditions);
        }
    }

    /**
     * A change set with names for its files.
     *
     * @param files documents to put; absent: none
     * @param deletes resources to remove; absent: none
     */
    record ChangesetBody(Optional<List<FileBody>> files, Optional<List<KeyBody>> deletes) {}

    /**
     * @param name as errors are to name it
     * @param text YAML or JSON documents
     */
    record FileBody(String name, String text) {}

    /**
     * @param kind as documents write it, or a name that the command line takes: {@code HTTPRoute}, {@code httproutes}, {@code http}
     * @param namespace absent for kinds of the mesh as a whole
     */
    record KeyBody(String kind, Optional<String> namespace, String name) {}

    /**
     * @param previous the head before
     * @param revision the head after; the same at a dry run and where nothing changed
     * @param skipped documents of kinds that are not for a mesh
     * @param warnings what is asked for and not honoured
     */
    record ChangesetResult(
            long previous,
            long revision,
            boolean dryRun,
            List<ChangeView> changes,
            List<SkippedView> skipped,
            List<String> warnings) {
        static ChangesetResult of(ChangeOutcome.Taken taken, boolean dryRun) {
            return new ChangesetResult(
                    taken.previous(),
                    taken.revision(),
                    dryRun,
                    taken.changes().stream().map(ChangeView::of).toList(),
                    taken.skipped().stream().map(SkippedView::of).toList(),
                    taken.warnings());
        }
    }

    /**
     * @param change added, modified, removed or unchanged
     * @param fields what differs, where it is modified
     */
    record ChangeView(String change, ResourceKey resource, String file, int line, List<FieldDiff> fields) {
        static ChangeView of(ResourceDiff diff) {
            return new ChangeView(
                    diff.kind().name().toLowerCase(Locale.ROOT),
                    diff.key(),
                    diff.location().file(),
                    diff.location().line(),
                    diff.fields());
        }
    }

    record SkippedView(String apiVersion, String kind, String name, String file, int line, String reason) {
        static SkippedView of(SkippedDocument skipped) {
            return new SkippedView(
                    skipped.apiVersion(),
                    skipped.kind(),
                    skipped.name(),
                    skipped.location().file(),
                    skipped.location().line(),
                    skipped.reason());
        }
    }

    /**
     * @param head the newest revision
     * @param revisions newest first, as far as the history reaches
     */
    record RevisionList(long head, List<ChangeEvents.RevisionEvent> revisions) {}
}
