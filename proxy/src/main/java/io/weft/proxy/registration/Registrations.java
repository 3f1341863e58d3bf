package io.weft.proxy.registration;

import io.weft.api.v1.Locality;
import io.weft.api.v1.OfferedService;
import io.weft.api.v1.WorkloadRegistration;
import java.util.function.Predicate;

/** Writes offers as the registration protocol has them. */
final class Registrations {
    private Registrations() {}

    static WorkloadRegistration write(WorkloadOffer workload, boolean draining, Predicate<ServiceOffer> isHealthy) {
        WorkloadRegistration.Builder registration = WorkloadRegistration.newBuilder()
                .setNodeId(workload.nodeId())
                .setNamespace(workload.namespace())
                .setName(workload.name())
                .setServiceAccount(workload.serviceAccount())
                .putAllLabels(workload.labels())
                .setAddress(workload.address())
                .setInboundPort(workload.inboundPort())
                .setDraining(draining)
                .setLocality(Locality.newBuilder()
                        .setRegion(workload.locality().region())
                        .setZone(workload.locality().zone())
                        .setSubZone(workload.locality().subZone()));
        for (ServiceOffer service : workload.services()) {
            registration.addServices(OfferedService.newBuilder()
                    .setName(service.service())
                    .setPort(service.port())
                    .setApplicationPort(service.applicationPort())
                    .setProtocol(service.protocol())
                    .setHealth(
                            isHealthy.test(service) ? OfferedService.Health.HEALTHY : OfferedService.Health.UNHEALTHY));
        }
        return registration.build();
    }
}
