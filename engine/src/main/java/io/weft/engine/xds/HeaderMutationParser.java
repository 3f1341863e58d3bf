package io.weft.engine.xds;

import static io.weft.engine.xds.Reading.join;

import io.weft.api.wire.envoy.config.core.v3.HeaderValueOption;
import io.weft.engine.config.HeaderMutation;
import io.weft.engine.config.HeaderMutation.Action;
import io.weft.engine.config.HeaderMutation.HeaderChange;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/** Reads changes of headers. */
final class HeaderMutationParser {
    private static final Pattern TOKEN = Pattern.compile("[!#$%&'*+.^_`|~0-9A-Za-z-]+");
    private static final Set<String> NOT_TO_BE_CHANGED =
            Set.of("host", "content-length", "transfer-encoding", "connection", "upgrade");

    private final Reading reading;

    HeaderMutationParser(Reading reading) {
        this.reading = reading;
    }

    HeaderMutation parse(String path, String direction, List<HeaderValueOption> toAdd, List<String> toRemove) {
        List<String> remove = new ArrayList<>();
        for (int i = 0; i < toRemove.size(); i++) {
            remove.add(name(Reading.at(join(path, direction + "_headers_to_remove"), i), toRemove.get(i)));
        }
        List<HeaderChange> set = new ArrayList<>();
        for (int i = 0; i < toAdd.size(); i++) {
            set.add(change(Reading.at(join(path, direction + "_headers_to_add"), i), toAdd.get(i)));
        }
        return remove.isEmpty() && set.isEmpty() ? HeaderMutation.NONE : new HeaderMutation(remove, set);
    }

    // `append` is deprecated in favour of `append_action`; both are in use.
    @SuppressWarnings("deprecation")
    private HeaderChange change(String path, HeaderValueOption option) {
        reading.honours(path, option, Set.of("header", "append", "append_action", "keep_empty_value"));
        String name = name(join(path, "header.key"), option.getHeader().getKey());
        String value = literal(join(path, "header.value"), option.getHeader().getValue());
        if (option.hasAppend()) {
            return new HeaderChange(
                    name, value, option.getAppend().getValue() ? Action.APPEND_OR_ADD : Action.OVERWRITE_OR_ADD);
        }
        Action action = switch (option.getAppendAction()) {
            case APPEND_IF_EXISTS_OR_ADD -> Action.APPEND_OR_ADD;
            case ADD_IF_ABSENT -> Action.ADD_IF_ABSENT;
            case OVERWRITE_IF_EXISTS_OR_ADD -> Action.OVERWRITE_OR_ADD;
            case OVERWRITE_IF_EXISTS -> Action.OVERWRITE_IF_PRESENT;
            case UNRECOGNIZED -> {
                reading.error(join(path, "append_action"), "", "expected a known action");
                yield Action.APPEND_OR_ADD;
            }
        };
        return new HeaderChange(name, value, action);
    }

    private String name(String path, String name) {
        String lower = name.toLowerCase(Locale.ROOT);
        if (!TOKEN.matcher(name).matches()) {
            reading.error(path, name, "expected a header's name (RFC 9110, section 5.1)");
        } else if (NOT_TO_BE_CHANGED.contains(lower)) {
            reading.error(path, name, "this header is about routing or framing and cannot be changed here");
        }
        return lower;
    }

    /** Envoy's formats: {@code %%} is a percent sign, {@code %NAME%} an operator, which Weft has none of here. */
    private String literal(String path, String value) {
        if (value.chars().anyMatch(c -> (c < ' ' && c != '\t') || c == 127)) {
            reading.error(path, "", "expected a header's value without control characters");
        }
        String literal = value.replace("%%", "\0");
        if (literal.indexOf('%') >= 0) {
            reading.error(
                    path,
                    value,
                    "expected literal text: Weft has no command operators here; write %% for a percent sign");
        }
        return literal.replace('\0', '%');
    }
}
