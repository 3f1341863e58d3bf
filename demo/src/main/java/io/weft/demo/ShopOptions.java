package io.weft.demo;

import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * What one process of the shop is told: the service by the first argument, the rest by flags, or by an environment
 * variable of the same name ({@code --port} is {@code SHOP_PORT}).
 *
 * @param service a name of {@link ShopTopology}
 * @param name what the process calls itself in its answers
 * @param version which version of the service it is
 * @param port where it listens on loopback; 0 for any free port
 * @param rate requests per second that the load generator sends; nobody else reads it
 */
record ShopOptions(String service, String name, String version, int port, int rate) {
    static final int DEFAULT_RATE = 60;
    private static final List<String> FLAGS = List.of("--name", "--version", "--port", "--rate");

    ShopOptions {
        List<String> services = ShopTopology.INSTANCES.stream()
                .map(ShopTopology.Instance::service)
                .distinct()
                .toList();
        require(services.contains(service), "no service '" + service + "': expected one of " + services);
        require(name.matches("[A-Za-z0-9.-]{1,63}"), "--name '" + name + "': expected letters, digits, '.' and '-'");
        require(version.equals("v1") || version.equals("v2"), "--version '" + version + "': expected v1 or v2");
        require(port >= 0 && port <= 65535, "--port " + port + ": expected 0 to 65535");
        require(rate >= 1 && rate <= 10_000, "--rate " + rate + ": expected 1 to 10000 requests per second");
    }

    /**
     * @throws IllegalArgumentException with a sentence for the user
     */
    static ShopOptions parse(List<String> arguments, Map<String, String> environment) {
        require(!arguments.isEmpty(), "expected the name of a service, then any of " + FLAGS);
        String service = arguments.getFirst();
        Map<String, String> values = new HashMap<>();
        for (String flag : FLAGS) {
            String value = environment.get("SHOP_" + flag.substring(2).toUpperCase(Locale.ROOT));
            if (value != null) {
                values.put(flag, value);
            }
        }
        for (int i = 1; i < arguments.size(); i += 2) {
            String flag = arguments.get(i);
            require(FLAGS.contains(flag), "unknown option '" + flag + "': expected one of " + FLAGS);
            require(i + 1 < arguments.size(), flag + " needs a value");
            values.put(flag, arguments.get(i + 1));
        }
        String version = values.getOrDefault("--version", "v1");
        return new ShopOptions(
                service,
                values.getOrDefault("--name", service + "-" + version),
                version,
                number("--port", values.getOrDefault("--port", "0")),
                number("--rate", values.getOrDefault("--rate", Integer.toString(DEFAULT_RATE))));
    }

    private static int number(String flag, String value) {
        require(value.matches("[0-9]{1,9}"), flag + " '" + value + "': expected a number");
        return Integer.parseInt(value);
    }

    private static void require(boolean condition, String message) {
        if (!condition) {
            throw new IllegalArgumentException(message);
        }
    }
}
