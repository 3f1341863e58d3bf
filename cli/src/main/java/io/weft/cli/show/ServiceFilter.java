package io.weft.cli.show;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Of which services is to be told. */
final class ServiceFilter {
    @Parameters(index = "0", arity = "0..1", paramLabel = "SERVICE", description = "default: all")
    private @Nullable String service;

    @Option(
            names = {"-n", "--namespace"},
            paramLabel = "NAME",
            description = "default: all")
    private @Nullable String namespace;

    /** As the REST API takes it. */
    Map<String, String> query() {
        Map<String, String> query = new HashMap<>();
        if (service != null) {
            query.put("service", service);
        }
        if (namespace != null) {
            query.put("namespace", namespace);
        }
        return query;
    }
}
