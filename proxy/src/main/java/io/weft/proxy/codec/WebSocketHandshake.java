package io.weft.proxy.codec;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The key and its answer, which a WebSocket has in HTTP/1.1 alone (RFC 6455, section 4.1; RFC 8441, section 5). Where the two sides speak
 * different versions, whoever speaks HTTP/1.1 is given what the other side does not say.
 */
final class WebSocketHandshake {
    private static final String PROTOCOL = "websocket";
    private static final String KEY = "sec-websocket-key";
    private static final String ACCEPT = "sec-websocket-accept";
    private static final String VERSION = "sec-websocket-version";
    private static final String GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    private static final int KEY_BYTES = 16;

    private WebSocketHandshake() {}

    /** Whether an endpoint of HTTP/1.1 would miss a key, since the client speaks HTTP/2. */
    static boolean lacksKey(RequestHead request) {
        return PROTOCOL.equals(request.upgrade()) && !request.headers().contains(KEY);
    }

    /** The request with a key of its own; {@link #accept} tells what to expect. It guards against caches, and is no secret. */
    static RequestHead withKey(RequestHead request) {
        byte[] key = new byte[KEY_BYTES];
        RandomGenerator.getDefault().nextBytes(key);
        RequestHead keyed = request.copy();
        keyed.headers().add(KEY, Base64.getEncoder().encodeToString(key));
        if (!keyed.headers().contains(VERSION)) {
            keyed.headers().add(VERSION, "13");
        }
        return keyed;
    }

    /** What answers the request's key; null: it has none, or is no WebSocket. */
    static @Nullable String accept(RequestHead request) {
        String key = PROTOCOL.equals(request.upgrade()) ? request.headers().get(KEY) : null;
        if (key == null) {
            return null;
        }
        try {
            byte[] digest =
                    MessageDigest.getInstance("SHA-1").digest((key + GUID).getBytes(StandardCharsets.ISO_8859_1));
            return Base64.getEncoder().encodeToString(digest);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-1", e);
        }
    }

    /** Checks the answer to our own key, which is not the client's business. Whoever gives none never spoke of keys, nor did the client. */
    static void takeAccept(Headers response, String expected) throws MalformedMessageException {
        String answer = response.get(ACCEPT);
        if (answer != null && !answer.equals(expected)) {
            throw MalformedMessageException.bad(
                    "a 101 that does not answer its WebSocket's key (RFC 6455, section 4.1)");
        }
        response.remove(ACCEPT);
    }

    /** Answers the client's key where an endpoint of HTTP/2 did not. */
    static void addAccept(Headers response, @Nullable String answer) {
        if (answer != null && !response.contains(ACCEPT)) {
            response.add(ACCEPT, answer);
        }
    }
}
