package io.weft.cli.show;

import io.weft.cli.failure.CommandFailedException;
import io.weft.cli.output.Colour;
import io.weft.cli.output.Format;
import io.weft.cli.output.Printer;
import io.weft.cli.output.Table;
import io.weft.cli.output.Text;
import io.weft.cli.rest.ControlPlane;
import io.weft.cli.rest.ServerOptions;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import tools.jackson.databind.JsonNode;

/** {@code weft status}. */
@Command(
        name = "status",
        mixinStandardHelpOptions = true,
        description = {
            "Shows the connected proxies, the revision that each runs, what they refused, and when their certificates end;",
            "which proxies have not come back after a restart of the control plane, and who was not let into the mesh.",
            "Without a control plane, those on this host tell when theirs end; the exit code is 1 then."
        })
public final class StatusCommand implements Callable<Integer> {
    @Mixin
    private ServerOptions server = new ServerOptions();

    @Mixin
    private Printer printer = new Printer();

    @Override
    public Integer call() throws CommandFailedException {
        try (ControlPlane plane = server.connect()) {
            JsonNode status = plane.get("/status", Map.of());
            if (!printer.data(status)) {
                print(status, certificates(plane), trouble(plane));
            }
            return 0;
        } catch (CommandFailedException e) {
            if (e.isAway()) {
                tellOfLocalProxies();
            }
            throw e;
        }
    }

    private void tellOfLocalProxies() {
        List<LocalProxies.Found> found = printer.format() == Format.table ? LocalProxies.find() : List.of();
        if (!found.isEmpty()) {
            printer.line("the proxies on this host go on with the configuration that they have; their certificates:");
            printer.table(LocalProxies.table(found), "");
        }
    }

    /** As far as they can be had: a status without them is better than none. */
    private static Map<String, CertificateView> certificates(ControlPlane plane) {
        Map<String, CertificateView> certificates = new TreeMap<>();
        try {
            for (JsonNode proxy : plane.get("/certs", Map.of()).path("proxies")) {
                certificates.put(proxy.path("proxy").asString(""), CertificateView.of(proxy.path("certs")));
            }
        } catch (CommandFailedException e) {
            // The column stays empty.
        }
        return certificates;
    }

    /** Why changes are not taken; empty where they are. */
    private static String trouble(ControlPlane plane) {
        try {
            return plane.get("/health", Map.of()).path("trouble").asString("");
        } catch (CommandFailedException e) {
            return "";
        }
    }

    private void print(JsonNode status, Map<String, CertificateView> certificates, String trouble) {
        Instant now = Instant.now();
        Table table =
                new Table("PROXY", "NAMESPACE", "WORKLOAD", "CLIENT", "STATE", "REVISION", "REFUSED", "CERTIFICATE");
        for (JsonNode proxy : status.path("proxies")) {
            table.row(
                    proxy.path("id").asString(""),
                    proxy.path("namespace").asString(""),
                    proxy.path("workload").asString(""),
                    (proxy.path("client").asString("") + " "
                                    + proxy.path("version").asString(""))
                            .strip(),
                    proxy.path("state").asString("") + (proxy.path("draining").asBoolean(false) ? ", draining" : ""),
                    proxy.path("revision").asLong(0),
                    proxy.path("rejections").size(),
                    certificates
                            .getOrDefault(proxy.path("id").asString(""), CertificateView.NONE)
                            .state(now));
        }
        printer.line("the head is revision " + status.path("revision").asLong(0));
        if (!trouble.isEmpty()) {
            printer.line(Colour.BAD, Text.oneLine("changes are not taken: " + trouble));
        }
        printer.table(table, "no proxy is connected");
        certificates.forEach((proxy, certificate) -> {
            if (certificate.isNotRenewed() || certificate.hasEnded(now)) {
                printer.line(
                        Colour.BAD,
                        Text.oneLine("the certificate of " + proxy + " " + certificate.state(now) + ": "
                                + certificate.trouble()));
            }
        });
        for (JsonNode proxy : status.path("proxies")) {
            for (JsonNode rejection : proxy.path("rejections")) {
                printer.line(
                        Colour.BAD,
                        Text.oneLine(proxy.path("id").asString("") + " refused "
                                + rejection.path("name").asString("") + ": "
                                + rejection.path("reason").asString("")));
            }
        }
        for (JsonNode node : status.path("absent")) {
            printer.line(
                    Colour.BAD, Text.oneLine(node.asString("") + " has not come back since the control plane started"));
        }
        printRefusedJoins(status.path("refusedJoins"));
    }

    private void printRefusedJoins(JsonNode refused) {
        if (refused.isEmpty()) {
            return;
        }
        Table table = new Table("NOT LET IN", "LAST", "TIMES", "WHY");
        for (JsonNode each : refused) {
            table.row(
                    each.path("identity").asString(""),
                    toTheSecond(each.path("last").asString("")),
                    each.path("count").asLong(0),
                    each.path("reason").asString(""));
        }
        printer.line("");
        printer.table(table, "");
    }

    private static String toTheSecond(String instant) {
        try {
            return Instant.parse(instant).truncatedTo(ChronoUnit.SECONDS).toString();
        } catch (DateTimeParseException e) {
            return instant;
        }
    }
}
