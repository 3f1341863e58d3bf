package io.weft.demo;

import java.io.IOException;
import java.net.ProxySelector;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.concurrent.Executors;

/**
 * Calls other services by name over HTTP/1.1, through the proxy that the JVM's standard settings
 * ({@code -Dhttp.proxyHost}, {@code -Dhttp.proxyPort}) name.
 */
final class Downstream implements AutoCloseable {
    static final Duration TIMEOUT = Duration.ofSeconds(5);

    // The JDK's client asks the ProxySelector only if it is told to. HTTP/1.1 because over plain HTTP it would
    // otherwise offer an upgrade to HTTP/2 with its first request, which few programs do.
    private final HttpClient client = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .proxy(ProxySelector.getDefault())
            .connectTimeout(Duration.ofSeconds(1))
            .executor(Executors.newVirtualThreadPerTaskExecutor())
            .build();

    /** The body of a 200; anything else is an exception that says what happened. */
    String get(String url, Trace trace) throws DownstreamException {
        return call("GET", url, trace);
    }

    /** As {@link #get} with another method and an empty body. */
    String call(String method, String url, Trace trace) throws DownstreamException {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(URI.create(url)).timeout(TIMEOUT).method(method, BodyPublishers.noBody());
        trace.headers().forEach(request::setHeader);
        HttpResponse<String> response;
        try {
            response = client.send(request.build(), BodyHandlers.ofString());
        } catch (IOException failed) {
            throw new DownstreamException(method + " " + url + " failed: " + failed);
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
            throw new DownstreamException(method + " " + url + " was interrupted");
        }
        if (response.statusCode() != 200) {
            throw new DownstreamException(method + " " + url + " answered " + response.statusCode() + ": "
                    + response.body().strip());
        }
        return response.body().strip();
    }

    @Override
    public void close() {
        client.shutdownNow();
    }
}
