package io.weft.control.translate;

import io.weft.control.ir.MeshService;
import io.weft.control.registry.Offer;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Which of a workload's ports serves a service's port. A workload serves what it names itself, and what selects it by its labels. An
 * inbound proxy opens only ports that its workload declared, so a selected workload serves with one of those.
 */
final class Offers {
    private Offers() {}

    static Optional<Offer> serving(
            MeshService service, MeshService.Port port, Map<String, String> labels, List<Offer> offers) {
        Optional<Offer> named = offers.stream()
                .filter(offer -> offer.service().equals(service.name().name()) && offer.servicePort() == port.number())
                .findFirst();
        boolean selected = !service.selector().isEmpty()
                && labels.entrySet().containsAll(service.selector().entrySet());
        return named.isPresent() || !selected ? named : selectedPort(port, offers);
    }

    /** The port that {@code targetPort} gives; where a process has ports of its own choice, the one that stands for the same number. */
    private static Optional<Offer> selectedPort(MeshService.Port port, List<Offer> offers) {
        Optional<Offer> byTarget = offers.stream()
                .filter(offer -> offer.applicationPort() == port.targetPort())
                .findFirst();
        if (byTarget.isPresent()) {
            return byTarget;
        }
        Optional<Offer> byNumber = offers.stream()
                .filter(offer -> offer.servicePort() == port.targetPort() || offer.servicePort() == port.number())
                .findFirst();
        boolean single = offers.stream().map(Offer::applicationPort).distinct().count() == 1;
        return byNumber.isPresent() || !single ? byNumber : Optional.of(offers.getFirst());
    }
}
