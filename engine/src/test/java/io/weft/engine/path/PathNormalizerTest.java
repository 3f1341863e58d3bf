package io.weft.engine.path;

import static org.assertj.core.api.Assertions.assertThat;

import io.weft.engine.config.HttpConnectionManager.EscapedSlashes;
import io.weft.engine.config.HttpConnectionManager.PathNormalization;
import io.weft.engine.path.PathNormalizer.Result;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PathNormalizerTest {
    private static Result normalize(String target, EscapedSlashes slashes) {
        return PathNormalizer.normalize(target, new PathNormalization(true, true, slashes));
    }

    @ParameterizedTest
    @CsvSource({
        "/, /",
        "/a/b, /a/b",
        "/a/./b, /a/b",
        "/a/../b, /b",
        "/../../b, /b",
        "/a/.., /",
        "/a/b/.., /a/",
        "/a/., /a/",
        "/a//b, /a/b",
        "/a\\..\\b, /b",
        "/%61%2e%2E/b, /a../b",
        "/a/%2e%2e/b, /b",
        "/a%2Fb, /a%2Fb",
        "/a/../b?x=/../y, /b?x=/../y",
        "/.hidden, /.hidden",
        "*, *"
    })
    void targetsOfOneMeaningGetOneForm(String target, String expected) {
        assertThat(normalize(target, EscapedSlashes.KEEP)).isEqualTo(new Result.Use(expected));
    }

    @Test
    void escapedSlashesAreTreatedAsAsked() {
        assertThat(normalize("/a%2f..%5cb", EscapedSlashes.UNESCAPE_AND_FORWARD))
                .isEqualTo(new Result.Use("/b"));
        assertThat(normalize("/a%2Fb", EscapedSlashes.UNESCAPE_AND_REDIRECT)).isEqualTo(new Result.Redirect("/a/b"));
        assertThat(normalize("/a%2Fb", EscapedSlashes.REJECT)).isInstanceOf(Result.Reject.class);
        assertThat(normalize("/a?x=%2F", EscapedSlashes.REJECT)).isEqualTo(new Result.Use("/a?x=%2F"));
    }

    @Test
    void nulIsRefused() {
        assertThat(normalize("/a%00", EscapedSlashes.KEEP)).isInstanceOf(Result.Reject.class);
    }

    @Test
    void nothingChangesWhereNothingIsAsked() {
        String target = "/a/../b//%2F";
        assertThat(PathNormalizer.normalize(target, new PathNormalization(false, false, EscapedSlashes.KEEP)))
                .isEqualTo(new Result.Use(target));
    }
}
