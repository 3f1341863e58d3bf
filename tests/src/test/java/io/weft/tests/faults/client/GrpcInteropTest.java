package io.weft.tests.faults.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.weft.tests.planes.Sidecar;
import io.weft.tests.planes.TestMesh;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * gRPC's interoperability cases (its document "gRPC Interop Test Descriptions"), by its Go programs, through two proxies: the client reaches its
 * proxy by CONNECT, as a proxy setting has it. Left out: authentication with a cloud's credentials, and what this server does not answer to anybody
 * ({@code pick_first_unary}, {@code orca_per_rpc}, {@code orca_oob}).
 */
class GrpcInteropTest {
    private static TestMesh mesh;
    private static Sidecar client;

    @BeforeAll
    static void join(@TempDir Path directory) throws Exception {
        String program = Programs.installed("bin/grpc-interop-server");
        mesh = new TestMesh(directory);
        Programs.Server server = mesh.keep(new Programs.Server(
                Map.of("GRPC_GO_LOG_SEVERITY_LEVEL", "info"),
                List.of(program, "-port", "0"),
                Pattern.compile("interop server listening on \\S*:(\\d+)")));
        mesh.sidecar("backend").offers("interop", 9090, server.port(), "grpc").start();
        client = mesh.sidecar("client").start();
        await().atMost(TestMesh.BOUND).until(() -> run("empty_unary", List.of()).code() == 0);
    }

    @AfterAll
    static void leave() {
        if (mesh != null) {
            mesh.close();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "empty_unary",
                "large_unary",
                "client_streaming",
                "server_streaming",
                "ping_pong",
                "empty_stream",
                "timeout_on_sleeping_server",
                "cancel_after_begin",
                "cancel_after_first_response",
                "status_code_and_message",
                "special_status_message",
                "custom_metadata",
                "unimplemented_method",
                "unimplemented_service"
            })
    void theCasePasses(String name) throws Exception {
        passes(name, List.of());
    }

    @ParameterizedTest
    @ValueSource(strings = {"rpc_soak", "channel_soak"})
    void manyCallsPass(String name) throws Exception {
        passes(name, List.of("-soak_iterations=40", "-soak_num_threads=4", "-soak_overall_timeout_seconds=25"));
    }

    private static void passes(String name, List<String> options) throws Exception {
        Programs.Outcome outcome = run(name, options);
        assertThat(outcome.code()).as(outcome.output()).isZero();
    }

    private static Programs.Outcome run(String name, List<String> options) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                Programs.installed("bin/grpc-interop-client"),
                "-server_host=interop.shop",
                "-server_port=9090",
                "-test_case=" + name));
        command.addAll(options);
        return Programs.run(Programs.proxySetting(client.outbound()), command);
    }
}
