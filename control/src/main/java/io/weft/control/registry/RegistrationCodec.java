package io.weft.control.registry;

import io.weft.api.v1.OfferedService;
import io.weft.api.v1.WorkloadRegistration;
import io.weft.resource.model.ApplicationProtocol;
import io.weft.resource.model.Locality;
import java.util.List;

/** Between the registration protocol and {@link Instance}. */
final class RegistrationCodec {
    private RegistrationCodec() {}

    /** @throws IllegalArgumentException with the field and what was expected */
    static Instance read(WorkloadRegistration workload) {
        List<Offer> offers =
                workload.getServicesList().stream().map(RegistrationCodec::read).toList();
        var locality = workload.getLocality();
        return new Instance(
                new Instance.Key(workload.getNodeId(), workload.getNamespace(), workload.getName()),
                workload.getServiceAccount(),
                workload.getLabelsMap(),
                workload.getAddress(),
                workload.getInboundPort(),
                new Locality(locality.getRegion(), locality.getZone(), locality.getSubZone()),
                offers,
                workload.getDraining());
    }

    private static Offer read(OfferedService service) {
        ApplicationProtocol protocol = ApplicationProtocol.ofWireName(service.getProtocol())
                .orElseThrow(() -> new IllegalArgumentException("protocol \"" + service.getProtocol() + "\" of service "
                        + service.getName() + ": expected http, http2, grpc, tcp or nothing"));
        return new Offer(
                service.getName(),
                service.getPort(),
                service.getApplicationPort(),
                protocol,
                service.getHealth() == OfferedService.Health.HEALTHY);
    }

    static WorkloadRegistration write(Instance instance) {
        WorkloadRegistration.Builder workload = WorkloadRegistration.newBuilder()
                .setNodeId(instance.key().nodeId())
                .setNamespace(instance.namespace())
                .setName(instance.workload())
                .setServiceAccount(instance.serviceAccount())
                .putAllLabels(instance.labels())
                .setAddress(instance.address())
                .setInboundPort(instance.inboundPort())
                .setDraining(instance.draining());
        workload.getLocalityBuilder()
                .setRegion(instance.locality().region())
                .setZone(instance.locality().zone())
                .setSubZone(instance.locality().subZone());
        for (Offer offer : instance.offers()) {
            workload.addServices(OfferedService.newBuilder()
                    .setName(offer.service())
                    .setPort(offer.servicePort())
                    .setApplicationPort(offer.applicationPort())
                    .setProtocol(offer.protocol().wireName())
                    .setHealth(offer.healthy() ? OfferedService.Health.HEALTHY : OfferedService.Health.UNHEALTHY));
        }
        return workload.build();
    }
}
