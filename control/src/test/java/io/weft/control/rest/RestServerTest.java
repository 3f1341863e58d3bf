package io.weft.control.rest;

import static org.assertj.core.api.Assertions.assertThat;

import io.weft.control.backup.BackupMaker;
import io.weft.control.ca.CertificateAuthority;
import io.weft.control.ca.JoinTokens;
import io.weft.control.ca.RefusedJoins;
import io.weft.control.ca.SvidLife;
import io.weft.control.change.ChangeService;
import io.weft.control.change.DocumentCodec;
import io.weft.control.config.ConfigStore;
import io.weft.control.config.MemoryStore;
import io.weft.control.config.Retention;
import io.weft.control.ir.ProxyNode;
import io.weft.control.registry.Registry;
import io.weft.control.rest.RestClient.Answer;
import io.weft.control.status.Fleet;
import io.weft.control.status.MeshStatus;
import io.weft.control.status.ProxyStatus;
import io.weft.control.telemetry.ProxyQuestions;
import io.weft.control.telemetry.TrafficStore;
import io.weft.control.translate.PresentFacts;
import io.weft.core.identity.JoinToken;
import io.weft.core.identity.TrustDomain;
import io.weft.core.time.SystemScheduler;
import io.weft.core.time.Ticker;
import io.weft.core.violation.Violation;
import io.weft.core.watch.Watched;
import io.weft.resource.codec.ResourceCodec;
import io.weft.resource.model.ResourceKind;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

class RestServerTest {
    private static final String YAML = "application/yaml";
    private static final String CART = """
            apiVersion: v1
            kind: Service
            metadata: {name: cart, namespace: shop}
            spec:
              ports:
              - {name: http, port: 80, targetPort: 8080}
            """;

    @TempDir
    Path state;

    private final ConfigStore store =
            new MemoryStore(InstantSource.fixed(Instant.parse("2026-01-01T00:00:00Z")), new Retention(3, 1_000_000));
    private final List<Violation> objections = new ArrayList<>();
    private final Watched<Fleet> fleet = new Watched<>(Fleet.EMPTY);
    private final RefusedJoins refusedJoins = new RefusedJoins(InstantSource.fixed(Instant.EPOCH));
    private final SystemScheduler scheduler = new SystemScheduler("test");
    private RestServer server;
    private RestClient client;
    private String base;

    @BeforeEach
    void start() throws Exception {
        TrustDomain domain = new TrustDomain("mesh.test");
        Registry registry = new Registry(scheduler, Duration.ofSeconds(10));
        CertificateAuthority authority =
                CertificateAuthority.open(state.resolve("ca"), domain, SvidLife.DEFAULT, InstantSource.system());
        ChangeService changes = new ChangeService(
                store,
                new DocumentCodec(new ResourceCodec()),
                prospective -> List.copyOf(objections),
                InstantSource.system());
        MeshStatus mesh = new MeshStatus(
                new PresentFacts(
                        domain,
                        () -> store.head().get(),
                        () -> registry.snapshot().get()),
                fleet::get);
        Api api = new Api(
                new ResourceRoutes(store, changes, mesh),
                new ProxyRoutes(store, fleet, Set::of, new ProxyQuestions(), refusedJoins::recent),
                new MeshRoutes(store, mesh),
                new TrafficRoutes(new TrafficStore(Ticker.system(), 10)),
                new TokenRoutes(new JoinTokens(authority, InstantSource.system())),
                new BackupRoutes(new BackupMaker(
                        store, authority, registry, state.resolve(RestToken.FILE), "1.2.3", InstantSource.system())),
                new SystemRoutes(
                        store,
                        new SystemRoutes.About("1.2.3", "25", 42, Instant.EPOCH, "mesh.test", authority.rootSha256())));
        server = new RestServer("127.0.0.1", 0, RestToken.loadOrCreate(state), api);
        server.start();
        base = "http://127.0.0.1:" + server.address().getPort();
        client = new RestClient(
                base, Files.readString(state.resolve(RestToken.FILE)).strip());
    }

    @AfterEach
    void stop() {
        client.close();
        server.stop();
        scheduler.close();
        store.close();
    }

    @Test
    void documentsBecomeOneRevisionAndAreReadBack() throws Exception {
        Answer applied = client.post("/changesets?file=shop.yaml", YAML, CART + "---\n" + CART.replace("cart", "pay"));

        assertThat(applied.status()).isEqualTo(200);
        assertThat(applied.body().at("/revision").asInt()).isEqualTo(1);
        assertThat(applied.body().at("/changes").size()).isEqualTo(2);
        assertThat(applied.body().at("/changes/0/change").asString()).isEqualTo("added");
        assertThat(applied.body().at("/changes/0/resource/name").asString()).isEqualTo("cart");
        Answer read = client.get("/resources/service/shop/cart");
        assertThat(read.body().at("/resource/spec/ports/0/port").asInt()).isEqualTo(80);
        assertThat(read.body().at("/file").asString()).isEqualTo("shop.yaml");
        assertThat(read.body().at("/text").asString()).contains("name: cart");
        assertThat(client.get("/resources/services/shop/pay").body().at("/line").asInt())
                .isGreaterThan(6);
        assertThat(client.get("/resources?kind=svc&namespace=shop")
                        .body()
                        .at("/items")
                        .size())
                .isEqualTo(2);
        assertThat(client.get("/resources?kind=httproute").body().at("/items").size())
                .isZero();
    }

    @Test
    void applyingTheSameAgainMakesNoRevision() throws Exception {
        client.post("/changesets", YAML, CART);
        Answer again = client.post("/changesets", YAML, "# a comment\n" + CART);

        assertThat(again.body().at("/revision").asInt()).isEqualTo(1);
        assertThat(again.body().at("/changes/0/change").asString()).isEqualTo("unchanged");
    }

    @Test
    void dryRunTellsWhatWouldChangeAndChangesNothing() throws Exception {
        client.post("/changesets", YAML, CART);
        Answer dry = client.post("/changesets?dryRun=true", YAML, CART.replace("8080", "9090"));

        assertThat(dry.body().at("/changes/0/change").asString()).isEqualTo("modified");
        JsonNode field = dry.body().at("/changes/0/fields/0");
        assertThat(field.at("/path").asString()).isEqualTo("spec.ports[0].targetPort");
        assertThat(field.at("/before").asString()).isEqualTo("8080");
        assertThat(field.at("/after").asString()).isEqualTo("9090");
        assertThat(store.head().get().revision()).isEqualTo(1);
    }

    @Test
    void allErrorsAreToldAtOnceWithFileAndLine() throws Exception {
        String envelope = """
                {"files": [
                  {"name": "a.yaml", "text": "apiVersion: v1\\nkind: Service\\nmetadata: {name: a}\\nspec:\\n  prots: []\\n"},
                  {"name": "b.yaml", "text": "apiVersion: v1\\nkind: Service\\nmetadata: {name: b}\\nspec:\\n  ports: [{port: 99999}]\\n"}
                ]}""";
        Answer refused = client.post("/changesets", "application/json", envelope);

        assertThat(refused.status()).isEqualTo(422);
        assertThat(refused.contentType()).isEqualTo("application/problem+json");
        assertThat(refused.body().at("/type").asString()).isEqualTo("urn:weft:problem:invalid");
        JsonNode violations = refused.body().at("/violations");
        assertThat(violations.valueStream().map(v -> v.at("/file").asString() + ":" + v.at("/line")))
                .contains("a.yaml:5", "b.yaml:5");
        assertThat(violations.valueStream().map(v -> v.at("/hint").asString()))
                .anySatisfy(hint -> assertThat(hint).contains("ports"));
        assertThat(store.head().get().revision()).isZero();
    }

    @Test
    void whatTheCheckObjectsToIsNotStored() throws Exception {
        objections.add(Violation.at("spec.rules[0]", "x", "something the proxies take"));
        Answer refused = client.post("/changesets", YAML, CART);

        assertThat(refused.status()).isEqualTo(422);
        assertThat(refused.body().at("/violations/0/path").asString()).isEqualTo("spec.rules[0]");
        assertThat(store.head().get().revision()).isZero();
    }

    @Test
    void sameResourceTwiceIsAnErrorThatNamesBothPlaces() throws Exception {
        Answer refused = client.post("/changesets?file=x.yaml", YAML, CART + "---\n" + CART);

        assertThat(refused.status()).isEqualTo(422);
        assertThat(refused.body().at("/violations/0/message").asString())
                .contains("Service/shop/cart")
                .contains("x.yaml:1");
    }

    @Test
    void envelopePutsAndDeletesInOneRevision() throws Exception {
        client.post("/changesets", YAML, CART);
        String text = Json.MAPPER.writeValueAsString(CART.replace("cart", "pay"));
        Answer applied = client.post(
                "/changesets",
                "application/json",
                "{\"files\":[{\"name\":\"p.yaml\",\"text\":" + text
                        + "}],\"deletes\":[{\"kind\":\"svc\",\"namespace\":\"shop\",\"name\":\"cart\"}]}");

        assertThat(applied.status()).isEqualTo(200);
        assertThat(applied.body().at("/revision").asInt()).isEqualTo(2);
        assertThat(store.head().get().documents()).containsOnlyKeys(ResourceKind.SERVICE.key("shop", "pay"));
    }

    @Test
    void pruneRemovesWhatTheDocumentsDoNotName() throws Exception {
        client.post("/changesets", YAML, CART + "---\n" + CART.replace("cart", "pay"));
        client.post("/changesets?prune=true", YAML, CART);

        assertThat(store.head().get().documents()).containsOnlyKeys(ResourceKind.SERVICE.key("shop", "cart"));
    }

    @Test
    void deleteRemovesOneAndSaysWhereThereIsNone() throws Exception {
        client.post("/changesets", YAML, CART);

        assertThat(client.delete("/resources/service/shop/cart").status()).isEqualTo(200);
        Answer absent = client.delete("/resources/service/shop/cart");
        assertThat(absent.status()).isEqualTo(404);
        assertThat(absent.body().at("/detail").asString()).isEqualTo("there is no Service/shop/cart");
    }

    @Test
    void staleExpectationIsAConflict() throws Exception {
        client.post("/changesets", YAML, CART);
        Answer stale = client.post("/changesets?expectedRevision=0", YAML, CART.replace("cart", "pay"));

        assertThat(stale.status()).isEqualTo(409);
        assertThat(stale.body().at("/detail").asString()).contains("revision 1");
    }

    @Test
    void requestWithoutTheTokenIsRefused() throws Exception {
        HttpRequest bare =
                HttpRequest.newBuilder(URI.create(base + "/api/v1/resources")).build();
        var response = client.http().send(bare, BodyHandlers.ofString());

        assertThat(response.statusCode()).isEqualTo(401);
        assertThat(response.headers().firstValue("www-authenticate")).contains("Bearer");
        assertThat(response.body())
                .contains("rest-token")
                .doesNotContain(Files.readString(state.resolve("rest-token")).strip());
        try (RestClient wrong = new RestClient(base, "x".repeat(43))) {
            assertThat(wrong.get("/resources").status()).isEqualTo(401);
            assertThat(wrong.get("/no-such-path").status()).isEqualTo(401);
        }
    }

    @Test
    void healthNeedsNoToken() throws Exception {
        HttpRequest bare =
                HttpRequest.newBuilder(URI.create(base + "/api/v1/health")).build();
        assertThat(client.http().send(bare, BodyHandlers.ofString()).body()).contains("\"status\":\"ok\"");
    }

    @Test
    void pageOfAnotherOriginIsRefused() throws Exception {
        assertThat(client.send(client.request("/resources")
                                .header("Origin", "http://evil.example")
                                .build())
                        .status())
                .isEqualTo(403);
        assertThat(client.send(client.request("/resources")
                                .header("Origin", "null")
                                .build())
                        .status())
                .isEqualTo(403);
        assertThat(client.send(client.request("/resources")
                                .header("Origin", base)
                                .build())
                        .status())
                .isEqualTo(200);
    }

    @Test
    void hostOfAnotherNameIsRefused() throws Exception {
        String head = raw("GET /api/v1/health HTTP/1.1\r\nHost: rebound.example:80\r\nConnection: close\r\n\r\n");
        assertThat(head).startsWith("HTTP/1.1 403").contains("application/problem+json");
        assertThat(raw("GET /api/v1/health HTTP/1.1\r\nHost: localhost:1\r\nConnection: close\r\n\r\n"))
                .startsWith("HTTP/1.1 200");
    }

    @Test
    void malformedRequestGetsTheSameKindOfAnswer() throws Exception {
        String close = " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAuthorization: Bearer "
                + Files.readString(state.resolve(RestToken.FILE)).strip() + "\r\n\r\n";
        assertThat(raw("GET /api/v1/resources?kind=%zz" + close)).startsWith("HTTP/1.1 400");
        assertThat(raw("GET /api/v1/resources/%zz/cart" + close)).startsWith("HTTP/1.1 400");
        assertThat(raw("GET /api/v1/resources/service%2Fshop/cart" + close)).startsWith("HTTP/1.1 400");
        assertThat(raw("NONSENSE\r\n\r\n")).startsWith("HTTP/1.1 4").contains("application/problem+json");
    }

    @Test
    void bodyBeyondTheBoundIsRefused() throws Exception {
        Answer refused = client.post("/changesets", YAML, "#".repeat(17 * 1024 * 1024));
        assertThat(refused.status()).isEqualTo(413);
    }

    @Test
    void unknownPathMethodAndParameterAreClearErrors() throws Exception {
        assertThat(client.get("/resourcs").status()).isEqualTo(404);
        assertThat(client.delete("/resources").body().at("/detail").asString()).contains("expected GET");
        Answer unknown = client.get("/resources?nmespace=shop");
        assertThat(unknown.status()).isEqualTo(400);
        assertThat(unknown.body().at("/detail").asString()).contains("did you mean \"namespace\"?");
        assertThat(client.get("/resources?kind=Servce").body().at("/detail").asString())
                .contains("did you mean \"Service\"?");
        assertThat(client.get("/traffic?window=0").body().at("/detail").asString())
                .contains("from 1 to 60");
        assertThat(client.post("/changesets", "text/plain", CART).status()).isEqualTo(400);
        assertThat(client.post("/changesets", "application/json", "{\"fils\":[]}")
                        .body()
                        .at("/detail")
                        .asString())
                .contains("fils");
    }

    @Test
    void eventsResumeWhereTheClientLeftOff() throws Exception {
        client.post("/changesets", YAML, CART);
        client.post("/changesets", YAML, CART.replace("8080", "9090"));
        HttpRequest resume = HttpRequest.newBuilder(URI.create(base + "/api/v1/events"))
                .header(
                        "Authorization",
                        "Bearer "
                                + Files.readString(state.resolve("rest-token")).strip())
                .header("Last-Event-ID", "1")
                .build();
        var response = client.http().send(resume, BodyHandlers.ofInputStream());
        assertThat(response.headers().firstValue("content-type")).contains("text/event-stream");
        try (BufferedReader events =
                new BufferedReader(new InputStreamReader(response.body(), StandardCharsets.UTF_8))) {
            assertThat(nextEvent(events))
                    .contains("id: 2", "event: revision")
                    .anySatisfy(line -> assertThat(line)
                            .startsWith("data: ")
                            .contains("\"change\":\"modified\"")
                            .contains("\"name\":\"cart\""));
            client.delete("/resources/service/shop/cart");
            assertThat(nextEvent(events))
                    .contains("id: 3")
                    .anySatisfy(line -> assertThat(line).contains("\"change\":\"removed\""));
        }
    }

    @Test
    void clientThatMissedTooMuchIsToldToListAgain() throws Exception {
        for (int i = 1; i <= 5; i++) {
            client.post("/changesets", YAML, CART.replace("8080", "808" + i));
        }
        var response = client.http().send(client.request("/events?since=1").build(), BodyHandlers.ofInputStream());
        try (BufferedReader events =
                new BufferedReader(new InputStreamReader(response.body(), StandardCharsets.UTF_8))) {
            assertThat(nextEvent(events)).contains("id: 5", "event: list-again");
        }
    }

    @Test
    void historyIsListedNewestFirst() throws Exception {
        for (int i = 1; i <= 5; i++) {
            client.post("/changesets", YAML, CART.replace("8080", "808" + i));
        }
        JsonNode history = client.get("/revisions").body();
        assertThat(history.at("/head").asInt()).isEqualTo(5);
        assertThat(history.at("/revisions")
                        .valueStream()
                        .map(r -> r.at("/revision").asInt()))
                .containsExactly(5, 4, 3);
        assertThat(client.get("/revisions?limit=1").body().at("/revisions").size())
                .isEqualTo(1);
    }

    @Test
    void stopEndsOpenStreams() throws Exception {
        var response = client.http().send(client.request("/events").build(), BodyHandlers.ofInputStream());
        Thread stopper = Thread.ofVirtual().start(server::stop);
        assertThat(stopper.join(Duration.ofSeconds(5))).isTrue();
        response.body().close();
    }

    private static Fleet connected(ProxyStatus... proxies) {
        return new Fleet(List.of(proxies), List.of(), false);
    }

    private static ProxyStatus proxy(String id, long revision, List<ProxyStatus.Rejection> rejections) {
        ProxyNode node = new ProxyNode(
                id, ProxyNode.Client.WEFT, "shop", id, "default", Map.of(), List.of(), 15001, 0, "", "1.0", Set.of());
        return new ProxyStatus(node, revision, 1, rejections);
    }

    @Test
    void revisionStatusTellsWhoRunsItAndWhoRefusedItAndWhy() throws Exception {
        client.post("/changesets", YAML, CART);
        fleet.set(connected(
                proxy("cart", 1, List.of()),
                proxy(
                        "pay",
                        0,
                        List.of(new ProxyStatus.Rejection("Cluster", "service/shop/cart/80", "no such thing")))));
        JsonNode status = client.get("/revisions/1/status?waitSeconds=60").body();

        assertThat(status.at("/complete").asBoolean()).isFalse();
        assertThat(status.at("/current").asInt()).isEqualTo(1);
        assertThat(status.at("/behind/0/id").asString()).isEqualTo("pay");
        assertThat(status.at("/behind/0/state").asString()).isEqualTo("rejected");
        assertThat(status.at("/behind/0/rejections/0/reason").asString()).isEqualTo("no such thing");
        assertThat(client.get("/revisions/2/status").status()).isEqualTo(404);
        assertThat(client.get("/proxies/cart").body().at("/state").asString()).isEqualTo("synced");
        assertThat(client.get("/proxies/absent").status()).isEqualTo(404);
        assertThat(client.get("/proxies/cart/config").status()).isEqualTo(503);
    }

    @Test
    void waitingForARevisionEndsWhenTheLastProxyRunsIt() throws Exception {
        client.post("/changesets", YAML, CART);
        fleet.set(connected(proxy("cart", 0, List.of())));
        assertThat(client.get("/revisions/1/status").body().at("/complete").asBoolean())
                .isFalse();

        Thread proxyThatCatchesUp = Thread.ofVirtual().start(() -> fleet.set(connected(proxy("cart", 1, List.of()))));
        JsonNode status = client.get("/revisions/1/status?waitSeconds=15").body();
        proxyThatCatchesUp.join();
        assertThat(status.at("/complete").asBoolean()).isTrue();
    }

    @Test
    void nothingIsCompleteWhileProxiesOfBeforeAreAwaited() throws Exception {
        client.post("/changesets", YAML, CART);
        List<ProxyStatus> back = List.of(proxy("cart", 1, List.of()));
        fleet.set(new Fleet(back, List.of("pay"), true));
        JsonNode awaited = client.get("/revisions/1/status").body();
        assertThat(awaited.at("/complete").asBoolean()).isFalse();
        assertThat(awaited.at("/absent/0").asString()).isEqualTo("pay");

        Thread bound = Thread.ofVirtual().start(() -> fleet.set(new Fleet(back, List.of("pay"), false)));
        JsonNode given = client.get("/revisions/1/status?waitSeconds=15").body();
        bound.join();
        assertThat(given.at("/complete").asBoolean()).isTrue();
        assertThat(given.at("/absent/0").asString()).isEqualTo("pay");
        assertThat(client.get("/status").body().at("/absent/0").asString()).isEqualTo("pay");
    }

    @Test
    void statusTellsWhoWasNotLetIn() throws Exception {
        refusedJoins.add("spiffe://mesh.test/ns/shop/sa/cart", "the token ended");
        refusedJoins.add("spiffe://mesh.test/ns/shop/sa/cart", "the token ended");
        JsonNode refused = client.get("/status").body().at("/refusedJoins/0");
        assertThat(refused.at("/identity").asString()).endsWith("/sa/cart");
        assertThat(refused.at("/reason").asString()).isEqualTo("the token ended");
        assertThat(refused.at("/count").asInt()).isEqualTo(2);
        assertThat(Instant.parse(refused.at("/last").asString())).isEqualTo(Instant.EPOCH);
    }

    @Test
    void routesAndEndpointsAreTheOnesThatProxiesGet() throws Exception {
        Answer applied = client.post("/changesets?file=shop.yaml", YAML, CART + """
                ---
                apiVersion: gateway.networking.k8s.io/v1
                kind: HTTPRoute
                metadata: {name: canary, namespace: shop}
                spec:
                  parentRefs: [{group: "", kind: Service, name: cart, port: 80}]
                  rules:
                  - matches: [{path: {type: PathPrefix, value: /v2}, method: GET}]
                    backendRefs: [{name: cart, port: 80, weight: 9}]
                ---
                apiVersion: mesh.weft.io/v1
                kind: Workload
                metadata: {name: cart-1, namespace: shop, labels: {version: v2}}
                spec:
                  address: 10.0.0.1
                  inboundPort: 15006
                  serviceAccount: cart
                  services: [{name: cart, port: 80, applicationPort: 8080}]
                """);
        assertThat(applied.status()).as(applied.toString()).isEqualTo(200);
        JsonNode route =
                client.get("/routes?namespace=shop&service=cart").body().at("/routes/0");
        assertThat(route.at("/hosts").toString()).contains("cart.shop.svc.cluster.local");
        assertThat(route.at("/rules/0/match").asString()).isEqualTo("GET /v2*");
        assertThat(route.at("/rules/0/backends/0/weight").asInt()).isEqualTo(9);
        assertThat(route.at("/rules/0/origin").asString()).startsWith("HTTPRoute/shop/canary");
        assertThat(route.at("/rules/0/file").asString()).isEqualTo("shop.yaml");

        JsonNode service = client.get("/services?service=cart").body().at("/services/0");
        assertThat(service.at("/ports/0/settings").valueStream().map(JsonNode::toString))
                .contains("{\"field\":\"timeouts.connect\",\"value\":\"1s\",\"setBy\":\"\"}")
                .contains("{\"field\":\"loadBalancer\",\"value\":\"PeakEwma\",\"setBy\":\"\"}");
        JsonNode canary = client.get("/resources/httproute/shop/canary").body();
        assertThat(canary.at("/conditions").valueStream().map(c -> c.at("/type").asString() + c.at("/holds")))
                .contains("Acceptedtrue", "ResolvedRefstrue", "Programmedtrue");

        JsonNode endpoints = client.get("/endpoints?service=cart").body().at("/services/0");
        assertThat(endpoints.at("/port").asInt()).isEqualTo(80);
        assertThat(endpoints.at("/endpoints/0/workload").asString()).isEqualTo("cart-1");
        assertThat(endpoints.at("/endpoints/0/version").asString()).isEqualTo("v2");
        assertThat(endpoints.at("/endpoints/0/identity").asString()).isEqualTo("spiffe://mesh.test/ns/shop/sa/cart");
    }

    @Test
    void tokenIsMadeForTheIdentityThatIsAskedFor() throws Exception {
        Answer made = client.post(
                "/tokens",
                "application/json",
                "{\"namespace\":\"shop\",\"serviceAccount\":\"cart\",\"ttlSeconds\":60}");

        assertThat(made.status()).isEqualTo(200);
        assertThat(made.body().at("/spiffeId").asString()).isEqualTo("spiffe://mesh.test/ns/shop/sa/cart");
        JoinToken token = JoinToken.parse(made.body().at("/token").asString());
        assertThat(token.claims().rootSha256())
                .isEqualTo(made.body().at("/rootFingerprint").asString());
        assertThat(client.post("/tokens", "application/json", "{\"namespace\":\"Sh op\",\"serviceAccount\":\"cart\"}")
                        .status())
                .isEqualTo(400);
        assertThat(client.post("/tokens", "application/json", "{\"namespace\":\"shop\"}")
                        .status())
                .isEqualTo(400);
    }

    @Test
    void openApiDocumentListsEveryRoute() throws Exception {
        JsonNode document = client.get("/openapi.json").body();

        assertThat(document.at("/openapi").asString()).isEqualTo("3.1.0");
        List<String> operations = new ArrayList<>();
        document.at("/paths")
                .propertyStream()
                .forEach(path -> path.getValue()
                        .propertyNames()
                        .forEach(method -> operations.add(method.toUpperCase(Locale.ROOT) + " " + path.getKey())));
        assertThat(operations)
                .contains(
                        "POST /api/v1/changesets", "GET /api/v1/events", "GET /api/v1/traffic", "POST /api/v1/tokens");
        assertThat(document.toString()).doesNotContain("\"$ref\":\"#/components/schemas/null");
        document.findValues("$ref")
                .forEach(reference -> assertThat(
                                document.at(reference.asString().substring(1)).isObject())
                        .as(reference.asString())
                        .isTrue());
        // Each operation that is listed exists: with the token, none answers that there is no such path or method.
        for (String operation : operations) {
            String[] parts = operation.split(" ", 2);
            if (parts[1].endsWith("/events")) {
                continue;
            }
            String path = parts[1].replace("/api/v1", "").replaceAll("\\{[a-z]+}", "x");
            Answer answer = client.send(client.request(path)
                    .method(parts[0], HttpRequest.BodyPublishers.ofString("{}"))
                    .build());
            assertThat(answer.body().at("/detail").asString()).doesNotContain("openapi.json");
            assertThat(answer.status()).as(operation).isNotEqualTo(405);
        }
    }

    private static List<String> nextEvent(BufferedReader events) throws Exception {
        List<String> lines = new ArrayList<>();
        for (String line = events.readLine(); line != null; line = events.readLine()) {
            if (!line.isEmpty() && !line.equals(":")) {
                lines.add(line);
            } else if (!lines.isEmpty()) {
                return lines;
            }
        }
        return lines;
    }

    private String raw(String request) throws Exception {
        try (Socket socket =
                new Socket(InetAddress.getLoopbackAddress(), server.address().getPort())) {
            socket.setSoTimeout(10_000);
            socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
