package io.weft.proxy.ads;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How the discovered configuration stands.
 *
 * @param ready whether a whole one was published, from the control plane or from disk
 * @param revision the revision published last; 0: none, or from disk, or the control plane has no revisions
 * @param lastNack what was refused last; null: nothing
 * @param absences what active resources refer to and is not there, in words
 */
public record AssemblyState(
        boolean ready, long revision, @Nullable Nack lastNack, List<String> absences) {
    static final AssemblyState NONE = new AssemblyState(false, 0, null, List.of());

    public AssemblyState {
        absences = List.copyOf(absences);
    }

    /** A refusal. */
    public record Nack(String typeUrl, String reason, Instant time) {}

    AssemblyState published(long newRevision, boolean nowReady) {
        return new AssemblyState(ready || nowReady, newRevision, lastNack, absences);
    }

    AssemblyState withNack(Nack nack) {
        return new AssemblyState(ready, revision, nack, absences);
    }

    AssemblyState withAbsences(List<String> newAbsences) {
        return new AssemblyState(ready, revision, lastNack, newAbsences);
    }
}
