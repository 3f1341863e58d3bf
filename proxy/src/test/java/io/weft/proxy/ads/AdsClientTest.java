package io.weft.proxy.ads;

import static io.weft.proxy.ads.FakeControlPlane.resource;
import static io.weft.proxy.ads.TestResources.edsCluster;
import static io.weft.proxy.ads.TestResources.endpoints;
import static io.weft.proxy.ads.TestResources.listener;
import static io.weft.proxy.ads.TestResources.routes;
import static io.weft.proxy.ads.TestResources.staticCluster;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.Duration;
import com.google.rpc.Code;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import io.envoyproxy.envoy.config.core.v3.ControlPlane;
import io.envoyproxy.envoy.config.core.v3.TrafficDirection;
import io.envoyproxy.envoy.config.listener.v3.Listener;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryResponse;
import io.weft.api.v1.Revision;
import io.weft.engine.snapshot.ConfigSnapshot;
import io.weft.engine.xds.ResourceType;
import io.weft.proxy.bootstrap.BootstrapReader;
import io.weft.proxy.grpc.TestChannel;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AdsClientTest {
    private static final String CDS = ResourceKind.CLUSTER.typeUrl();
    private static final String EDS = ResourceKind.ENDPOINTS.typeUrl();
    private static final String LDS = ResourceKind.LISTENER.typeUrl();
    private static final String RDS = ResourceKind.ROUTES.typeUrl();
    private static final java.time.Duration LONG = java.time.Duration.ofMinutes(1);

    @TempDir
    private Path directory;

    private final FakeControlPlane plane = new FakeControlPlane();
    private final TestChannel channel = new TestChannel(plane.port());
    private final List<TestProxy> proxies = new ArrayList<>();

    AdsClientTest() throws IOException {}

    @AfterEach
    void end() {
        proxies.forEach(TestProxy::close);
        channel.close();
        plane.close();
    }

    @Test
    void listenersAndClustersAreSubscribedToAsAWholeAndTheNodeIsToldOnce() {
        start(LONG);
        await().until(() -> plane.requests.size() >= 3);
        assertThat(plane.requests)
                .extracting(DeltaDiscoveryRequest::getTypeUrl)
                .containsExactly(CDS, LDS, Assembler.REVISION_TYPE);
        assertThat(plane.first(CDS).getNode().getId()).isEqualTo("node-1");
        assertThat(plane.first(CDS).getNode().getUserAgentName()).isEqualTo("weft");
        assertThat(plane.first(CDS).getResourceNamesSubscribeList()).isEmpty();
        assertThat(plane.first(LDS).hasNode()).isFalse();
        assertThat(plane.first(Assembler.REVISION_TYPE).getResourceNamesSubscribeList())
                .containsExactly("revision");
    }

    @Test
    void withoutRevisionsEachThingBecomesActiveAsItWarms() {
        TestProxy proxy = start(LONG);
        plane.send(CDS, resource("c", "1", edsCluster("c", 1)));
        String nonce = plane.send(LDS, resource("l", "1", listener("l", "r")));
        assertThat(plane.answer(nonce).hasErrorDetail()).isFalse();
        await().until(() -> plane.isSubscribed(EDS, "eds-c") && plane.isSubscribed(RDS, "r"));
        assertThat(proxy.snapshot().clusters()).isEmpty();

        plane.send(EDS, resource("eds-c", "1", endpoints("eds-c", 8080)));
        await().until(() -> proxy.snapshot().clusters().containsKey("c"));
        assertThat(proxy.directory.of("eds-c").get().localities()).hasSize(1);
        assertThat(proxy.snapshot().listeners()).isEmpty();
        assertThat(proxy.state().ready()).isFalse();

        plane.send(RDS, resource("r", "1", routes("r", "c")));
        await().until(() -> proxy.snapshot().listeners().containsKey("l"));
        assertThat(proxy.snapshot().routes()).containsOnlyKeys("r");
        await().until(() -> proxy.state().ready());
    }

    @Test
    void aRemovedClusterStaysWhileRoutesReferToIt() {
        TestProxy proxy = startWarm();
        plane.send(removal(CDS, "c"));
        plane.send(RDS, resource("r", "2", routes("r", "c")));
        String nonce = plane.send(CDS, resource("d", "1", edsCluster("d", 1)));
        plane.answer(nonce);
        assertThat(proxy.snapshot().clusters()).containsKey("c");
        plane.send(EDS, resource("eds-d", "1", endpoints("eds-d", 1)));
        plane.send(RDS, resource("r", "3", routes("r", "d")));
        await().until(() -> proxy.snapshot().clusters().keySet().equals(Set.of("d")));
        await().until(() -> plane.requests.stream()
                .anyMatch(request -> request.getResourceNamesUnsubscribeList().contains("eds-c")));
    }

    @Test
    void newEndpointsGoToTheDirectoryWithoutANewSnapshot() {
        TestProxy proxy = startWarm();
        ConfigSnapshot before = proxy.snapshot();
        plane.send(EDS, resource("eds-c", "2", endpoints("eds-c", 1, 2)));
        await().until(() -> proxy.directory
                        .of("eds-c")
                        .get()
                        .localities()
                        .getFirst()
                        .endpoints()
                        .size()
                == 2);
        assertThat(proxy.snapshot()).isSameAs(before);
    }

    @Test
    void aBadResourceIsRefusedWithAllItsErrorsAndTheLastGoodOneStays() {
        TestProxy proxy = startWarm();
        Cluster bad = edsCluster("c", 1).toBuilder()
                .setConnectTimeout(Duration.newBuilder().setSeconds(-1))
                .setEdsClusterConfig(Cluster.EdsClusterConfig.getDefaultInstance())
                .build();
        String nonce = plane.send(
                CDS, resource("c", "2", bad), resource("d", "1", staticCluster("d")), resource("e", "1", bad));
        DeltaDiscoveryRequest answer = plane.answer(nonce);
        assertThat(answer.getErrorDetail().getCode()).isEqualTo(Code.INVALID_ARGUMENT_VALUE);
        assertThat(answer.getErrorDetail().getMessage())
                .contains("cluster c: connect_timeout")
                .contains("cluster c: eds_cluster_config.eds_config")
                .contains("cluster e: connect_timeout");
        assertThat(proxy.state().lastNack()).isNotNull();
        assertThat(proxy.state().refusals()).isEqualTo(Map.of("cluster", 1L));
        await().until(() -> proxy.snapshot().clusters().containsKey("d"));
        assertThat(proxy.snapshot().clusters().get("c")).isNotNull();
        assertThat(proxy.snapshot().clusters()).doesNotContainKey("e");
    }

    @Test
    void aReconnectTellsTheVersionsThatAreHeld() throws Exception {
        startWarm();
        int port = plane.port();
        plane.breakOff();
        plane.requests.clear();
        plane.returnOn(port);
        assertThat(plane.first(CDS).getInitialResourceVersionsMap()).isEqualTo(Map.of("c", "1"));
        assertThat(plane.first(EDS).getInitialResourceVersionsMap()).isEqualTo(Map.of("eds-c", "1"));
        assertThat(plane.first(EDS).getResourceNamesSubscribeList()).containsExactly("eds-c");
        assertThat(plane.first(LDS).getInitialResourceVersionsMap()).isEqualTo(Map.of("l", "1"));
        assertThat(plane.first(RDS).getInitialResourceVersionsMap()).isEqualTo(Map.of("r", "1"));
        assertThat(plane.first(Assembler.REVISION_TYPE).getInitialResourceVersionsMap())
                .isEmpty();
    }

    @Test
    void aRevisionIsPublishedWholeAndAcknowledgedThen() {
        TestProxy proxy = start(LONG);
        List<ConfigSnapshot> seen = new CopyOnWriteArrayList<>();
        proxy.published.watch(Runnable::run, seen::add);
        fromWeft(CDS, resource("c", "1", edsCluster("c", 1)));
        plane.send(LDS, resource("l", "1", listener("l", "r")));
        String nonce = revision(7, entry(CDS, "c", "1"), entry(LDS, "l", "1"));
        await().until(() -> plane.isSubscribed(EDS, "eds-c") && plane.isSubscribed(RDS, "r"));
        plane.answer(plane.send(RDS, resource("r", "1", routes("r", "c"))));
        assertThat(plane.hasAnswer(nonce)).isFalse();
        assertThat(proxy.snapshot()).isEqualTo(ConfigSnapshot.EMPTY);

        plane.send(EDS, resource("eds-c", "1", endpoints("eds-c", 1)));
        assertThat(plane.answer(nonce).hasErrorDetail()).isFalse();
        assertThat(seen).hasSize(2);
        assertThat(proxy.snapshot().revision()).isEqualTo(7);
        assertThat(proxy.snapshot().listeners()).containsOnlyKeys("l");
        assertThat(proxy.snapshot().routes()).containsOnlyKeys("r");
        assertThat(proxy.snapshot().clusters()).containsOnlyKeys("c");
        assertThat(proxy.state().ready()).isTrue();
    }

    @Test
    void whatComesBeforeItsRevisionIsNotPublished() {
        TestProxy proxy = startWithRevision();
        plane.answer(plane.send(CDS, resource("d", "1", staticCluster("d"))));
        plane.answer(plane.send(removal(CDS, "c")));
        plane.answer(plane.send(RDS, resource("r", "2", routes("r", "d"))));
        assertThat(proxy.snapshot().revision()).isEqualTo(1);
        assertThat(proxy.snapshot().clusters()).containsOnlyKeys("c");

        String nonce = revision(2, entry(CDS, "d", "1"), entry(LDS, "l", "1"), entry(RDS, "r", "2"));
        assertThat(plane.answer(nonce).hasErrorDetail()).isFalse();
        assertThat(proxy.snapshot().revision()).isEqualTo(2);
        assertThat(proxy.snapshot().clusters()).containsOnlyKeys("d");
    }

    @Test
    void aRevisionWithARefusedResourceIsRefusedAndNothingChanges() {
        TestProxy proxy = startWithRevision();
        ConfigSnapshot before = proxy.snapshot();
        Cluster bad = edsCluster("c", 1).toBuilder()
                .setConnectTimeout(Duration.newBuilder().setSeconds(-1))
                .build();
        plane.send(CDS, resource("c", "2", bad), resource("d", "1", staticCluster("d")));
        String nonce = revision(2, entry(CDS, "c", "2"), entry(CDS, "d", "1"), entry(LDS, "l", "1"));
        assertThat(plane.answer(nonce).getErrorDetail().getMessage())
                .startsWith("revision 2 is not published, since it holds what was refused: cluster c: connect_timeout");
        assertThat(proxy.snapshot()).isSameAs(before);

        plane.send(CDS, resource("c", "3", staticCluster("c")));
        String next = revision(3, entry(CDS, "c", "3"), entry(CDS, "d", "1"), entry(LDS, "l", "1"));
        assertThat(plane.answer(next).hasErrorDetail()).isFalse();
        assertThat(proxy.snapshot().revision()).isEqualTo(3);
    }

    @Test
    void aNewerRevisionSubsumesOneThatWaits() {
        TestProxy proxy = startWithRevision();
        String older = revision(2, entry(CDS, "never", "1"), entry(LDS, "l", "1"));
        String newer = revision(3, entry(CDS, "c", "1"), entry(LDS, "l", "1"));
        assertThat(plane.answer(newer).hasErrorDetail()).isFalse();
        assertThat(plane.hasAnswer(older)).isFalse();
        assertThat(proxy.snapshot().revision()).isEqualTo(3);
    }

    @Test
    void aRevisionWhoseResourcesNeverComeIsRefusedAfterTheBound() {
        TestProxy proxy = start(java.time.Duration.ofMillis(100));
        String nonce = revision(2, entry(CDS, "never", "1"));
        assertThat(plane.answer(nonce).getErrorDetail().getMessage()).contains("cluster never at version 1");
        assertThat(proxy.snapshot()).isEqualTo(ConfigSnapshot.EMPTY);
    }

    @Test
    void oneDanglingReferenceDoesNotFreezeTheRest() {
        TestProxy proxy = start(java.time.Duration.ofMillis(200));
        plane.send(CDS, resource("c", "1", edsCluster("c", 1)), resource("d", "1", staticCluster("d")));
        plane.send(LDS, resource("l", "1", listener("l", "nowhere")), resource("m", "1", listener("m", "r")));
        await().until(() -> plane.isSubscribed(RDS, "r"));
        plane.send(RDS, resource("r", "1", routes("r", "d")));
        await().until(() -> proxy.snapshot().listeners().containsKey("m"));
        await().until(() -> proxy.snapshot().listeners().containsKey("l"));
        await().until(() -> proxy.snapshot().clusters().containsKey("c"));
        await().untilAsserted(
                        () -> assertThat(proxy.state().absences())
                                .containsExactly(
                                        "endpoints eds-c: referred to, but the control plane does not have it; what refers to it is active without it",
                                        "routes nowhere: referred to, but the control plane does not have it; what refers to it is active without it"));

        plane.send(RDS, resource("nowhere", "1", routes("nowhere", "d")));
        await().until(() -> proxy.snapshot().routes().containsKey("nowhere"));
        await().until(() -> proxy.state().absences().size() == 1);
    }

    @Test
    void whatTheControlPlaneSaysItDoesNotHaveIsNotWaitedFor() {
        TestProxy proxy = start(LONG);
        plane.send(CDS, resource("c", "1", edsCluster("c", 1)));
        await().until(() -> plane.isSubscribed(EDS, "eds-c"));
        plane.send(removal(EDS, "eds-c"));
        await().until(() -> proxy.snapshot().clusters().containsKey("c"));
    }

    @Test
    void aRestartWithoutAControlPlaneRunsWhatIsOnDisk() throws Exception {
        TestProxy first = startWithRevision();
        ConfigSnapshot before = first.snapshot();
        Path file = directory.resolve("xds-cache");
        await().until(() ->
                Files.exists(file) && !new DiskCache(directory, 0).load().isEmpty());
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
        first.close();
        plane.breakOff();

        TestProxy second = start(LONG);
        await().until(() -> second.state().ready());
        assertThat(second.snapshot().listeners()).isEqualTo(before.listeners());
        assertThat(second.snapshot().clusters()).isEqualTo(before.clusters());
        assertThat(second.snapshot().routes()).containsOnlyKeys("r");
        assertThat(second.directory.of("eds-c").get().localities()).hasSize(1);
    }

    @Test
    void aRestartWithAControlPlaneTellsWhatIsOnDisk() throws Exception {
        TestProxy first = startWithRevision();
        await().until(() -> !new DiskCache(directory, 0).load().isEmpty());
        first.close();
        await().until(() -> plane.streams.get() == 1);
        start(LONG);
        await().until(() -> plane.streams.get() == 2);
        assertThat(plane.first(CDS).getInitialResourceVersionsMap()).isEqualTo(Map.of("c", "1"));
        assertThat(plane.first(RDS).getInitialResourceVersionsMap()).isEqualTo(Map.of("r", "1"));
    }

    @Test
    void aRestartTakesOutboundListenersFromDiskAtOnceAndTheOthersLater() throws Exception {
        TestProxy first = start(LONG);
        fromWeft(CDS, resource("c", "1", edsCluster("c", 1)));
        Listener outbound = listener("out", "r").toBuilder()
                .setTrafficDirection(TrafficDirection.OUTBOUND)
                .build();
        plane.send(LDS, resource("in", "1", listener("in", "r")), resource("out", "1", outbound));
        plane.send(EDS, resource("eds-c", "1", endpoints("eds-c", 1)));
        plane.send(RDS, resource("r", "1", routes("r", "c")));
        plane.answer(revision(1, entry(CDS, "c", "1"), entry(LDS, "in", "1"), entry(LDS, "out", "1")));
        await().until(() -> !new DiskCache(directory, 0).load().isEmpty());
        first.close();

        TestProxy second = new TestProxy(channel.channel, directory, LONG, ConfigSnapshot.EMPTY);
        proxies.add(second);
        List<Set<String>> published = new CopyOnWriteArrayList<>();
        second.published.watch(
                Runnable::run, snapshot -> published.add(snapshot.listeners().keySet()));

        await().until(() -> second.state().ready());
        published.removeIf(Set::isEmpty);
        assertThat(published.getFirst()).containsExactly("out");
        assertThat(published.getLast()).containsExactlyInAnyOrder("in", "out");
    }

    @Test
    void whatIsOnDiskForAnotherOutboundPortIsPassedOver() throws Exception {
        startWithRevision();
        await().until(() -> !new DiskCache(directory, 0).load().isEmpty());
        assertThat(new DiskCache(directory, 15001).load()).isEmpty();
    }

    @Test
    void aBrokenFileOnDiskIsPassedOver() throws Exception {
        Files.write(directory.resolve("xds-cache"), "WEFTXDS2 and then nonsense".getBytes(StandardCharsets.US_ASCII));
        assertThat(new DiskCache(directory, 0).load()).isEmpty();
        Files.write(directory.resolve("xds-cache"), new byte[3]);
        assertThat(new DiskCache(directory, 0).load()).isEmpty();
    }

    @Test
    void theDumpTellsWhatIsActiveWarmingAndRefused() throws Exception {
        TestProxy proxy = startWarm();
        plane.send(LDS, resource("m", "1", listener("m", "absent")));
        Cluster bad = edsCluster("c", 1).toBuilder()
                .setConnectTimeout(Duration.newBuilder().setSeconds(-1))
                .build();
        plane.answer(plane.send(CDS, resource("c", "2", bad)));
        ConfigDump dump = new ConfigDump(
                BootstrapReader.read("f", "node: {id: node-1}"), proxy.assembler, proxy.client, proxy.loop);
        assertThat(dump.json().get(5, TimeUnit.SECONDS))
                .startsWith("{\"control_plane\":{\"connected\":true,")
                .contains("\"bootstrap\":{\"node\":{\"id\":\"node-1\"}}")
                .contains("{\"name\":\"l\",\"version\":\"1\",\"state\":\"active\",")
                .contains("{\"name\":\"m\",\"version\":\"1\",\"state\":\"warming\",")
                .contains("{\"name\":\"c\",\"version\":\"1\",\"state\":\"active\",")
                .contains("{\"name\":\"c\",\"version\":\"2\",\"state\":\"refused\",\"errors\":[\"connect_timeout: ");
    }

    @Test
    void whatStaticResourcesReferToIsDiscovered() {
        var cluster = ResourceType.CLUSTER.parse(edsCluster("own", 1)).value();
        var listener = ResourceType.LISTENER.parse(listener("own", "r")).value();
        assertThat(cluster).isNotNull();
        assertThat(listener).isNotNull();
        TestProxy proxy = start(LONG, new ConfigSnapshot(0, Map.of("own", listener), Map.of(), Map.of("own", cluster)));
        await().until(() -> plane.isSubscribed(EDS, "eds-own") && plane.isSubscribed(RDS, "r"));
        plane.send(EDS, resource("eds-own", "1", endpoints("eds-own", 1)));
        plane.send(RDS, resource("r", "1", routes("r", "own")));
        await().until(() -> proxy.snapshot().routes().containsKey("r"));
        assertThat(proxy.directory.of("eds-own").get().localities()).hasSize(1);
        assertThat(proxy.snapshot().listeners()).containsOnlyKeys("own");
    }

    @Test
    void staticResourcesAreNotReplaced() {
        var own = ResourceType.CLUSTER.parse(staticCluster("own")).value();
        assertThat(own).isNotNull();
        TestProxy proxy = start(LONG, new ConfigSnapshot(0, Map.of(), Map.of(), Map.of("own", own)));
        plane.send(CDS, resource("own", "1", staticCluster("own")), resource("x", "1", staticCluster("x")));
        await().until(() -> proxy.snapshot().clusters().containsKey("x"));
        assertThat(proxy.snapshot().clusters().get("own")).isSameAs(own);
    }

    private TestProxy startWarm() {
        TestProxy proxy = start(LONG);
        plane.send(CDS, resource("c", "1", edsCluster("c", 1)));
        plane.send(LDS, resource("l", "1", listener("l", "r")));
        plane.send(EDS, resource("eds-c", "1", endpoints("eds-c", 1)));
        plane.send(RDS, resource("r", "1", routes("r", "c")));
        await().until(() -> proxy.snapshot().listeners().containsKey("l"));
        return proxy;
    }

    private TestProxy startWithRevision() {
        TestProxy proxy = start(LONG);
        fromWeft(CDS, resource("c", "1", edsCluster("c", 1)));
        plane.send(LDS, resource("l", "1", listener("l", "r")));
        plane.send(EDS, resource("eds-c", "1", endpoints("eds-c", 1)));
        plane.send(RDS, resource("r", "1", routes("r", "c")));
        plane.answer(revision(1, entry(CDS, "c", "1"), entry(LDS, "l", "1"), entry(RDS, "r", "1")));
        assertThat(proxy.snapshot().revision()).isEqualTo(1);
        return proxy;
    }

    private TestProxy start(java.time.Duration absenceBound) {
        return start(absenceBound, ConfigSnapshot.EMPTY);
    }

    private TestProxy start(java.time.Duration absenceBound, ConfigSnapshot base) {
        TestProxy proxy = new TestProxy(channel.channel, directory, absenceBound, base);
        proxies.add(proxy);
        return proxy;
    }

    private void fromWeft(String typeUrl, io.envoyproxy.envoy.service.discovery.v3.Resource resource) {
        plane.send(DeltaDiscoveryResponse.newBuilder()
                .setTypeUrl(typeUrl)
                .addResources(resource)
                .setControlPlane(ControlPlane.newBuilder().setIdentifier("weft/0.1"))
                .build());
    }

    private String revision(long number, Revision.Entry... entries) {
        Revision revision = Revision.newBuilder()
                .setNumber(number)
                .addAllEntries(List.of(entries))
                .build();
        return plane.send(Assembler.REVISION_TYPE, resource("revision", Long.toString(number), revision));
    }

    private static Revision.Entry entry(String typeUrl, String name, String version) {
        return Revision.Entry.newBuilder()
                .setTypeUrl(typeUrl)
                .setName(name)
                .setVersion(version)
                .build();
    }

    private static DeltaDiscoveryResponse removal(String typeUrl, String name) {
        return DeltaDiscoveryResponse.newBuilder()
                .setTypeUrl(typeUrl)
                .addRemovedResources(name)
                .build();
    }
}
