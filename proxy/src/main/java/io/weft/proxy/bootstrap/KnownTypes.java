package io.weft.proxy.bootstrap;

import io.weft.api.wire.DefinitionTexts;
import io.weft.core.violation.NearestName;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The messages that an {@code Any} of a file may hold. To know one more type, add it to {@code api/src/wire/in-files.txt}. */
final class KnownTypes {
    private static final List<String> NAMES = DefinitionTexts.IN_ANY;

    private KnownTypes() {}

    /** The name of the type that a URL names, or null. Only what follows the last slash counts. */
    static @Nullable String find(String typeUrl) {
        int slash = typeUrl.lastIndexOf('/');
        String name = typeUrl.substring(slash + 1);
        return slash >= 0 && NAMES.contains(name) ? name : null;
    }

    static String example() {
        return "envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager";
    }

    /** For an unknown URL: the same type elsewhere, else the known types of its family, else all of them. */
    static String hint(String typeUrl) {
        int slash = typeUrl.lastIndexOf('/');
        String name = typeUrl.substring(slash + 1);
        if (NAMES.contains(name)) {
            return "write type.googleapis.com/" + name;
        }
        Optional<String> nearest = name.isEmpty() ? Optional.empty() : NearestName.of(name, NAMES);
        if (nearest.isPresent() && simpleName(nearest.get()).equalsIgnoreCase(simpleName(name))) {
            return "did you mean \"" + nearest.get() + "\"?";
        }
        String family = family(name);
        List<String> relatives =
                NAMES.stream().filter(known -> family(known).equals(family)).toList();
        return "known: " + String.join(", ", relatives.isEmpty() ? NAMES : relatives);
    }

    private static String simpleName(String name) {
        return name.substring(name.lastIndexOf('.') + 1);
    }

    /** {@code envoy.extensions.filters.http} for {@code envoy.extensions.filters.http.router.v3.Router}. */
    private static String family(String name) {
        String[] parts = name.split("\\.", -1);
        return parts.length < 4 ? name : String.join(".", List.of(parts).subList(0, parts.length - 3));
    }
}
