package io.weft.control.backup;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import java.util.zip.ZipOutputStream;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * A backup: a ZIP file whose first entry, {@code manifest.json}, tells what follows, with the SHA-256 of each file, and whose comment is the SHA-256 of everything
 * before it. It holds the CA's private key.
 *
 * @param files by name; exactly those of the manifest
 */
public record BackupArchive(Manifest manifest, SortedMap<String, byte[]> files) {
    static final String CONFIG = "config.db";
    static final String AUTHORITY = "authority.pem";
    static final String REGISTRY = "registry.pb";
    static final String REST_TOKEN = "rest-token";

    /** More than a store can hold: 10,000 documents at a time, and 32 MiB of history. */
    private static final int MAX_BYTES = 1 << 30;

    /** SHA-256 in hex. */
    private static final int SEAL = 64;

    private static final String MANIFEST = "manifest.json";
    private static final JsonMapper MAPPER = JsonMapper.builder()
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_NULL_CREATOR_PROPERTIES)
            .build();

    public BackupArchive {
        files = new TreeMap<>(files);
    }

    /** The manifest's entries for these files. */
    static List<Manifest.Entry> entries(SortedMap<String, byte[]> files) {
        List<Manifest.Entry> entries = new ArrayList<>();
        files.forEach((name, content) -> entries.add(new Manifest.Entry(name, content.length, sha256(content))));
        return entries;
    }

    public byte[] encoded() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
            write(zip, MANIFEST, MAPPER.writerWithDefaultPrettyPrinter().writeValueAsBytes(manifest));
            for (Map.Entry<String, byte[]> file : files.entrySet()) {
                write(zip, file.getKey(), file.getValue());
            }
        } catch (IOException e) {
            throw new IllegalStateException("memory does not fail", e);
        }
        return sealed(bytes.toByteArray());
    }

    /** With the SHA-256 of all bytes as the ZIP file's comment, whose length stands last in a file without one. */
    private static byte[] sealed(byte[] zip) {
        byte[] sealed = Arrays.copyOf(zip, zip.length + SEAL);
        sealed[zip.length - 2] = SEAL;
        byte[] seal = sha256(Arrays.copyOf(sealed, zip.length)).getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(seal, 0, sealed, zip.length, SEAL);
        return sealed;
    }

    private static boolean isSealed(byte[] bytes) {
        int end = bytes.length - SEAL;
        return end > 0
                && sha256(Arrays.copyOf(bytes, end)).equals(new String(bytes, end, SEAL, StandardCharsets.US_ASCII));
    }

    private void write(ZipOutputStream zip, String name, byte[] content) throws IOException {
        ZipEntry entry = new ZipEntry(name);
        entry.setTime(manifest.createdAt().toEpochMilli());
        zip.putNextEntry(entry);
        zip.write(content);
        zip.closeEntry();
    }

    /**
     * Reads a backup and verifies that it is whole.
     *
     * @throws BackupException where it is no backup, a damaged one, or one of a later format
     */
    public static BackupArchive decode(byte[] bytes) throws BackupException {
        try (ZipInputStream zip = new ZipInputStream(new ByteArrayInputStream(bytes))) {
            ZipEntry first = zip.getNextEntry();
            if (first == null || !first.getName().equals(MANIFEST)) {
                throw new BackupException("it is not a backup of Weft's control plane");
            }
            if (!isSealed(bytes)) {
                throw damaged("its checksum is wrong", null);
            }
            Manifest manifest = manifest(read(zip, MANIFEST));
            SortedMap<String, byte[]> files = new TreeMap<>();
            for (Manifest.Entry expected : manifest.files()) {
                ZipEntry entry = zip.getNextEntry();
                if (entry == null || !entry.getName().equals(expected.name())) {
                    throw damaged(expected.name() + " is missing", null);
                }
                byte[] content = read(zip, expected.name());
                if (content.length != expected.bytes() || !sha256(content).equals(expected.sha256())) {
                    throw damaged("the checksum of " + expected.name() + " is wrong", null);
                }
                files.put(expected.name(), content);
            }
            TreeSet<String> needed = new TreeSet<>(List.of(CONFIG, AUTHORITY));
            needed.removeAll(files.keySet());
            if (!needed.isEmpty()) {
                throw damaged("it lacks " + needed, null);
            }
            return new BackupArchive(manifest, files);
        } catch (IOException | IllegalArgumentException e) {
            throw damaged(String.valueOf(e.getMessage()), e);
        }
    }

    private static byte[] read(ZipInputStream zip, String name) throws IOException, BackupException {
        byte[] content = zip.readNBytes(MAX_BYTES);
        if (content.length == MAX_BYTES) {
            throw damaged(name + " is larger than " + MAX_BYTES + " bytes", null);
        }
        // Reads to the entry's end, where its own checksum is compared.
        return content;
    }

    private static Manifest manifest(byte[] json) throws BackupException {
        try {
            int format = MAPPER.readTree(json).path("format").asInt(0);
            if (format > Manifest.FORMAT) {
                throw new BackupException("it has format " + format + ", this release reads format " + Manifest.FORMAT
                        + ": restore it with the release that made it");
            }
            Manifest manifest = MAPPER.readValue(json, Manifest.class);
            if (manifest == null || manifest.format() < 1) {
                throw damaged("its manifest says nothing", null);
            }
            return manifest;
        } catch (JacksonException e) {
            throw damaged("its manifest cannot be read: " + e.getOriginalMessage(), e);
        }
    }

    private static BackupException damaged(String what, @Nullable Throwable cause) {
        String message = "it is damaged or cut off: " + what + "; take another copy of it";
        return cause == null ? new BackupException(message) : new BackupException(message, cause);
    }

    private static String sha256(byte[] content) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    @Override
    public String toString() {
        return "BackupArchive[" + manifest + "]";
    }
}
