package io.weft.proxy.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.netty.channel.epoll.Epoll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class TransportChoiceTest {
    @ParameterizedTest
    @EnumSource(TransportKind.class)
    void whatIsAskedForIsTakenOrItIsSaidWhyNot(TransportKind wanted) {
        TransportChoice choice = TransportChoice.probe(wanted);
        assertThat(choice.kind() == wanted).isEqualTo(!choice.isFallback());
        assertThat(choice.toString())
                .contains(choice.isFallback() ? wanted.optionName() + " does not work here: " : "as asked for");
    }

    @Test
    void theDefaultIsEpollWhereThereIsOne() {
        TransportChoice choice = TransportChoice.probe(null);
        assertThat(choice.kind()).isEqualTo(Epoll.isAvailable() ? TransportKind.EPOLL : TransportKind.NIO);
        assertThat(choice.isFallback()).isFalse();
    }

    @ParameterizedTest
    @EnumSource(TransportKind.class)
    void kindsAreNamedAsOnTheCommandLine(TransportKind kind) {
        assertThat(TransportKind.named(kind.optionName())).isEqualTo(kind);
    }

    @Test
    void anotherNameIsRefusedWithWhatWasExpected() {
        assertThat(TransportKind.named("auto")).isNull();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> TransportKind.named("kqueue"))
                .withMessage("--transport \"kqueue\": expected auto, io_uring, epoll or nio");
    }
}
