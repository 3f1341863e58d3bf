package io.weft.control.change;

import io.weft.control.config.Change;
import io.weft.control.config.ChangeSet;
import io.weft.control.config.ChangeSet.Operation;
import io.weft.control.config.ChangeSet.Precondition;
import io.weft.control.config.CommitResult;
import io.weft.control.config.ConfigStore;
import io.weft.control.config.Document;
import io.weft.control.config.Revision;
import io.weft.control.config.Snapshot;
import io.weft.control.config.StoreException;
import io.weft.core.violation.InvalidInputException;
import io.weft.core.violation.Violation;
import io.weft.resource.codec.DecodedChangeSet;
import io.weft.resource.codec.SkippedDocument;
import io.weft.resource.model.ResourceKey;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Takes change requests: decode, check for trial, commit; all of a request or nothing of it, and all that is wrong with it at once.
 *
 * <p>One request is checked at a time: what was checked is what is committed on top of.
 */
public final class ChangeService {
    /** Another writer on the same store may win a few times; then the caller is told. */
    private static final int MAX_ATTEMPTS = 5;

    private final ConfigStore store;
    private final DocumentCodec codec;
    private final ChangeCheck check;
    private final InstantSource clock;
    private final ReentrantLock oneAtATime = new ReentrantLock(true);

    public ChangeService(ConfigStore store, DocumentCodec codec, ChangeCheck check, InstantSource clock) {
        this.store = store;
        this.codec = codec;
        this.check = check;
        this.clock = clock;
    }

    /**
     * @throws InvalidInputException with everything that is wrong with the request
     * @throws StoreException where the store could not write it
     */
    public ChangeOutcome apply(ChangeRequest request) throws InvalidInputException, StoreException {
        DecodedChangeSet decoded = codec.decode(request.files(), request.defaultNamespace());
        List<Document> documents =
                decoded.documents().stream().map(codec::document).toList();
        Map<ResourceKey, Document> puts = byKey(documents, request.deletes());
        oneAtATime.lock();
        try {
            for (int attempt = 1; attempt < MAX_ATTEMPTS; attempt++) {
                ChangeOutcome outcome = attempt(request, puts, decoded.skipped());
                if (outcome instanceof ChangeOutcome.Taken
                        || request.expectedRevision().isPresent()) {
                    return outcome;
                }
            }
            return attempt(request, puts, decoded.skipped());
        } finally {
            oneAtATime.unlock();
        }
    }

    private static Map<ResourceKey, Document> byKey(List<Document> documents, List<ResourceKey> deletes)
            throws InvalidInputException {
        Map<ResourceKey, Document> puts = new LinkedHashMap<>();
        List<Violation> violations = new ArrayList<>();
        // The codec lets each resource stand once only.
        documents.forEach(document -> puts.put(document.key(), document));
        for (ResourceKey delete : deletes) {
            Document put = puts.get(delete);
            if (put != null) {
                violations.add(Violation.at("deletes", delete.toString(), "a resource to put or to delete, not both")
                        .withLocation(put.location()));
            }
        }
        if (puts.size() + deletes.size() > ChangeSet.MAX_DOCUMENTS) {
            violations.add(Violation.at(
                    "", puts.size() + deletes.size() + " documents", "at most " + ChangeSet.MAX_DOCUMENTS));
        }
        if (!violations.isEmpty()) {
            throw new InvalidInputException(violations);
        }
        return puts;
    }

    private ChangeOutcome attempt(ChangeRequest request, Map<ResourceKey, Document> puts, List<SkippedDocument> skipped)
            throws InvalidInputException, StoreException {
        Snapshot head = store.head().get();
        if (request.expectedRevision().orElse(head.revision()) != head.revision()) {
            return new ChangeOutcome.Conflict(head.revision());
        }
        ChangeSet changeSet = changeSet(request, puts, head);
        return switch (head.prepare(changeSet, clock.instant())) {
            case CommitResult.Conflict(long revision) -> new ChangeOutcome.Conflict(revision);
            case CommitResult.Unchanged(long revision) -> taken(head, revision, List.of(), puts, skipped);
            case CommitResult.Committed(Revision prepared) -> {
                requireSound(head.with(prepared));
                if (request.dryRun()) {
                    yield taken(head, head.revision(), prepared.changes(), puts, skipped);
                }
                yield switch (store.commit(changeSet)) {
                    case CommitResult.Conflict(long revision) -> new ChangeOutcome.Conflict(revision);
                    case CommitResult.Unchanged(long revision) -> taken(head, revision, List.of(), puts, skipped);
                    case CommitResult.Committed(Revision made) ->
                        taken(head, made.number(), made.changes(), puts, skipped);
                };
            }
        };
    }

    private static ChangeSet changeSet(ChangeRequest request, Map<ResourceKey, Document> puts, Snapshot head)
            throws InvalidInputException {
        Map<ResourceKey, Operation> operations = new LinkedHashMap<>();
        puts.values().forEach(document -> operations.put(document.key(), new Operation.Put(document)));
        request.deletes().forEach(key -> operations.put(key, new Operation.Delete(key)));
        if (request.prune()) {
            head.documents().keySet().forEach(key -> operations.putIfAbsent(key, new Operation.Delete(key)));
        }
        if (operations.size() > ChangeSet.MAX_DOCUMENTS) {
            throw new InvalidInputException(List.of(Violation.at(
                    "prune",
                    operations.size() + " changes",
                    "at most " + ChangeSet.MAX_DOCUMENTS + " in a change set: delete in several")));
        }
        return new ChangeSet(
                new Precondition.HeadIs(head.revision()), List.copyOf(operations.values()), request.author());
    }

    private void requireSound(Snapshot prospective) throws InvalidInputException {
        List<Violation> violations = check.check(prospective);
        if (!violations.isEmpty()) {
            throw new InvalidInputException(violations);
        }
    }

    private static ChangeOutcome taken(
            Snapshot before,
            long revision,
            List<Change> changes,
            Map<ResourceKey, Document> puts,
            List<SkippedDocument> skipped) {
        Map<ResourceKey, ResourceDiff> diffs = new HashMap<>();
        for (Document document : puts.values()) {
            diffs.put(
                    document.key(),
                    new ResourceDiff(document.key(), ResourceDiff.Kind.UNCHANGED, List.of(), document.location()));
        }
        for (Change change : changes) {
            diffs.put(change.key(), diff(change));
        }
        List<String> warnings = new ArrayList<>();
        for (Document document : puts.values()) {
            document.notHonoured()
                    .forEach(field -> warnings.add(document.location().file() + ":" + field.line() + ": " + field.path()
                            + " of " + document.key() + " is not honoured"));
        }
        return new ChangeOutcome.Taken(
                before.revision(),
                revision,
                diffs.values().stream()
                        .sorted(Comparator.comparing(ResourceDiff::key))
                        .toList(),
                skipped,
                warnings);
    }

    private static ResourceDiff diff(Change change) {
        return switch (change) {
            case Change.Added(var after) ->
                new ResourceDiff(change.key(), ResourceDiff.Kind.ADDED, List.of(), after.location());
            case Change.Modified(var before, var after) ->
                new ResourceDiff(
                        change.key(),
                        ResourceDiff.Kind.MODIFIED,
                        FieldDiff.between(
                                before.document().canonical(), after.document().canonical()),
                        after.location());
            case Change.Removed(var before) ->
                new ResourceDiff(change.key(), ResourceDiff.Kind.REMOVED, List.of(), before.location());
        };
    }
}
