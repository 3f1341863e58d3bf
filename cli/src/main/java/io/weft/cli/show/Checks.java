package io.weft.cli.show;

import io.weft.cli.failure.CommandFailedException;
import io.weft.cli.rest.ControlPlane;
import io.weft.cli.rest.ServerOptions;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/** What {@code weft check} looks at. */
final class Checks {
    private static final int JAVA = 25;
    private static final Duration CLOCK_TOLERANCE = Duration.ofSeconds(30);
    private static final Instant BUILT_AFTER = Instant.parse("2026-01-01T00:00:00Z");

    private final ServerOptions server;

    Checks(ServerOptions server) {
        this.server = server;
    }

    List<Finding> all() {
        List<Finding> findings = new ArrayList<>();
        findings.add(java());
        boolean reachable = false;
        try (ControlPlane plane = server.connect()) {
            Instant before = Instant.now();
            JsonNode about = plane.get("/version", Map.of());
            reachable = true;
            findings.add(Finding.good(
                    "control plane",
                    about.path("version").asString("?") + " of "
                            + about.path("trustDomain").asString("?") + " answers at " + plane.base()));
            findings.add(store(plane));
            findings.add(clock(plane, before));
            findings.addAll(proxies(plane));
            findings.addAll(certificates(plane));
        } catch (CommandFailedException e) {
            findings.add(Finding.wrong(
                    "control plane",
                    String.join("; ", e.lines()),
                    "start one with 'weft server', or name its state directory with --state-dir"));
        }
        if (!reachable) {
            findings.addAll(localProxies());
            findings.addAll(ports());
        }
        return findings;
    }

    private static Finding java() {
        int feature = Runtime.version().feature();
        return feature >= JAVA
                ? Finding.good("Java", Runtime.version().toString())
                : Finding.wrong("Java", "version " + feature, "use Java " + JAVA + ": the distribution brings its own");
    }

    /** Without a control plane there is something to be started: what its ports are held by matters. */
    private static List<Finding> ports() {
        Map<Integer, String> ports = new LinkedHashMap<>();
        ports.put(9900, "REST; choose another with 'weft server --rest-port'");
        ports.put(15010, "xDS and CA; choose another with 'weft server --listen'");
        ports.put(15014, "metrics; choose another with 'weft server --metrics-port'");
        List<Finding> findings = new ArrayList<>();
        ports.forEach((port, purpose) -> {
            String[] words = purpose.split("; ", 2);
            try (ServerSocket socket = new ServerSocket()) {
                socket.setReuseAddress(true);
                socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
                findings.add(Finding.good("port " + port, "free for " + words[0]));
            } catch (IOException e) {
                findings.add(Finding.wrong(
                        "port " + port, "another program listens on it, " + words[0] + " needs it", words[1]));
            }
        });
        return findings;
    }

    /** Certificates are believed by the clock: of this host, and of the control plane's. */
    private static Finding clock(ControlPlane plane, Instant before) throws CommandFailedException {
        if (before.isBefore(BUILT_AFTER)) {
            return Finding.wrong("clock", "it is " + before + " here", "set the clock: certificates depend on it");
        }
        Instant there = plane.clock();
        Duration apart = Duration.between(Instant.now(), there).abs();
        return apart.compareTo(CLOCK_TOLERANCE) <= 0
                ? Finding.good("clock", "agrees with the control plane's")
                : Finding.wrong(
                        "clock",
                        apart.toSeconds() + " s apart from the control plane's",
                        "synchronize both (NTP): certificates are believed for 60 s beyond their life only");
    }

    private static List<Finding> proxies(ControlPlane plane) throws CommandFailedException {
        JsonNode status = plane.get("/status", Map.of());
        List<Finding> findings = new ArrayList<>();
        int synced = 0;
        for (JsonNode proxy : status.path("proxies")) {
            String id = proxy.path("id").asString("");
            switch (proxy.path("state").asString("")) {
                case "synced" -> synced++;
                case "rejected" ->
                    findings.add(Finding.wrong(
                            "proxy " + id,
                            "refused "
                                    + proxy.path("rejections")
                                            .path(0)
                                            .path("name")
                                            .asString("") + ": "
                                    + proxy.path("rejections")
                                            .path(0)
                                            .path("reason")
                                            .asString(""),
                            "correct the resource that it is made from: 'weft status' lists all refusals"));
                default ->
                    findings.add(Finding.doubtful(
                            "proxy " + id,
                            "still runs revision " + proxy.path("revision").asLong(0),
                            "look again in some seconds; if it stays so, look at the proxy's log"));
            }
        }
        findings.addFirst(Finding.good("proxies", synced + " run the newest configuration"));
        return findings;
    }

    private static List<Finding> certificates(ControlPlane plane) throws CommandFailedException {
        List<Finding> findings = new ArrayList<>();
        int well = 0;
        Instant now = Instant.now();
        for (JsonNode proxy : plane.get("/certs", Map.of()).path("proxies")) {
            String name = "certificate of " + proxy.path("proxy").asString("");
            CertificateView certificate = CertificateView.of(proxy.path("certs"));
            String error = proxy.path("error").asString("");
            if (!error.isEmpty()) {
                findings.add(Finding.doubtful(name, error, "see whether the proxy is overloaded, or just ended"));
            } else if (certificate.hasEnded(now)) {
                findings.add(Finding.wrong(
                        name,
                        certificate.state(now),
                        "give the proxy a join token (weft token create) and start it again"));
            } else if (certificate.isNotRenewed()) {
                findings.add(Finding.doubtful(
                        name,
                        certificate.state(now) + ": " + certificate.trouble(),
                        "see the control plane's log; the proxy goes on trying"));
            } else {
                well++;
            }
        }
        findings.addFirst(Finding.good("certificates", well + " are valid and being renewed"));
        return findings;
    }

    /** What the control plane says of its own disk. */
    private static Finding store(ControlPlane plane) throws CommandFailedException {
        String trouble = plane.get("/health", Map.of()).path("trouble").asString("");
        return trouble.isEmpty()
                ? Finding.good("store", "takes changes")
                : Finding.wrong("store", trouble, "changes are taken again as soon as it can be written; no restart");
    }

    /** Without a control plane, nothing is renewed: each certificate's end is a deadline. */
    private static List<Finding> localProxies() {
        Instant now = Instant.now();
        List<Finding> findings = new ArrayList<>();
        for (LocalProxies.Found proxy : LocalProxies.find()) {
            String name = "certificate of " + proxy.id();
            String state = proxy.certificate().state(now);
            findings.add(
                    proxy.certificate().hasEnded(now)
                            ? Finding.wrong(
                                    name, state, "start the control plane: open connections live, new ones are refused")
                            : Finding.doubtful(name, state, "start the control plane before: nothing renews it now"));
        }
        return findings;
    }
}
