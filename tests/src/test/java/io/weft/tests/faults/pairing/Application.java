package io.weft.tests.faults.pairing;

import io.weft.tests.planes.TestMesh;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** One that answers each request by the shape that its path names, and tells what it saw. */
public abstract class Application implements AutoCloseable {
    private final Map<String, Shape> shapes;
    private final Map<String, CompletableFuture<Received>> seen = new ConcurrentHashMap<>();

    Application(List<Shape> shapes) {
        this.shapes = shapes.stream().collect(Collectors.toMap(Shape::path, shape -> shape));
    }

    public abstract int port();

    /** An unknown path is a GET of nothing. */
    final Shape shape(String path) {
        Shape known = shapes.get(path);
        return known != null ? known : Shape.small().getFirst();
    }

    final void saw(String id, Received request) {
        exchange(id).complete(request);
    }

    private CompletableFuture<Received> exchange(String id) {
        return seen.computeIfAbsent(id, _ -> new CompletableFuture<>());
    }

    /** What it saw of a request, once that has ended. */
    final Received seen(String id) throws Exception {
        try {
            return exchange(id).get(TestMesh.BOUND.toSeconds(), TimeUnit.SECONDS);
        } finally {
            seen.remove(id);
        }
    }

    /** What it answers with, beside what says where the body ends. */
    static Map<String, String> fieldsOf(Shape shape) {
        return Stream.concat(
                        Stream.of(Map.entry("x-answer", "yes"), Map.entry("server", "application")),
                        shape.status() == 304 ? Stream.of(Map.entry("etag", "\"1\"")) : Stream.empty())
                .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
    }

    @Override
    public abstract void close();
}
