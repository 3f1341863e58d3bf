package io.weft.proxy;

import io.weft.proxy.ads.AdsClient;
import io.weft.proxy.ads.Assembler;
import io.weft.proxy.identity.SvidManager;
import java.security.cert.X509Certificate;
import java.util.Comparator;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** How this proxy stands with its control plane, as metrics: whether it is there, and when what it gave ends. */
final class ControlPlaneText {
    private final @Nullable AdsClient ads;
    private final @Nullable Assembler assembler;
    private final @Nullable SvidManager svids;

    /**
     * @param ads null: the configuration is not discovered
     * @param assembler null, too
     * @param svids null: the proxy has no identity
     */
    ControlPlaneText(@Nullable AdsClient ads, @Nullable Assembler assembler, @Nullable SvidManager svids) {
        this.ads = ads;
        this.assembler = assembler;
        this.svids = svids;
    }

    /** Prometheus' text format. */
    String metrics() {
        StringBuilder text = new StringBuilder();
        if (ads != null) {
            head(text, "weft_control_plane_connected", "gauge", "1 while the control plane gives configuration.");
            line(text, "weft_control_plane_connected", ads.status().get().connected() ? 1 : 0);
        }
        if (assembler != null) {
            head(
                    text,
                    "weft_config_refusals_total",
                    "counter",
                    "Responses of the control plane that were refused, by what they held.");
            new TreeMap<>(assembler.state().get().refusals())
                    .forEach((kind, count) -> line(text, "weft_config_refusals_total{kind=\"" + kind + "\"}", count));
        }
        if (svids != null) {
            svids.identity().get().bundle().roots().stream()
                    .map(X509Certificate::getNotAfter)
                    .max(Comparator.naturalOrder())
                    .ifPresent(end -> {
                        head(
                                text,
                                "weft_root_expiry_timestamp_seconds",
                                "gauge",
                                "When the root that is believed longest ends, seconds since 1970.");
                        line(
                                text,
                                "weft_root_expiry_timestamp_seconds",
                                end.toInstant().getEpochSecond());
                    });
        }
        return text.toString();
    }

    private static void head(StringBuilder text, String name, String type, String help) {
        text.append("# HELP ").append(name).append(' ').append(help).append('\n');
        text.append("# TYPE ").append(name).append(' ').append(type).append('\n');
    }

    private static void line(StringBuilder text, String series, long value) {
        text.append(series).append(' ').append(value).append('\n');
    }
}
