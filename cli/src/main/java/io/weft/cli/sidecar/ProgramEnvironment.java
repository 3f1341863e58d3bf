package io.weft.cli.sidecar;

import java.util.List;
import java.util.Map;

/** The environment that makes a program use the proxy beside it. */
public final class ProgramEnvironment {
    private static final String DIRECT = "localhost,127.0.0.1,::1";
    private static final String JAVA_DIRECT = "localhost|127.*|[::1]";
    private static final String JAVA = "JAVA_TOOL_OPTIONS";

    private ProgramEnvironment() {}

    /** Puts the proxy variables, of which each family of programs knows some, and what Java knows instead. */
    public static void put(Map<String, String> environment, int outboundPort) {
        String proxy = "http://127.0.0.1:" + outboundPort;
        for (String name : List.of("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "grpc_proxy")) {
            environment.put(name, proxy);
        }
        environment.put("no_proxy", DIRECT);
        environment.put("NO_PROXY", DIRECT);
        String java = "-Dhttp.proxyHost=127.0.0.1 -Dhttp.proxyPort=" + outboundPort
                + " -Dhttps.proxyHost=127.0.0.1 -Dhttps.proxyPort=" + outboundPort + " -Dhttp.nonProxyHosts="
                + JAVA_DIRECT;
        environment.merge(JAVA, java, (own, added) -> own.isBlank() ? added : own + " " + added);
    }
}
