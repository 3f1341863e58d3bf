package io.weft.proxy.ads;

import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How the discovered configuration stands.
 *
 * @param ready whether a whole one was published, from the control plane or from disk
 * @param revision the revision published last; 0: none, or from disk, or the control plane has no revisions
 * @param lastNack what was refused last; null: nothing
 * @param refusals how many responses were refused since the start, by the kind of their resources
 * @param absences what active resources refer to and is not there, in words
 */
public record AssemblyState(
        boolean ready, long revision, @Nullable Nack lastNack, Map<String, Long> refusals, List<String> absences) {
    static final AssemblyState NONE = new AssemblyState(false, 0, null, Map.of(), List.of());

    public AssemblyState {
        refusals = Map.copyOf(refusals);
        absences = List.copyOf(absences);
    }

    /** A refusal. */
    public record Nack(String typeUrl, String reason, Instant time) {}

    AssemblyState published(long newRevision, boolean nowReady) {
        return new AssemblyState(ready || nowReady, newRevision, lastNack, refusals, absences);
    }

    AssemblyState withNack(Nack nack) {
        Map<String, Long> counted = new HashMap<>(refusals);
        counted.merge(kind(nack.typeUrl()), 1L, Long::sum);
        return new AssemblyState(ready, revision, nack, counted, absences);
    }

    AssemblyState withAbsences(List<String> newAbsences) {
        return new AssemblyState(ready, revision, lastNack, refusals, newAbsences);
    }

    /** A few words, whatever the control plane sends. */
    private static String kind(String typeUrl) {
        return ResourceKind.of(typeUrl)
                .map(ResourceKind::noun)
                .orElse(typeUrl.equals(Assembler.REVISION_TYPE) ? "revision" : "other");
    }
}
