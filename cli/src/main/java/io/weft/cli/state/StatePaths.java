package io.weft.cli.state;

import java.nio.file.Path;
import java.util.Map;

/** Where state lives where nobody says otherwise: {@code $XDG_STATE_HOME/weft}. */
public final class StatePaths {
    private StatePaths() {}

    public static Path server() {
        return home(System.getenv()).resolve("server");
    }

    /** Of a proxy that only its bootstrap file names. */
    public static Path proxy(Path bootstrap) {
        String name = bootstrap.toAbsolutePath().normalize().toString();
        return proxies().resolve(Integer.toHexString(name.hashCode()));
    }

    public static Path proxies() {
        return home(System.getenv()).resolve("proxies");
    }

    private static Path home(Map<String, String> environment) {
        String state = environment.getOrDefault("XDG_STATE_HOME", "");
        Path base =
                state.isEmpty() ? Path.of(environment.getOrDefault("HOME", "."), ".local", "state") : Path.of(state);
        return base.resolve("weft");
    }
}
