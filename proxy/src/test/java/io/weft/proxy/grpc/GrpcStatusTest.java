package io.weft.proxy.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import io.weft.proxy.codec.Headers;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GrpcStatusTest {
    @ParameterizedTest
    @CsvSource({
        "200, UNKNOWN", "400, INTERNAL", "401, UNAUTHENTICATED", "403, PERMISSION_DENIED", "404, UNIMPLEMENTED",
        "429, UNAVAILABLE", "500, UNKNOWN", "502, UNAVAILABLE", "503, UNAVAILABLE", "504, UNAVAILABLE"
    })
    void responseOfSomebodyElseHasTheCodeOfItsHttpStatus(int http, GrpcStatus.Code code) {
        GrpcStatus status = GrpcStatus.of(http, new Headers());
        assertThat(status.code()).isEqualTo(code);
        assertThat(status.description()).contains("HTTP status " + http);
    }

    @Test
    void statusOfGrpcIsStrongerThanThatOfHttp() {
        assertThat(GrpcStatus.of(503, new Headers().add("grpc-status", "16")).code())
                .isEqualTo(GrpcStatus.Code.UNAUTHENTICATED);
    }

    @ParameterizedTest
    @CsvSource({"17", "-1", "x", "000", "99999999999999999999", "''"})
    void numberThatIsNoCodeIsUnknown(String number) {
        assertThat(GrpcStatus.of(200, new Headers().add("grpc-status", number)).code())
                .isEqualTo(GrpcStatus.Code.UNKNOWN);
    }

    @ParameterizedTest
    @CsvSource({"a%20b, a b", "%e2%82%ac, €", "100%, 100%", "%4, %4", "%zz, %zz", "%25, %"})
    void messageIsDecodedWhereItIsEncoded(String sent, String text) {
        Headers trailers = new Headers().add("grpc-status", "2").add("grpc-message", sent);
        assertThat(GrpcStatus.of(200, trailers).description()).isEqualTo(text);
    }
}
