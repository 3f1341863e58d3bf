package io.weft.tests.faults.instance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A host beside this one, as far as the network is concerned: a network namespace that a pair of virtual interfaces connects. It can be cut off, so that
 * nothing that is sent there is answered, not even by a reset. Needs root.
 */
final class OtherHost implements AutoCloseable {
    private final String name = "weft" + ProcessHandle.current().pid();
    private final String subnet = "10.231." + ProcessHandle.current().pid() % 250 + ".";

    static boolean isPossible() {
        return "root".equals(System.getProperty("user.name")) && run(List.of("ip", "netns", "list")).code == 0;
    }

    OtherHost() {
        must("ip", "netns", "add", name);
        must("ip", "link", "add", near(), "type", "veth", "peer", "name", "eth0", "netns", name);
        must("ip", "addr", "add", nearAddress() + "/30", "dev", near());
        must("ip", "link", "set", near(), "up");
        must("ip", "-n", name, "addr", "add", address() + "/30", "dev", "eth0");
        must("ip", "-n", name, "link", "set", "lo", "up");
        must("ip", "-n", name, "link", "set", "eth0", "up");
    }

    private String near() {
        return "wv" + ProcessHandle.current().pid();
    }

    /** Of this host, as the other one sees it. */
    String nearAddress() {
        return subnet + "1";
    }

    String address() {
        return subnet + "2";
    }

    /** Stands before a command that is to run there. */
    String[] prefix() {
        return new String[] {"ip", "netns", "exec", name};
    }

    void cutOff() {
        must("ip", "-n", name, "link", "set", "eth0", "down");
    }

    void connect() {
        must("ip", "-n", name, "link", "set", "eth0", "up");
    }

    /** What runs there must have ended. */
    @Override
    public void close() {
        must("ip", "netns", "del", name);
    }

    private record Outcome(int code, String text) {}

    private static void must(String... command) {
        Outcome outcome = run(List.of(command));
        assertThat(outcome.code)
                .as(String.join(" ", command) + ": " + outcome.text)
                .isZero();
    }

    private static Outcome run(List<String> command) {
        try {
            Process process =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            return new Outcome(process.waitFor(10, TimeUnit.SECONDS) ? process.exitValue() : -1, text);
        } catch (IOException e) {
            return new Outcome(-1, String.valueOf(e.getMessage()));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }
}
