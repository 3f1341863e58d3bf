package io.weft.demo;

import io.weft.demo.HttpService.Call;
import io.weft.demo.HttpService.Reply;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Carts in memory. A customer who has none gets one with a sample in it, so that a checkout always has something to
 * charge, also after this process was killed.
 */
final class Cart implements HttpService.Handler {
    static final int MAX_CARTS = 1_000;
    static final int MAX_ITEMS = 20;
    private static final List<String> SAMPLE = List.of("bobbin");

    // Guarded by this; the least recently used cart is dropped first.
    private final Map<String, List<String>> carts = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, List<String>> eldest) {
            return size() > MAX_CARTS;
        }
    };

    @Override
    public Reply handle(Call call) {
        String[] parts = call.after("/carts/").split("/", -1);
        boolean named = Query.isName(parts[0]);
        if (named && parts.length == 1 && call.method().equals("GET")) {
            return Reply.json(json(parts[0], items(parts[0])));
        }
        if (named
                && parts.length == 2
                && Query.isName(parts[1])
                && call.method().equals("PUT")) {
            return put(parts[0], parts[1]);
        }
        return Reply.notFound(call);
    }

    private synchronized List<String> items(String user) {
        return carts.getOrDefault(user, SAMPLE);
    }

    private synchronized Reply put(String user, String product) {
        List<String> items = carts.getOrDefault(user, SAMPLE);
        if (!items.contains(product)) {
            if (items.size() == MAX_ITEMS) {
                return new Reply(409, "the cart of " + user + " is full: it holds " + MAX_ITEMS);
            }
            items = Stream.concat(items.stream(), Stream.of(product)).toList();
        }
        carts.put(user, items);
        return Reply.json(json(user, items));
    }

    private static String json(String user, List<String> items) {
        return items.stream()
                .map(item -> "\"" + item + "\"")
                .collect(Collectors.joining(",", "{\"user\":\"" + user + "\",\"items\":[", "]}"));
    }
}
