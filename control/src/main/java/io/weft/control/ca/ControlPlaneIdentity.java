package io.weft.control.ca;

import io.weft.core.identity.SpiffeId;
import io.weft.core.identity.WorkloadIdentity;
import io.weft.core.identity.X509Svid;
import io.weft.core.lifecycle.Component;
import io.weft.core.time.Scheduler;
import io.weft.core.watch.Watched;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The control plane's own SVID, made by its own authority and renewed at 70% of its life. */
public final class ControlPlaneIdentity implements Component {
    private static final Logger LOG = LoggerFactory.getLogger(ControlPlaneIdentity.class);
    private static final String NAMESPACE = "weft-system";
    private static final String SERVICE_ACCOUNT = "control-plane";
    private static final Duration RETRY = Duration.ofSeconds(1);

    private final CertificateAuthority authority;
    private final Scheduler scheduler;
    private final InstantSource clock;
    private final Watched<WorkloadIdentity> identity;
    private Scheduler.@Nullable Cancellable renewal;
    private boolean stopped;

    /** Issues the first SVID at once. */
    public ControlPlaneIdentity(CertificateAuthority authority, Scheduler scheduler, InstantSource clock)
            throws CertificateAuthorityException {
        this.authority = authority;
        this.scheduler = scheduler;
        this.clock = clock;
        this.identity = new Watched<>(issue());
    }

    public Watched<WorkloadIdentity> identity() {
        return identity;
    }

    private WorkloadIdentity issue() throws CertificateAuthorityException {
        SpiffeId id = SpiffeId.ofServiceAccount(authority.trustDomain(), NAMESPACE, SERVICE_ACCOUNT);
        return authority.issue(id, Duration.ZERO);
    }

    @Override
    public String name() {
        return "control plane identity";
    }

    @Override
    public synchronized void start() {
        scheduleRenewal();
    }

    @Override
    public synchronized void stop() {
        stopped = true;
        if (renewal != null) {
            renewal.cancel();
        }
    }

    private synchronized void scheduleRenewal() {
        if (!stopped) {
            X509Svid svid = identity.get().svid();
            Instant at = svid.issuedAt().plus(svid.life().multipliedBy(7).dividedBy(10));
            renewal = scheduler.schedule(Duration.between(clock.instant(), at), this::renew);
        }
    }

    private void renew() {
        try {
            identity.set(issue());
            scheduleRenewal();
        } catch (CertificateAuthorityException e) {
            LOG.error("the control plane's own certificate cannot be renewed: {}", e.getMessage());
            retry();
        }
    }

    private synchronized void retry() {
        if (!stopped) {
            renewal = scheduler.schedule(RETRY, this::renew);
        }
    }
}
