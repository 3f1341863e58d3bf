package io.weft.control.config;

import io.weft.core.violation.SourceLocation;
import io.weft.resource.codec.UnhonouredField;
import io.weft.resource.model.Metadata;
import io.weft.resource.model.Namespace;
import io.weft.resource.model.Resource;
import io.weft.resource.model.ResourceKey;
import io.weft.resource.model.ResourceKind;
import java.util.List;
import java.util.Map;

/** Small documents, in a canonical form of two words: a namespace and the team that owns it. */
final class Documents {
    private Documents() {}

    static Document namespace(String name, String team) {
        String text = "kind: Namespace # " + name + ", owned by " + team;
        String canonical = name + " " + team;
        return new Document(
                read(canonical),
                canonical,
                text,
                new SourceLocation(name + ".yaml", 7),
                List.of(new UnhonouredField("spec.finalizers", 9), new UnhonouredField("spec.a b", 10)));
    }

    static ResourceKey key(String name) {
        return ResourceKind.NAMESPACE.key("", name);
    }

    static Resource read(String canonical) {
        String[] words = canonical.split(" ", -1);
        if (words.length != 2) {
            throw new IllegalArgumentException("expected two words");
        }
        return new Namespace(Metadata.of("", words[0]).withLabels(Map.of("team", words[1])));
    }
}
