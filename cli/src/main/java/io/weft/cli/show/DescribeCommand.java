package io.weft.cli.show;

import io.weft.cli.failure.CommandFailedException;
import io.weft.cli.output.Colour;
import io.weft.cli.output.Printer;
import io.weft.cli.output.Table;
import io.weft.cli.output.Text;
import io.weft.cli.rest.ControlPlane;
import io.weft.cli.rest.ServerOptions;
import io.weft.resource.model.ResourceKind;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** {@code weft describe}. */
@Command(
        name = "describe",
        mixinStandardHelpOptions = true,
        description = "Shows a resource with its conditions; of a Service also its routes, its endpoints, and every"
                + " effective setting with the policy that set it.")
public final class DescribeCommand implements Callable<Integer> {
    @Mixin
    private ServerOptions server = new ServerOptions();

    @Mixin
    private Printer printer = new Printer();

    @Parameters(index = "0", paramLabel = "KIND", description = "such as Service")
    private String kind = "";

    @Parameters(index = "1", paramLabel = "NAME")
    private String name = "";

    @Option(
            names = {"-n", "--namespace"},
            paramLabel = "NAME",
            description = "default: ${DEFAULT-VALUE}")
    private String namespace = "default";

    @Override
    public Integer call() throws CommandFailedException {
        ResourceKind known = Kinds.named(kind);
        try (ControlPlane plane = server.connect()) {
            ObjectNode all = JsonMapper.shared().createObjectNode();
            Map<String, String> which = known.namespaced()
                    ? Map.of("kind", known.plural(), "namespace", namespace, "name", name)
                    : Map.of("kind", known.plural(), "name", name);
            plane.get("/resources", which).path("items").forEach(item -> all.set("resource", item));
            if (known == ResourceKind.SERVICE) {
                Map<String, String> service = Map.of("namespace", namespace, "service", name);
                all.set("services", plane.get("/services", service).path("services"));
                all.set("routes", plane.get("/routes", service).path("routes"));
                all.set("endpoints", plane.get("/endpoints", service).path("services"));
            }
            // A Service that only registrations name has no document, but all the rest.
            if (!all.has("resource") && all.path("services").isEmpty()) {
                throw CommandFailedException.failed("there is no " + known.key(namespace, name));
            }
            if (!printer.data(all)) {
                print(known, all);
            }
            return 0;
        }
    }

    private void print(ResourceKind known, JsonNode all) {
        printer.line(Colour.HEADING, known.key(namespace, name).toString());
        JsonNode resource = all.path("resource");
        if (!resource.isMissingNode()) {
            printer.line("  from " + Text.oneLine(resource.path("file").asString("")) + ":"
                    + resource.path("line").asInt(0) + ", revision "
                    + resource.path("revision").asLong(0));
            Table conditions = new Table("CONDITION", "STATUS", "REASON", "MESSAGE");
            resource.path("conditions")
                    .forEach(condition -> conditions.row(
                            condition.path("type").asString(""),
                            condition.required("holds").asBoolean(),
                            condition.path("reason").asString(""),
                            condition.path("message").asString("")));
            section("Conditions", conditions);
        } else {
            printer.line("  from the registrations of its instances, without a document of its own");
        }
        if (known == ResourceKind.SERVICE) {
            Table settings = new Table("PORT", "SETTING", "VALUE", "SET BY");
            all.path("services")
                    .forEach(service -> service.path("ports")
                            .forEach(port -> port.path("settings")
                                    .forEach(setting -> settings.row(
                                            port.path("port").asInt(0),
                                            setting.path("field").asString(""),
                                            setting.path("value").asString(""),
                                            setting.path("setBy").asString("").isEmpty()
                                                    ? "(default)"
                                                    : setting.path("setBy").asString("")))));
            section("Settings of its clients", settings);
            section("Routes", MeshTables.routes(all.path("routes")));
            section("Endpoints", MeshTables.endpoints(all.path("endpoints")));
        }
    }

    private void section(String heading, Table table) {
        printer.line("");
        printer.line(heading + ":");
        printer.table(table, "  none");
    }
}
