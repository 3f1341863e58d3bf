package io.weft.cli.rest;

import io.weft.cli.failure.CommandFailedException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The control plane's REST API. Thread-safe. */
public final class ControlPlane implements AutoCloseable {
    private static final JsonMapper MAPPER = JsonMapper.shared();
    private static final Duration CONNECT_TIME = Duration.ofSeconds(3);
    private static final Duration ANSWER_TIME = Duration.ofSeconds(30);
    private static final Duration DOWNLOAD_TIME = Duration.ofMinutes(5);
    private static final int MALFORMED = 400;
    private static final int INVALID = 422;
    private static final int FIRST_ERROR = 400;

    private final URI base;
    private final String token;
    private final HttpClient client = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            // Below `weft run` the JVM's settings name the sidecar, which is not the way to the control plane.
            .proxy(HttpClient.Builder.NO_PROXY)
            .connectTimeout(CONNECT_TIME)
            .build();

    /**
     * @param base such as {@code http://127.0.0.1:9900}
     * @param token of the API, without line ends
     */
    public ControlPlane(URI base, String token) {
        this.base = base;
        this.token = token;
    }

    public URI base() {
        return base;
    }

    /** Reads; the path begins behind {@code /api/v1}, its segments encoded. */
    public JsonNode get(String path, Map<String, String> query) throws CommandFailedException {
        return get(path, query, Duration.ZERO);
    }

    /** Reads what the control plane may take its time for. */
    public JsonNode get(String path, Map<String, String> query, Duration wait) throws CommandFailedException {
        return send(HttpRequest.newBuilder(uri(path, query)).timeout(ANSWER_TIME.plus(wait)));
    }

    public JsonNode post(String path, Map<String, String> query, Object body) throws CommandFailedException {
        return send(HttpRequest.newBuilder(uri(path, query))
                .timeout(ANSWER_TIME)
                .header("content-type", "application/json")
                .POST(BodyPublishers.ofString(MAPPER.writeValueAsString(body))));
    }

    /** What time it is there, to the second. */
    public Instant clock() throws CommandFailedException {
        HttpResponse<String> response =
                exchange(HttpRequest.newBuilder(uri("/health", Map.of())).timeout(ANSWER_TIME));
        String date = response.headers().firstValue("date").orElse("");
        try {
            return date.isEmpty() ? Instant.now() : Instant.from(DateTimeFormatter.RFC_1123_DATE_TIME.parse(date));
        } catch (DateTimeException e) {
            throw CommandFailedException.failed("the control plane's date \"" + date + "\" cannot be read");
        }
    }

    /** A segment of a path, encoded. */
    public static String segment(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }

    private URI uri(String path, Map<String, String> query) {
        StringJoiner joined = new StringJoiner("&", "?", "").setEmptyValue("");
        query.forEach((name, value) -> joined.add(segment(name) + "=" + segment(value)));
        return base.resolve("/api/v1" + path + joined);
    }

    /** Reads a file. */
    public byte[] download(String path, Map<String, String> query) throws CommandFailedException {
        HttpResponse<byte[]> response =
                exchange(HttpRequest.newBuilder(uri(path, query)).timeout(DOWNLOAD_TIME), BodyHandlers.ofByteArray());
        if (response.statusCode() >= FIRST_ERROR) {
            throw problem(
                    response.statusCode(),
                    parse(response.statusCode(), new String(response.body(), StandardCharsets.UTF_8)));
        }
        return response.body();
    }

    private HttpResponse<String> exchange(HttpRequest.Builder request) throws CommandFailedException {
        return exchange(request, BodyHandlers.ofString());
    }

    private <T> HttpResponse<T> exchange(HttpRequest.Builder request, HttpResponse.BodyHandler<T> body)
            throws CommandFailedException {
        try {
            return client.send(
                    request.header("authorization", "Bearer " + token)
                            .header("accept", "application/json")
                            .build(),
                    body);
        } catch (ConnectException e) {
            throw CommandFailedException.away(
                    "no control plane answers at " + base + ": start it with 'weft server', or look with 'weft check'");
        } catch (HttpTimeoutException e) {
            throw CommandFailedException.away("the control plane at " + base + " did not answer in time");
        } catch (IOException e) {
            throw CommandFailedException.away("the control plane at " + base + " failed: " + e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw CommandFailedException.failed("interrupted");
        }
    }

    private JsonNode send(HttpRequest.Builder request) throws CommandFailedException {
        HttpResponse<String> response = exchange(request);
        JsonNode body = parse(response.statusCode(), response.body());
        if (response.statusCode() >= FIRST_ERROR) {
            throw problem(response.statusCode(), body);
        }
        return body;
    }

    private JsonNode parse(int status, String body) throws CommandFailedException {
        try {
            return MAPPER.readTree(body);
        } catch (JacksonException e) {
            throw CommandFailedException.failed("what answers at " + base + " is no control plane: status " + status);
        }
    }

    private static CommandFailedException problem(int status, JsonNode problem) {
        List<String> lines = new ArrayList<>();
        for (JsonNode wrong : problem.path("violations")) {
            lines.add(wrong.path("message").asString("?"));
        }
        lines.add(problem.path("detail").asString("the control plane answered " + status));
        return switch (status) {
            case MALFORMED, INVALID -> CommandFailedException.invalid(lines);
            default -> CommandFailedException.failed(lines);
        };
    }

    @Override
    public void close() {
        client.shutdownNow();
    }
}
