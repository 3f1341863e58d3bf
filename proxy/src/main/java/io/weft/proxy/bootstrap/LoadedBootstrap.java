package io.weft.proxy.bootstrap;

import io.weft.core.violation.InvalidInputException;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A bootstrap file that a proxy can start with. */
public final class LoadedBootstrap {
    private final ParsedBootstrap parsed;
    private final BootstrapSettings settings;
    private final NodeSettings node;
    /** Of the file; null where the cache already holds what it says. */
    private final byte @Nullable [] unkept;

    private LoadedBootstrap(ParsedBootstrap parsed, byte @Nullable [] unkept) throws InvalidInputException {
        this.parsed = parsed;
        this.settings = SettingsReader.read(parsed);
        this.node = node(parsed, settings);
        this.unkept = unkept;
    }

    private static NodeSettings node(ParsedBootstrap parsed, BootstrapSettings settings) throws InvalidInputException {
        try {
            return NodeSettings.read(settings.node());
        } catch (InvalidInputException e) {
            throw new InvalidInputException(e.violations().stream()
                    .map(violation -> parsed.lines().locate("", violation))
                    .toList());
        }
    }

    /**
     * Reads a file, or what was kept of it.
     *
     * @throws InvalidInputException with everything that is wrong or not honoured, each with its line
     */
    public static LoadedBootstrap load(Path file, BootstrapCache cache) throws InvalidInputException {
        byte[] text = BootstrapReader.bytes(file);
        Optional<ParsedBootstrap> kept = cache.find(file.toString(), text);
        if (kept.isPresent()) {
            try {
                return new LoadedBootstrap(kept.get(), null);
            } catch (InvalidInputException e) {
                // Read below, for the lines; this version of Weft is stricter than the one that kept it.
            }
        }
        return new LoadedBootstrap(BootstrapReader.read(file.toString(), text), text);
    }

    /** Has the next start find it in the cache. */
    public void keep(BootstrapCache cache) {
        byte[] text = unkept;
        if (text != null) {
            cache.keep(text, parsed);
        }
    }

    public ParsedBootstrap parsed() {
        return parsed;
    }

    public BootstrapSettings settings() {
        return settings;
    }

    public NodeSettings node() {
        return node;
    }
}
