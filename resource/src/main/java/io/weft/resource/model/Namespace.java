package io.weft.resource.model;

/** A namespace, with the labels that selectors of namespaces match. */
public record Namespace(Metadata metadata) implements Resource {
    public Namespace {
        Require.that(metadata.namespace().isEmpty(), "metadata.namespace", metadata.namespace(), "none");
        Require.label("metadata.name", metadata.name());
    }
}
