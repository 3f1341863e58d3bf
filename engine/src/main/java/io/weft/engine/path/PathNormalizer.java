package io.weft.engine.path;

import io.weft.engine.config.HttpConnectionManager.PathNormalization;
import java.util.ArrayDeque;
import java.util.Deque;

/** Brings request targets into one form, so that a rule and an application see the same path (RFC 3986, section 6.2.2). */
public final class PathNormalizer {
    private PathNormalizer() {}

    /** What became of a target. */
    public sealed interface Result {
        /** Use this one; equal to the one given where nothing had to change. */
        record Use(String target) implements Result {}

        /** Answer with a redirect to this one. */
        record Redirect(String target) implements Result {}

        /** Answer 400. */
        record Reject(String reason) implements Result {}
    }

    /** Normalizes a target with its query; the query stays as it is. */
    public static Result normalize(String target, PathNormalization how) {
        if (!target.startsWith("/") || isNormal(target)) {
            return new Result.Use(target);
        }
        int question = target.indexOf('?');
        String path = question < 0 ? target : target.substring(0, question);
        String query = question < 0 ? "" : target.substring(question);
        boolean redirect = false;
        if (hasEscapedSlash(path)) {
            switch (how.escapedSlashes()) {
                case KEEP -> {}
                case REJECT -> {
                    return new Result.Reject("the path holds an escaped slash");
                }
                case UNESCAPE_AND_REDIRECT -> {
                    path = unescapeSlashes(path);
                    redirect = true;
                }
                case UNESCAPE_AND_FORWARD -> path = unescapeSlashes(path);
            }
        }
        if (how.normalize()) {
            if (path.indexOf('\0') >= 0 || path.contains("%00")) {
                return new Result.Reject("the path holds a NUL");
            }
            path = removeDotSegments(decodeUnreserved(path.replace('\\', '/')));
        }
        if (how.mergeSlashes()) {
            path = mergeSlashes(path);
        }
        String normalized = path + query;
        return redirect ? new Result.Redirect(normalized) : new Result.Use(normalized);
    }

    /** Whether {@link #normalize} would leave a target as it is, whatever it is told to do; true of nearly all. */
    public static boolean isNormal(String target) {
        char previous = 0;
        for (int i = 0; i < target.length(); i++) {
            char c = target.charAt(i);
            if (c == '?') {
                return true;
            }
            if (c == '%' || c == '\\' || c == 0 || (previous == '/' && (c == '/' || c == '.'))) {
                return false;
            }
            previous = c;
        }
        return true;
    }

    private static boolean hasEscapedSlash(String path) {
        for (int i = path.indexOf('%'); i >= 0 && i + 2 < path.length(); i = path.indexOf('%', i + 1)) {
            if (isEscapedSlash(path, i)) {
                return true;
            }
        }
        return false;
    }

    private static boolean isEscapedSlash(String path, int percent) {
        return path.regionMatches(true, percent, "%2f", 0, 3) || path.regionMatches(true, percent, "%5c", 0, 3);
    }

    private static String unescapeSlashes(String path) {
        StringBuilder text = new StringBuilder(path.length());
        for (int i = 0; i < path.length(); i++) {
            if (path.charAt(i) == '%' && isEscapedSlash(path, i)) {
                text.append(path.charAt(i + 1) == '2' ? '/' : '\\');
                i += 2;
            } else {
                text.append(path.charAt(i));
            }
        }
        return text.toString();
    }

    /** RFC 3986, section 6.2.2.2. */
    private static String decodeUnreserved(String path) {
        if (path.indexOf('%') < 0) {
            return path;
        }
        StringBuilder text = new StringBuilder(path.length());
        for (int i = 0; i < path.length(); i++) {
            char c = path.charAt(i);
            int high = c == '%' && i + 2 < path.length() ? Character.digit(path.charAt(i + 1), 16) : -1;
            int low = high >= 0 ? Character.digit(path.charAt(i + 2), 16) : -1;
            if (low >= 0 && isUnreserved((char) (high * 16 + low))) {
                text.append((char) (high * 16 + low));
                i += 2;
            } else {
                text.append(c);
            }
        }
        return text.toString();
    }

    private static boolean isUnreserved(char c) {
        return (c >= 'a' && c <= 'z')
                || (c >= 'A' && c <= 'Z')
                || (c >= '0' && c <= '9')
                || c == '-'
                || c == '.'
                || c == '_'
                || c == '~';
    }

    /** RFC 3986, section 5.2.4. */
    private static String removeDotSegments(String path) {
        if (!path.contains("/.")) {
            return path;
        }
        Deque<String> kept = new ArrayDeque<>();
        String[] segments = path.substring(1).split("/", -1);
        for (int i = 0; i < segments.length; i++) {
            boolean last = i == segments.length - 1;
            switch (segments[i]) {
                case "." -> {
                    if (last) {
                        kept.addLast("");
                    }
                }
                case ".." -> {
                    kept.pollLast();
                    if (last) {
                        kept.addLast("");
                    }
                }
                default -> kept.addLast(segments[i]);
            }
        }
        return "/" + String.join("/", kept);
    }

    private static String mergeSlashes(String path) {
        if (!path.contains("//")) {
            return path;
        }
        StringBuilder text = new StringBuilder(path.length());
        for (int i = 0; i < path.length(); i++) {
            char c = path.charAt(i);
            if (c != '/' || text.isEmpty() || text.charAt(text.length() - 1) != '/') {
                text.append(c);
            }
        }
        return text.toString();
    }
}
