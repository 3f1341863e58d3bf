package io.weft.tests.rest;

/** Documents that several tests apply; each begins with a line of its own, so that they can be joined. */
public final class Documents {
    /** Every proxy logs its requests. */
    public static final String ACCESS_LOG = """
            ---
            apiVersion: mesh.weft.io/v1
            kind: MeshConfig
            metadata: {name: default}
            spec: {accessLog: true}
            """;

    private Documents() {}

    /**
     * A TrafficPolicy of a service in the namespace shop.
     *
     * @param settings fields of the spec, one a line
     */
    public static String policy(String service, String... settings) {
        return """
                ---
                apiVersion: mesh.weft.io/v1
                kind: TrafficPolicy
                metadata: {name: %1$s, namespace: shop}
                spec:
                  targetRefs: [{group: "", kind: Service, name: %1$s}]
                """.formatted(service) + String.join("\n", settings).indent(2);
    }
}
