package io.weft.tests.faults.soak;

import static io.weft.tests.faults.soak.Act.check;

import io.weft.tests.faults.pairing.Application;
import io.weft.tests.faults.pairing.Client;
import io.weft.tests.faults.pairing.FramedClient;
import io.weft.tests.faults.pairing.Pairing;
import io.weft.tests.faults.pairing.Pairing.Hop;
import io.weft.tests.faults.pairing.Pairing.Speaking;
import io.weft.tests.faults.pairing.Pairing.Spoken;
import io.weft.tests.faults.pairing.PlainClient;
import io.weft.tests.faults.pairing.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Honest requests of HTTP/1.1 and HTTP/2, of all shapes, to applications of both: each side must see what the other sent, byte for byte. */
final class HttpActs {
    private static final int MOST_AT_ONCE = 8;

    private final SoakMesh mesh;

    HttpActs(SoakMesh mesh) {
        this.mesh = mesh;
    }

    List<Act> http1() {
        List<Act> acts = new ArrayList<>();
        for (Spoken spoken : List.of(Spoken.H1, Spoken.H2)) {
            for (Speaking speaking : List.of(Speaking.H1, Speaking.H1_CLOSE, Speaking.H1_IN_CONNECT)) {
                Pairing pairing = new Pairing(speaking, Hop.AS_IT_CAME, spoken);
                String protocol = speaking == Speaking.H1_IN_CONNECT ? "CONNECT, http" : "HTTP/1.1";
                acts.add(Act.honest(protocol, "a connection of " + pairing, random -> inTurn(pairing, random)));
            }
        }
        return acts;
    }

    List<Act> http2() {
        List<Act> acts = new ArrayList<>();
        for (Spoken spoken : List.of(Spoken.H1, Spoken.H2)) {
            for (Speaking speaking : List.of(Speaking.H2, Speaking.H2_IN_CONNECT)) {
                Pairing pairing = new Pairing(speaking, Hop.AS_IT_CAME, spoken);
                String protocol = speaking == Speaking.H2_IN_CONNECT ? "CONNECT, http" : "HTTP/2";
                acts.add(Act.honest(protocol, "streams of " + pairing, random -> atOnce(pairing, random)));
            }
        }
        return acts;
    }

    private int inTurn(Pairing pairing, SplittableRandom random) throws Exception {
        List<Shape> shapes = shapes(random, 1 + random.nextInt(12));
        String authority = authority(pairing);
        try (Client client = client(pairing, authority)) {
            List<String> wrong = pairing.exchange(shapes, client, application(pairing), authority);
            check(wrong.isEmpty(), String.join("\n", wrong));
        }
        return shapes.size();
    }

    /** On one connection. */
    private int atOnce(Pairing pairing, SplittableRandom random) throws Exception {
        List<List<Shape>> streams = new ArrayList<>();
        for (int i = 1 + random.nextInt(MOST_AT_ONCE); i > 0; i--) {
            streams.add(shapes(random, 1 + random.nextInt(4)));
        }
        String authority = authority(pairing);
        List<String> wrong = new ArrayList<>();
        try (Client client = client(pairing, authority);
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<List<String>>> ends = streams.stream()
                    .map(shapes ->
                            threads.submit(() -> pairing.exchange(shapes, client, application(pairing), authority)))
                    .toList();
            for (Future<List<String>> end : ends) {
                wrong.addAll(end.get());
            }
        }
        check(wrong.isEmpty(), String.join("\n", wrong));
        return streams.stream().mapToInt(List::size).sum();
    }

    private static List<Shape> shapes(SplittableRandom random, int count) {
        List<Shape> shapes = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            shapes.add(SoakMesh.SHAPES.get(random.nextInt(SoakMesh.SHAPES.size())));
        }
        return shapes;
    }

    private Application application(Pairing pairing) {
        return pairing.spoken() == Spoken.H2 ? mesh.framed() : mesh.plain();
    }

    private static String authority(Pairing pairing) {
        return SoakMesh.authority(pairing.spoken() == Spoken.H2 ? SoakMesh.FRAMED : SoakMesh.PLAIN);
    }

    private Client client(Pairing pairing, String authority) throws Exception {
        return switch (pairing.speaking()) {
            case H1 -> new PlainClient(() -> PlainClient.plain(mesh.proxy()), true);
            case H1_CLOSE -> new PlainClient(() -> PlainClient.plain(mesh.proxy()), false);
            case H1_IN_CONNECT -> new PlainClient(() -> PlainClient.tunnel(mesh.proxy(), authority), true);
            case H2 -> new FramedClient(mesh.loops(), mesh.proxy(), "http", (_, ready) -> ready.run());
            case H2_IN_CONNECT ->
                new FramedClient(mesh.loops(), mesh.proxy(), "http", new FramedClient.Tunnel(authority));
            case H1_TLS, H2_TLS -> throw new IllegalArgumentException("no TLS to an outbound listener");
        };
    }
}
