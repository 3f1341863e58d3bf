package io.weft.proxy.ads;

import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryResponse;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.zip.CRC32C;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The last good configuration on disk, as raw xDS, so that a proxy works after a restart without its control plane.
 *
 * <p>Format 2: the eight bytes {@code WEFTXDS2}, the CRC-32C of the rest in four bytes, the outbound port in four bytes, then delimited {@code
 * DeltaDiscoveryResponse} messages with {@code type_url} and {@code resources}. A file of another format, a broken one, or one for another port is
 * passed over.
 */
public final class DiskCache {
    private static final Logger LOG = LoggerFactory.getLogger(DiskCache.class);
    static final Duration SAVE_DELAY = Duration.ofSeconds(1);
    private static final byte[] MAGIC = {'W', 'E', 'F', 'T', 'X', 'D', 'S', '2'};
    private static final int HEADER = MAGIC.length + Integer.BYTES;
    private static final int MAX_BYTES = 128 << 20;

    private final Path file;
    private final int outboundPort;

    /**
     * @param stateDirectory of this proxy alone; exists, 0700
     * @param outboundPort where the program looks for the proxy: the listeners of another port are of no use to it; 0: it has none
     */
    public DiskCache(Path stateDirectory, int outboundPort) {
        this.file = stateDirectory.resolve("xds-cache");
        this.outboundPort = outboundPort;
    }

    /** What was saved, or nothing where there is nothing that can be read. */
    List<DeltaDiscoveryResponse> load() {
        try {
            if (Files.size(file) > MAX_BYTES) {
                LOG.warn("{}: larger than {} bytes, passed over", file, MAX_BYTES);
                return List.of();
            }
            return parse(Files.readAllBytes(file));
        } catch (NoSuchFileException e) {
            return List.of();
        } catch (IOException e) {
            LOG.warn("{}: passed over: {}", file, e.getMessage());
            return List.of();
        }
    }

    private List<DeltaDiscoveryResponse> parse(byte[] bytes) throws IOException {
        if (bytes.length < HEADER + Integer.BYTES || !Arrays.equals(bytes, 0, MAGIC.length, MAGIC, 0, MAGIC.length)) {
            throw new IOException("not of this format");
        }
        if (ByteBuffer.wrap(bytes).getInt(MAGIC.length) != checksum(bytes)) {
            throw new IOException("its checksum is wrong");
        }
        int port = ByteBuffer.wrap(bytes).getInt(HEADER);
        if (port != outboundPort) {
            throw new IOException("it is for outbound port " + port + ", and this proxy has " + outboundPort);
        }
        int start = HEADER + Integer.BYTES;
        ByteArrayInputStream input = new ByteArrayInputStream(bytes, start, bytes.length - start);
        List<DeltaDiscoveryResponse> responses = new ArrayList<>();
        while (input.available() > 0) {
            responses.add(DeltaDiscoveryResponse.parseDelimitedFrom(input));
        }
        return responses;
    }

    /** Replaces the file whole, readable by its owner alone; a failure is logged, since the proxy works without it. */
    void save(List<DeltaDiscoveryResponse> responses) {
        Path next = file.resolveSibling(file.getFileName() + ".next");
        try {
            byte[] bytes = format(responses);
            if (bytes.length > MAX_BYTES) {
                LOG.warn("{}: the configuration has {} bytes, more than is kept ({})", file, bytes.length, MAX_BYTES);
                return;
            }
            Files.deleteIfExists(next);
            try (var channel = Files.newByteChannel(
                    next,
                    Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")))) {
                ByteBuffer buffer = ByteBuffer.wrap(bytes);
                while (buffer.hasRemaining()) {
                    channel.write(buffer);
                }
            }
            Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            LOG.warn("{}: the configuration cannot be saved: {}", file, e.getMessage());
        }
    }

    private byte[] format(List<DeltaDiscoveryResponse> responses) throws IOException {
        ByteArrayOutputStream output = new ByteArrayOutputStream();
        output.write(MAGIC);
        output.write(new byte[Integer.BYTES]);
        output.write(ByteBuffer.allocate(Integer.BYTES).putInt(outboundPort).array());
        for (DeltaDiscoveryResponse response : responses) {
            response.writeDelimitedTo(output);
        }
        byte[] bytes = output.toByteArray();
        ByteBuffer.wrap(bytes).putInt(MAGIC.length, checksum(bytes));
        return bytes;
    }

    private static int checksum(byte[] bytes) {
        CRC32C checksum = new CRC32C();
        checksum.update(bytes, HEADER, bytes.length - HEADER);
        return (int) checksum.getValue();
    }
}
