package io.weft.engine.xds;

import static io.weft.engine.xds.Reading.join;

import io.weft.api.wire.envoy.config.route.v3.HeaderMatcher;
import io.weft.api.wire.envoy.config.route.v3.QueryParameterMatcher;
import io.weft.api.wire.envoy.config.route.v3.RouteMatch;
import io.weft.engine.config.RouteMatch.HeaderMatch;
import io.weft.engine.config.RouteMatch.HeaderTest;
import io.weft.engine.config.RouteMatch.Path;
import io.weft.engine.config.RouteMatch.QueryMatch;
import io.weft.engine.config.StringMatcher;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads matchers of strings, headers, query parameters and paths. */
final class MatcherParser {
    private final Reading reading;

    MatcherParser(Reading reading) {
        this.reading = reading;
    }

    /** Null after an error. */
    @Nullable
    StringMatcher string(String path, io.weft.api.wire.envoy.type.matcher.v3.StringMatcher message) {
        boolean ignoreCase = message.getIgnoreCase();
        return switch (message.getMatchPatternCase()) {
            case EXACT -> new StringMatcher.Exact(message.getExact(), ignoreCase);
            case PREFIX -> new StringMatcher.Prefix(message.getPrefix(), ignoreCase);
            case SUFFIX -> new StringMatcher.Suffix(message.getSuffix(), ignoreCase);
            case CONTAINS -> new StringMatcher.Contains(message.getContains(), ignoreCase);
            case SAFE_REGEX ->
                new StringMatcher.Regex(reading.regex(
                        join(path, "safe_regex.regex"), message.getSafeRegex().getRegex()));
            case CUSTOM, MATCHPATTERN_NOT_SET -> {
                reading.error(
                        path,
                        message.getMatchPatternCase().toString().toLowerCase(Locale.ROOT),
                        "expected exact, prefix, suffix, contains or safe_regex");
                yield null;
            }
        };
    }

    @Nullable
    Path path(String path, RouteMatch message) {
        return switch (message.getPathSpecifierCase()) {
            case PREFIX -> new Path.Prefix(message.getPrefix());
            case PATH -> new Path.Exact(message.getPath());
            case PATH_SEPARATED_PREFIX -> new Path.SeparatedPrefix(message.getPathSeparatedPrefix());
            case SAFE_REGEX ->
                new Path.Regex(reading.regex(
                        join(path, "safe_regex.regex"), message.getSafeRegex().getRegex()));
            case CONNECT_MATCHER -> new Path.Connect();
            case PATH_MATCH_POLICY, PATHSPECIFIER_NOT_SET -> {
                reading.error(
                        path,
                        message.getPathSpecifierCase().toString().toLowerCase(Locale.ROOT),
                        "expected prefix, path, path_separated_prefix, safe_regex or connect_matcher");
                yield null;
            }
        };
    }

    List<HeaderMatch> headers(String path, List<HeaderMatcher> messages) {
        List<HeaderMatch> headers = new ArrayList<>();
        for (int i = 0; i < messages.size(); i++) {
            HeaderMatch header = header(Reading.at(path, i), messages.get(i));
            if (header != null) {
                headers.add(header);
            }
        }
        return headers;
    }

    // The deprecated forms are still what most configurations in the field use.
    @SuppressWarnings("deprecation")
    private @Nullable HeaderMatch header(String path, HeaderMatcher message) {
        if (message.getName().isEmpty()) {
            reading.error(join(path, "name"), "", "expected a header's name");
        }
        HeaderTest test = switch (message.getHeaderMatchSpecifierCase()) {
            case STRING_MATCH -> text(string(join(path, "string_match"), message.getStringMatch()));
            case PRESENT_MATCH -> new HeaderTest.Present(message.getPresentMatch());
            case RANGE_MATCH ->
                new HeaderTest.Range(
                        message.getRangeMatch().getStart(),
                        message.getRangeMatch().getEnd());
            case EXACT_MATCH -> text(new StringMatcher.Exact(message.getExactMatch(), false));
            case PREFIX_MATCH -> text(new StringMatcher.Prefix(message.getPrefixMatch(), false));
            case SUFFIX_MATCH -> text(new StringMatcher.Suffix(message.getSuffixMatch(), false));
            case CONTAINS_MATCH -> text(new StringMatcher.Contains(message.getContainsMatch(), false));
            case SAFE_REGEX_MATCH ->
                text(new StringMatcher.Regex(reading.regex(
                        join(path, "safe_regex_match.regex"),
                        message.getSafeRegexMatch().getRegex())));
            case HEADERMATCHSPECIFIER_NOT_SET -> new HeaderTest.Present(true);
        };
        return test == null
                ? null
                : new HeaderMatch(
                        message.getName().toLowerCase(Locale.ROOT),
                        test,
                        message.getInvertMatch(),
                        message.getTreatMissingHeaderAsEmpty());
    }

    private static @Nullable HeaderTest text(@Nullable StringMatcher matcher) {
        return matcher == null ? null : new HeaderTest.Text(matcher);
    }

    List<QueryMatch> query(String path, List<QueryParameterMatcher> messages) {
        List<QueryMatch> query = new ArrayList<>();
        for (int i = 0; i < messages.size(); i++) {
            QueryParameterMatcher message = messages.get(i);
            String itemPath = Reading.at(path, i);
            reading.honours(itemPath, message, Set.of("name", "string_match", "present_match"));
            if (message.hasStringMatch()) {
                StringMatcher matcher = string(join(itemPath, "string_match"), message.getStringMatch());
                if (matcher != null) {
                    query.add(new QueryMatch.Text(message.getName(), matcher));
                }
            } else {
                query.add(new QueryMatch.Present(message.getName()));
            }
        }
        return query;
    }
}
