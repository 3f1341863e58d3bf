package io.weft.proxy;

import io.weft.proxy.Drain.Phase;
import io.weft.proxy.Drain.Status;
import io.weft.proxy.admin.AdminServer.Answer;
import java.time.Duration;
import java.util.Locale;

/** How a drain stands, for operators and for {@code weft run}. */
final class DrainPage {
    private static final String WAIT = "wait=";
    private static final int MAX_WAIT_SECONDS = 3_600;

    private final Drain drain;

    DrainPage(Drain drain) {
        this.drain = drain;
    }

    boolean isDraining() {
        return drain.status().phase() != Phase.SERVING;
    }

    Answer status() {
        return Answer.json(json(drain.status()));
    }

    /** The process goes on: its application may still send requests. {@code wait=SECONDS} waits for the end of others' requests. */
    Answer begin(String query) {
        long seconds = 0;
        try {
            if (!query.isEmpty()) {
                seconds = Long.parseLong(query.startsWith(WAIT) ? query.substring(WAIT.length()) : "");
            }
        } catch (NumberFormatException e) {
            seconds = -1;
        }
        if (seconds < 0 || seconds > MAX_WAIT_SECONDS) {
            return Answer.text(
                    400, "query \"" + query + "\": expected nothing, or wait=SECONDS, 0 to " + MAX_WAIT_SECONDS + "\n");
        }
        drain.begin();
        try {
            drain.await(Duration.ofSeconds(seconds));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return status();
    }

    String metrics() {
        return metrics(drain.status());
    }

    private static String json(Status status) {
        StringBuilder text = new StringBuilder("{\"phase\":\"").append(name(status.phase()));
        text.append("\",\"unconfirmed\":\"").append(escaped(status.unconfirmed()));
        text.append("\",\"cut\":").append(status.cut());
        text.append(",\"millis\":{");
        String comma = "";
        for (Phase phase : Phase.values()) {
            Long millis = status.millis().get(phase);
            if (millis != null) {
                text.append(comma).append('"').append(name(phase)).append("\":").append(millis);
                comma = ",";
            }
        }
        return text.append("}}\n").toString();
    }

    private static String metrics(Status status) {
        StringBuilder text = new StringBuilder();
        head(
                text,
                "weft_drain_phase",
                "gauge",
                "1 for the phase that the proxy is in: it serves, or on its way to its end.");
        for (Phase phase : Phase.values()) {
            sample(text, "weft_drain_phase{phase=\"" + name(phase) + "\"}", phase == status.phase() ? "1" : "0");
        }
        head(text, "weft_drain_phase_seconds", "gauge", "How long each phase of the drain took that is over.");
        for (Phase phase : Phase.values()) {
            Long millis = status.millis().get(phase);
            if (millis != null) {
                sample(
                        text,
                        "weft_drain_phase_seconds{phase=\"" + name(phase) + "\"}",
                        Double.toString(millis / 1000.0));
            }
        }
        head(
                text,
                "weft_drain_unconfirmed",
                "gauge",
                "1 where not every proxy has acknowledged that this one's instances are withdrawn.");
        sample(text, "weft_drain_unconfirmed", status.unconfirmed().isEmpty() ? "0" : "1");
        head(text, "weft_drain_cut_total", "counter", "Requests that had not ended at the drain's bound.");
        sample(text, "weft_drain_cut_total", Long.toString(status.cut()));
        return text.toString();
    }

    private static String name(Phase phase) {
        return phase.name().toLowerCase(Locale.ROOT);
    }

    private static void head(StringBuilder text, String name, String type, String help) {
        text.append("# HELP ").append(name).append(' ').append(help).append('\n');
        text.append("# TYPE ").append(name).append(' ').append(type).append('\n');
    }

    private static void sample(StringBuilder text, String series, String value) {
        text.append(series).append(' ').append(value).append('\n');
    }

    private static String escaped(String sentence) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < sentence.length(); i++) {
            char c = sentence.charAt(i);
            if (c == '"' || c == '\\') {
                text.append('\\').append(c);
            } else {
                text.append(c < ' ' ? ' ' : c);
            }
        }
        return text.toString();
    }
}
