package io.weft.cli.show;

import io.weft.cli.failure.CommandFailedException;
import io.weft.cli.output.Printer;
import io.weft.cli.output.Table;
import io.weft.cli.rest.ControlPlane;
import io.weft.cli.rest.ServerOptions;
import io.weft.resource.model.ResourceKind;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;

/** {@code weft get}. */
@Command(name = "get", mixinStandardHelpOptions = true, description = "Lists resources.")
public final class GetCommand implements Callable<Integer> {
    @Mixin
    private ServerOptions server = new ServerOptions();

    @Mixin
    private Printer printer = new Printer();

    @Parameters(index = "0", arity = "0..1", paramLabel = "KIND", description = "such as HTTPRoute, or all (default)")
    private String kind = "all";

    @Parameters(index = "1", arity = "0..1", paramLabel = "NAME", description = "default: all")
    private @Nullable String name;

    @Option(
            names = {"-n", "--namespace"},
            paramLabel = "NAME",
            description = "default: all")
    private @Nullable String namespace;

    @Override
    public Integer call() throws CommandFailedException {
        Map<String, String> query = new HashMap<>();
        if (!kind.equals("all")) {
            ResourceKind known = Kinds.named(kind);
            query.put("kind", known.plural());
        }
        if (name != null) {
            query.put("name", name);
        }
        if (namespace != null) {
            query.put("namespace", namespace);
        }
        try (ControlPlane plane = server.connect()) {
            JsonNode items = plane.get("/resources", query).path("items");
            if (name != null && items.isEmpty()) {
                throw CommandFailedException.failed(
                        "there is no " + kind + " \"" + name + "\"" + (namespace == null ? "" : " in " + namespace));
            }
            if (!printer.data(documents(items))) {
                printer.table(table(items), "no resources");
            }
            return 0;
        }
    }

    /** As they were understood; one alone stands for itself. */
    private JsonNode documents(JsonNode items) {
        if (name != null && items.size() == 1) {
            return items.get(0).path("resource");
        }
        ArrayNode documents = JsonMapper.shared().createArrayNode();
        items.forEach(item -> documents.add(item.path("resource")));
        return JsonMapper.shared()
                .createObjectNode()
                .put("apiVersion", "v1")
                .put("kind", "List")
                .set("items", documents);
    }

    private static Table table(JsonNode items) {
        Table table = new Table("KIND", "NAMESPACE", "NAME", "REVISION", "STATUS", "FROM");
        for (JsonNode item : items) {
            JsonNode key = item.path("key");
            table.row(
                    key.path("kind").asString(""),
                    key.path("namespace").asString(""),
                    key.path("name").asString(""),
                    item.path("revision").asLong(0),
                    Conditions.summary(item.path("conditions")),
                    item.path("file").asString("") + ":" + item.path("line").asInt(0));
        }
        return table;
    }
}
