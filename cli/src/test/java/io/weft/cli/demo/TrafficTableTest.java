package io.weft.cli.demo;

import static org.assertj.core.api.Assertions.assertThat;

import io.weft.demo.ShopTopology;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;

class TrafficTableTest {
    @Test
    void whatWasNeverSentSaysNothingOfMutualTls() {
        assertThat(mtls(7, false, "\"UF\": 4, \"UF,URX\": 2, \"UH\": 1")).isEqualTo("-");
        assertThat(mtls(8, false, "\"UF\": 4, \"UF,URX\": 2, \"UH\": 1")).isEqualTo("NO");
        assertThat(mtls(8, true, "\"UF\": 4")).isEqualTo("yes");
        assertThat(mtls(0, true, "")).isEqualTo("-");
    }

    /** What the table has of the edge between checkout and payment. */
    private static String mtls(int requests, boolean mtls, String flags) {
        String source = ShopTopology.INSTANCES.stream()
                .filter(instance -> instance.service().equals("checkout"))
                .findFirst()
                .orElseThrow()
                .name();
        String graph = """
                {"edges": [{"source": {"name": "%s"}, "destination": {"name": "payment"},
                 "window": {"requests": %d, "mtls": %s, "responseFlags": {%s}}}]}
                """.formatted(source, requests, mtls, flags);
        List<String> lines =
                TrafficTable.lines(EdgeTraffic.read(JsonMapper.shared().readTree(graph), "window"), Map.of());
        int column = lines.getFirst().indexOf("MTLS");
        return lines.stream()
                .filter(line -> line.startsWith("checkout") && line.contains("payment"))
                .map(line -> line.substring(column, column + "MTLS".length()).strip())
                .findFirst()
                .orElse("no such edge");
    }
}
