package io.weft.control.rest;

import io.weft.control.change.ChangeOutcome;
import io.weft.control.change.ChangeRequest;
import io.weft.control.change.ChangeService;
import io.weft.control.config.ChangeSet;
import io.weft.control.config.ConfigStore;
import io.weft.control.config.Feed;
import io.weft.control.config.Revision;
import io.weft.control.config.Snapshot;
import io.weft.control.config.StoreException;
import io.weft.control.config.StoredDocument;
import io.weft.control.rest.Route.Body;
import io.weft.control.rest.Route.Parameter;
import io.weft.control.rest.Views.ChangesetBody;
import io.weft.control.rest.Views.ChangesetResult;
import io.weft.control.rest.Views.FileBody;
import io.weft.control.rest.Views.KeyBody;
import io.weft.control.rest.Views.ResourceList;
import io.weft.control.rest.Views.ResourceView;
import io.weft.control.rest.Views.RevisionList;
import io.weft.control.status.MeshStatus;
import io.weft.core.violation.InvalidInputException;
import io.weft.core.violation.NearestName;
import io.weft.resource.codec.ResourceCodec;
import io.weft.resource.codec.SourceText;
import io.weft.resource.model.ResourceKey;
import io.weft.resource.model.ResourceKind;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/** Resources, change sets, the history and its feed. */
public final class ResourceRoutes {
    // Names and quoting around the documents of a change set, in the JSON form.
    private static final int MAX_BODY_BYTES = 2 * ChangeSet.MAX_BYTES;

    private static final int MAX_REVISIONS = 1000;
    private static final String AUTHOR = "rest";

    private final ConfigStore store;
    private final ChangeService changes;
    private final MeshStatus mesh;

    public ResourceRoutes(ConfigStore store, ChangeService changes, MeshStatus mesh) {
        this.store = store;
        this.changes = changes;
        this.mesh = mesh;
    }

    List<Route> routes() {
        Parameter dryRun = Parameter.flag("dryRun", "only tell what would change; default false");
        Parameter expected = Parameter.integer(
                "expectedRevision", "refuse with 409 where the head is another revision; default: any");
        return List.of(
                Route.get(
                        "/resources",
                        "Lists resources",
                        ResourceList.class,
                        this::list,
                        Parameter.string("kind", "only this kind; default: all"),
                        Parameter.string("namespace", "only in this namespace; default: all"),
                        Parameter.string("name", "only of this name; default: all")),
                Route.get(
                        "/resources/{kind}/{name}",
                        "Reads a resource of the mesh as a whole",
                        ResourceView.class,
                        request -> read(request, "")),
                Route.get(
                        "/resources/{kind}/{namespace}/{name}",
                        "Reads a resource",
                        ResourceView.class,
                        request -> read(request, request.path("namespace"))),
                Route.delete(
                        "/resources/{kind}/{name}",
                        "Deletes a resource of the mesh as a whole",
                        ChangesetResult.class,
                        request -> delete(request, ""),
                        dryRun,
                        expected),
                Route.delete(
                        "/resources/{kind}/{namespace}/{name}",
                        "Deletes a resource",
                        ChangesetResult.class,
                        request -> delete(request, request.path("namespace")),
                        dryRun,
                        expected),
                Route.post(
                        "/changesets",
                        "Applies documents and deletions as one revision, all or nothing",
                        new Body.Documents(ChangesetBody.class),
                        ChangesetResult.class,
                        this::apply,
                        dryRun,
                        expected,
                        Parameter.string("namespace", "of documents that name none; default default"),
                        Parameter.flag(
                                "prune",
                                "the documents are the whole configuration: remove what they do not name; default false"),
                        Parameter.string("file", "how errors name a body of documents; default -")),
                Route.get(
                        "/revisions",
                        "Lists the history, newest first",
                        RevisionList.class,
                        this::revisions,
                        Parameter.integer("limit", "1 to 1000; default 50")),
                Route.get(
                        "/events",
                        "Streams revisions as server-sent events (revision, list-again), resumed by Last-Event-ID",
                        EventStream.class,
                        this::events,
                        Parameter.integer("since", "the last revision that the client knows; default: the head")));
    }

    private ApiResponse list(ApiRequest request) throws ProblemException {
        Optional<String> kindName = request.query("kind");
        Optional<ResourceKind> kind = kindName.isPresent() ? Optional.of(kind(kindName.get())) : Optional.empty();
        Snapshot head = store.head().get();
        List<ResourceView> items = new ArrayList<>();
        for (StoredDocument stored : head.documents().values()) {
            ResourceKey key = stored.key();
            boolean wanted = kind.map(k -> stored.resource().kind() == k).orElse(true)
                    && request.query("namespace").map(key.namespace()::equals).orElse(true)
                    && request.query("name").map(key.name()::equals).orElse(true);
            if (wanted) {
                items.add(view(stored));
            }
        }
        return ApiResponse.ok(new ResourceList(head.revision(), items));
    }

    private ApiResponse read(ApiRequest request, String namespace) throws ProblemException {
        ResourceKey key = key(request.path("kind"), namespace, request.path("name"));
        StoredDocument stored = store.head().get().find(key).orElseThrow(() -> absent(key));
        return ApiResponse.ok(view(stored));
    }

    private ResourceView view(StoredDocument stored) {
        return ResourceView.of(stored, mesh.conditions(stored.key(), stored.revision()));
    }

    private ApiResponse delete(ApiRequest request, String namespace) throws ProblemException {
        ResourceKey key = key(request.path("kind"), namespace, request.path("name"));
        if (store.head().get().find(key).isEmpty()) {
            throw absent(key);
        }
        return change(request, List.of(), List.of(key), false);
    }

    private static ProblemException absent(ResourceKey key) {
        return new ProblemException(Problem.Kind.NOT_FOUND, "there is no " + key);
    }

    private static ResourceKey key(String kindName, String namespace, String name) throws ProblemException {
        ResourceKind kind = kind(kindName);
        if (kind.namespaced() == namespace.isEmpty()) {
            throw new ProblemException(
                    Problem.Kind.MALFORMED,
                    kind.namespaced()
                            ? "a " + kind.kind() + " lives in a namespace: expected " + kind.kind()
                                    + "/<namespace>/<name>"
                            : "a " + kind.kind() + " belongs to the mesh as a whole: expected " + kind.kind()
                                    + "/<name>");
        }
        return kind.key(namespace, name);
    }

    private static ResourceKind kind(String name) throws ProblemException {
        Optional<ResourceKind> kind = ResourceKind.named(name);
        if (kind.isPresent()) {
            return kind.get();
        }
        List<String> known = new ArrayList<>();
        for (ResourceKind candidate : ResourceKind.values()) {
            known.add(candidate.kind());
        }
        String hint = NearestName.hint(name, known);
        throw new ProblemException(
                Problem.Kind.MALFORMED,
                "unknown kind \"" + name + "\": expected one of " + String.join(", ", known)
                        + (hint.isEmpty() ? "" : "; " + hint));
    }

    private ApiResponse apply(ApiRequest request) throws ProblemException, IOException {
        String type = request.header("content-type")
                .map(header -> header.split(";", 2)[0].strip().toLowerCase(Locale.ROOT))
                .orElse("");
        boolean prune = request.flag("prune");
        return switch (type) {
            case "application/yaml", "application/x-yaml", "text/yaml", "text/x-yaml" ->
                change(request, List.of(documents(request, request.text(MAX_BODY_BYTES))), List.of(), prune);
            case "application/json" -> applyJson(request, prune);
            default ->
                throw new ProblemException(
                        Problem.Kind.MALFORMED,
                        "content type \"" + type + "\": expected application/yaml or application/json");
        };
    }

    private static SourceText documents(ApiRequest request, String text) {
        return new SourceText(request.query("file").orElse("-"), text);
    }

    /** JSON is a change set with named files, or a resource itself. */
    private ApiResponse applyJson(ApiRequest request, boolean prune) throws ProblemException, IOException {
        String text = request.text(MAX_BODY_BYTES);
        JsonNode tree;
        try {
            tree = Json.MAPPER.readTree(text);
        } catch (JacksonException e) {
            throw ApiRequest.malformed(e);
        }
        if (tree.has("kind")) {
            return change(request, List.of(documents(request, text)), List.of(), prune);
        }
        ChangesetBody body = request.json(text, ChangesetBody.class);
        List<SourceText> files = new ArrayList<>();
        for (FileBody file : body.files().orElse(List.of())) {
            files.add(new SourceText(file.name(), file.text()));
        }
        List<ResourceKey> deletes = new ArrayList<>();
        for (KeyBody delete : body.deletes().orElse(List.of())) {
            deletes.add(key(delete.kind(), delete.namespace().orElse(""), delete.name()));
        }
        return change(request, files, deletes, prune);
    }

    private ApiResponse change(ApiRequest request, List<SourceText> files, List<ResourceKey> deletes, boolean prune)
            throws ProblemException {
        boolean dryRun = request.flag("dryRun");
        OptionalLong expected = request.query("expectedRevision").isPresent()
                ? OptionalLong.of(request.integer("expectedRevision", 0, 0, Integer.MAX_VALUE))
                : OptionalLong.empty();
        try {
            return switch (changes.apply(new ChangeRequest(
                    files,
                    request.query("namespace").orElse(ResourceCodec.DEFAULT_NAMESPACE),
                    deletes,
                    prune,
                    dryRun,
                    expected,
                    AUTHOR))) {
                case ChangeOutcome.Taken taken -> ApiResponse.ok(ChangesetResult.of(taken, dryRun));
                case ChangeOutcome.Conflict(long head) ->
                    throw new ProblemException(
                            Problem.Kind.CONFLICT,
                            "the head is revision " + head + ": read what changed, and apply again");
            };
        } catch (InvalidInputException e) {
            throw new ProblemException(Problem.invalid(
                    "nothing was changed: " + e.violations().size()
                            + (e.violations().size() == 1 ? " error" : " errors"),
                    e.violations()));
        } catch (StoreException e) {
            throw new ProblemException(Problem.Kind.UNAVAILABLE, String.valueOf(e.getMessage()));
        }
    }

    private ApiResponse revisions(ApiRequest request) throws ProblemException {
        int limit = request.integer("limit", 50, 1, MAX_REVISIONS);
        long head = store.head().get().revision();
        List<Revision> revisions = new ArrayList<>();
        for (long since = Math.max(0, head - limit); revisions.isEmpty() && since < head; since++) {
            if (store.changesSince(since) instanceof Feed.Revisions(List<Revision> reached)) {
                revisions.addAll(reached);
            }
        }
        Collections.reverse(revisions);
        return ApiResponse.ok(new RevisionList(
                head, revisions.stream().map(ChangeEvents.RevisionEvent::of).toList()));
    }

    private ApiResponse events(ApiRequest request) throws ProblemException {
        long head = store.head().get().revision();
        long since = request.header("last-event-id").isPresent()
                ? ApiRequest.number(
                        "Last-Event-ID", request.header("last-event-id").get(), head, 0, Long.MAX_VALUE)
                : ApiRequest.number(
                        "query parameter \"since\"", request.query("since").orElse(""), head, 0, Long.MAX_VALUE);
        return new ApiResponse.Events(new ChangeEvents(store, since));
    }
}
