package io.weft.proxy.tls;

import io.weft.core.watch.Watched;
import io.weft.engine.config.DataSource;
import io.weft.engine.config.TlsSettings.Certificate;
import io.weft.engine.config.TlsSettings.Trust;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Certificates, keys and roots that a configuration names: read once when they are first asked for, and again by {@link #refresh} where a file has changed, so
 * that whoever renews them needs no restart. What cannot be read then is told, and the last good one serves on. Safe on any thread.
 */
public final class CertificateFiles {
    private static final Logger LOG = LoggerFactory.getLogger(CertificateFiles.class);

    /** More than any configuration names; what comes beyond is read, and not looked at again. */
    private static final int MAX_ENTRIES = 4096;

    private final Map<Object, Entry<?>> entries = new ConcurrentHashMap<>();

    /** What tells one version of a file from the next; a file that is replaced by a renamed one has another key. */
    private record Stamp(
            FileTime modified, long size, @Nullable Object key) {
        static @Nullable Stamp of(DataSource source) {
            if (!(source instanceof DataSource.File(String path))) {
                return null;
            }
            try {
                BasicFileAttributes found = Files.readAttributes(Path.of(path), BasicFileAttributes.class);
                return new Stamp(found.lastModifiedTime(), found.size(), found.fileKey());
            } catch (IOException e) {
                return null;
            }
        }
    }

    /** Makes a value of sources. */
    private interface Reader<T> {
        T read();
    }

    private static final class Entry<T> {
        private final String name;
        private final List<DataSource> sources;
        private final Reader<T> reader;
        private final Watched<T> value;
        private List<@Nullable Stamp> stamps;
        private String trouble = "";

        /** Reads at once; fails where that fails. */
        Entry(String name, List<DataSource> sources, Reader<T> reader) {
            this.name = name;
            this.sources = sources;
            this.reader = reader;
            // Before the content: a change in between is then seen by the next look.
            this.stamps = stamps();
            this.value = new Watched<>(reader.read());
        }

        private List<@Nullable Stamp> stamps() {
            List<@Nullable Stamp> now = new ArrayList<>();
            sources.forEach(source -> now.add(Stamp.of(source)));
            return now;
        }

        synchronized void refresh() {
            List<@Nullable Stamp> now = stamps();
            if (now.equals(stamps) && trouble.isEmpty()) {
                return;
            }
            try {
                T next = reader.read();
                stamps = now;
                trouble = "";
                if (!next.equals(value.get())) {
                    value.set(next);
                    LOG.info("{} changed: new connections use it", name);
                }
            } catch (TlsConfigurationException e) {
                String why = String.valueOf(e.getMessage());
                if (!why.equals(trouble)) {
                    trouble = why;
                    LOG.warn("{} changed and cannot be used, the last good one serves on: {}", name, why);
                }
            }
        }
    }

    /**
     * A certificate with its key.
     *
     * @throws TlsConfigurationException where a file cannot be read, or the two do not belong together
     */
    Watched<OwnCertificate.Fixed> certificate(Certificate.Pem pem) {
        return entry(
                pem,
                () -> new Entry<>(
                        "the certificate " + origin(pem.chain()),
                        List.of(pem.chain(), pem.privateKey()),
                        () -> read(pem)));
    }

    /**
     * Trusted roots.
     *
     * @throws TlsConfigurationException where the file cannot be read
     */
    Watched<PeerTrust.TrustedRoots> roots(Trust.Pem pem) {
        return entry(
                pem,
                () -> new Entry<>(
                        "the trusted CA " + origin(pem.roots()),
                        List.of(pem.roots()),
                        () -> new PeerTrust.TrustedRoots(
                                PemFiles.certificates(bytes(pem.roots()), origin(pem.roots())))));
    }

    @SuppressWarnings("unchecked") // the key's type tells the value's
    private <T> Watched<T> entry(Object key, Supplier<Entry<T>> made) {
        Entry<?> known = entries.get(key);
        if (known == null && entries.size() >= MAX_ENTRIES) {
            return made.get().value;
        }
        return ((Entry<T>) entries.computeIfAbsent(key, _ -> made.get())).value;
    }

    /** Looks whether files have changed, and reads those that have. Blocks for as long as that takes. */
    public void refresh() {
        entries.values().forEach(Entry::refresh);
    }

    private static OwnCertificate.Fixed read(Certificate.Pem pem) {
        List<X509Certificate> chain = PemFiles.certificates(bytes(pem.chain()), origin(pem.chain()));
        PrivateKey key = PemFiles.privateKey(bytes(pem.privateKey()), origin(pem.privateKey()));
        if (!KeyFit.belongTogether(chain.getFirst().getPublicKey(), key)) {
            // While the two files of a renewal are replaced one after the other, this is so for a moment.
            throw new TlsConfigurationException("the key in " + origin(pem.privateKey())
                    + " is not that of the first certificate in " + origin(pem.chain()));
        }
        return new OwnCertificate.Fixed(chain, key);
    }

    private static byte[] bytes(DataSource source) {
        return switch (source) {
            case DataSource.Inline inline -> inline.bytes().bytes();
            case DataSource.File(String path) -> {
                try {
                    yield Files.readAllBytes(Path.of(path));
                } catch (IOException e) {
                    throw new TlsConfigurationException("the file " + path + " cannot be read: " + e.getMessage(), e);
                }
            }
        };
    }

    private static String origin(DataSource source) {
        return switch (source) {
            case DataSource.Inline _ -> "inline text";
            case DataSource.File(String path) -> path;
        };
    }
}
