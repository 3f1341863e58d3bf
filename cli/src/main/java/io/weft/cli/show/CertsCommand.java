package io.weft.cli.show;

import io.weft.cli.failure.CommandFailedException;
import io.weft.cli.output.Printer;
import io.weft.cli.output.Table;
import io.weft.cli.rest.ControlPlane;
import io.weft.cli.rest.ServerOptions;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import tools.jackson.databind.JsonNode;

/** {@code weft certs}. */
@Command(
        name = "certs",
        mixinStandardHelpOptions = true,
        description =
                "Shows the certificates that the proxies hold, how their renewal fares, and by which groups connections exchanged keys.")
public final class CertsCommand implements Callable<Integer> {
    @Mixin
    private ServerOptions server = new ServerOptions();

    @Mixin
    private Printer printer = new Printer();

    @Override
    public Integer call() throws CommandFailedException {
        try (ControlPlane plane = server.connect()) {
            JsonNode found = plane.get("/certs", Map.of());
            if (!printer.data(found)) {
                printer.table(table(found.path("proxies")), "no proxy is connected");
            }
            return 0;
        }
    }

    private static Table table(JsonNode proxies) {
        Instant now = Instant.now();
        Table table = new Table(
                "PROXY",
                "IDENTITY",
                "SERIAL",
                "FROM",
                "UNTIL",
                "STATE",
                "RENEWS",
                "RENEWALS",
                "KEY EXCHANGE",
                "TROUBLE");
        for (JsonNode proxy : proxies) {
            CertificateView certificate = CertificateView.of(proxy.path("certs"));
            if (!certificate.end().isEmpty()) {
                table.row(
                        proxy.path("proxy").asString(""),
                        certificate.identity(),
                        certificate.serial(),
                        certificate.begin(),
                        certificate.end(),
                        certificate.state(now),
                        certificate.renewsAt(),
                        certificate.renewals(),
                        KeyExchanges.of(proxy.path("certs")),
                        certificate.trouble());
            }
            String error = proxy.path("error").asString("");
            if (!error.isEmpty()) {
                table.row(proxy.path("proxy").asString(""), "", "", "", "", "", "", "", "", error);
            }
        }
        return table;
    }
}
