package io.weft.control.registry;

import com.google.protobuf.InvalidProtocolBufferException;
import io.weft.api.v1.RegisterRequest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.zip.CRC32C;

/**
 * The registry's instances as they lie on disk and in a backup: the eight bytes {@code WEFTREG1}, a byte that says how many they are of all, the
 * CRC-32C of the rest in four bytes, and a {@code RegisterRequest} with the workloads.
 */
public record RegistryImage(List<Instance> instances, Knowledge knowledge) {
    private static final byte[] MAGIC = {'W', 'E', 'F', 'T', 'R', 'E', 'G', '1'};
    private static final int HEADER = MAGIC.length + 1 + Integer.BYTES;

    /** How many of the instances that run an image may hold. */
    public enum Knowledge {
        /** Of earlier days, from a backup or a lost file. */
        SOME('s'),
        /** Of a process that was killed: all but those that came at its last moment. */
        NEARLY_ALL('n'),
        /** Of a process that stopped in order. */
        ALL('a');

        private final byte code;

        Knowledge(char code) {
            this.code = (byte) code;
        }

        static Knowledge of(byte code) throws IOException {
            for (Knowledge each : values()) {
                if (each.code == code) {
                    return each;
                }
            }
            throw new IOException("it does not say how many instances it knows");
        }
    }

    public RegistryImage {
        instances = List.copyOf(instances);
    }

    public static RegistryImage of(RegistrySnapshot snapshot, Knowledge knowledge) {
        return new RegistryImage(List.copyOf(snapshot.instances().values()), knowledge);
    }

    public byte[] encoded() {
        RegisterRequest.Builder content = RegisterRequest.newBuilder();
        instances.forEach(each -> content.addWorkloads(RegistrationCodec.write(each)));
        byte[] body = content.build().toByteArray();
        return ByteBuffer.allocate(HEADER + body.length)
                .put(MAGIC)
                .put(knowledge.code)
                .putInt(checksum(body))
                .put(body)
                .array();
    }

    /** @throws IOException with the reason, where this is no such image or a damaged one */
    public static RegistryImage decode(byte[] bytes) throws IOException {
        if (bytes.length < HEADER || !Arrays.equals(bytes, 0, MAGIC.length, MAGIC, 0, MAGIC.length)) {
            throw new IOException("it is no registry of this format");
        }
        ByteBuffer header = ByteBuffer.wrap(bytes, MAGIC.length, bytes.length - MAGIC.length);
        Knowledge knowledge = Knowledge.of(header.get());
        int expected = header.getInt();
        byte[] body = Arrays.copyOfRange(bytes, HEADER, bytes.length);
        if (checksum(body) != expected) {
            throw new IOException("its checksum is wrong");
        }
        try {
            return new RegistryImage(instances(RegisterRequest.parseFrom(body)), knowledge);
        } catch (InvalidProtocolBufferException | IllegalArgumentException e) {
            throw new IOException("it cannot be read: " + e.getMessage(), e);
        }
    }

    private static List<Instance> instances(RegisterRequest content) {
        return content.getWorkloadsList().stream().map(RegistrationCodec::read).toList();
    }

    private static int checksum(byte[] body) {
        CRC32C checksum = new CRC32C();
        checksum.update(body);
        return (int) checksum.getValue();
    }
}
