package io.weft.cli.show;

import io.weft.cli.failure.CommandFailedException;
import io.weft.core.violation.NearestName;
import io.weft.resource.model.ResourceKind;
import java.util.ArrayList;
import java.util.List;

/** Kinds as users type them. */
public final class Kinds {
    private Kinds() {}

    /** The kind of {@code HTTPRoute}, {@code httproutes} or {@code http}. */
    public static ResourceKind named(String name) throws CommandFailedException {
        var kind = ResourceKind.named(name);
        if (kind.isPresent()) {
            return kind.get();
        }
        List<String> known = new ArrayList<>();
        for (ResourceKind candidate : ResourceKind.values()) {
            known.add(candidate.kind());
        }
        String hint = NearestName.hint(name, known);
        throw CommandFailedException.invalid("unknown kind \"" + name + "\": expected one of "
                + String.join(", ", known) + (hint.isEmpty() ? "" : "; " + hint));
    }
}
