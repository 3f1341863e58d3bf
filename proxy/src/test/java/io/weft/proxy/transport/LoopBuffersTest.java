package io.weft.proxy.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.util.IllegalReferenceCountException;
import io.netty.util.concurrent.ImmediateEventExecutor;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class LoopBuffersTest {
    private final LoopBuffers buffers = new LoopBuffers(ImmediateEventExecutor.INSTANCE);

    private static long address(ByteBuf buffer) {
        return buffer.memoryAddress();
    }

    @Test
    void memoryThatCameBackIsLentAgainEmpty() {
        ByteBuf first = buffers.directBuffer(100);
        long memory = address(first);
        first.writeLong(7).readByte();
        first.release();
        ByteBuf second = buffers.directBuffer(200);
        assertThat(address(second)).isEqualTo(memory);
        assertThat(second.readableBytes()).isZero();
        assertThat(second.refCnt()).isOne();
        second.release();
    }

    @Test
    void nobodyGetsMemoryThatIsLent() {
        List<ByteBuf> lent = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            lent.add(buffers.directBuffer(64).writeInt(i));
        }
        assertThat(lent.stream().map(LoopBuffersTest::address)).doesNotHaveDuplicates();
        for (int i = 0; i < lent.size(); i++) {
            assertThat(lent.get(i).readInt()).isEqualTo(i);
        }
        lent.forEach(ByteBuf::release);
    }

    @Test
    void sliceKeepsItsMemory() {
        ByteBuf whole = buffers.directBuffer(64).writeInt(1).writeInt(2);
        ByteBuf slice = whole.readRetainedSlice(4);
        whole.release();
        ByteBuf other = buffers.directBuffer(64).writeInt(3);
        assertThat(slice.readInt()).isOne();
        slice.release();
        other.release();
    }

    @Test
    void bufferThatGrewKeepsItsContentAndIsReplaced() {
        for (int i = 0; i < 100; i++) {
            ByteBuf buffer = buffers.directBuffer(64).writeInt(i);
            buffer.writeZero(10_000);
            assertThat(buffer.readInt()).isEqualTo(i);
            buffer.release();
        }
        ByteBuf next = buffers.directBuffer(64);
        assertThat(next.capacity()).isEqualTo(ReadBuffers.SMALL_BYTES);
        next.release();
    }

    @Test
    void whatIsLargerIsAnothersAndIsLargeEnough() {
        ByteBuf large = buffers.directBuffer(ReadBuffers.LARGE_BYTES);
        assertThat(large.capacity()).isGreaterThanOrEqualTo(ReadBuffers.LARGE_BYTES);
        large.release();
    }

    @Test
    @SuppressWarnings("CheckReturnValue") // it throws
    void whoGaveItBackCannotUseIt() {
        ByteBuf buffer = buffers.directBuffer(64).writeInt(1);
        buffer.release();
        assertThatThrownBy(buffer::readInt).isInstanceOf(IllegalReferenceCountException.class);
        assertThatThrownBy(buffer::release).isInstanceOf(IllegalReferenceCountException.class);
    }

    @Test
    void memoryForBulkIsTakenOnceAndLentToFew() {
        ByteBuf first = buffers.directBuffer(ReadBuffers.BULK_BYTES);
        long memory = address(first);
        first.release();
        List<ByteBuf> lent = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            lent.add(buffers.directBuffer(ReadBuffers.BULK_BYTES).writeInt(i));
        }
        assertThat(address(lent.getFirst())).isEqualTo(memory);
        assertThat(lent).filteredOn(buffer -> buffer.alloc().equals(buffers)).hasSize(2);
        assertThat(lent.stream().map(LoopBuffersTest::address)).doesNotHaveDuplicates();
        lent.forEach(ByteBuf::release);
    }
}
