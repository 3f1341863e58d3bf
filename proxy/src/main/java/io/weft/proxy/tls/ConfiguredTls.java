package io.weft.proxy.tls;

import io.weft.core.identity.SpiffeId;
import io.weft.core.identity.WorkloadIdentity;
import io.weft.core.watch.Watched;
import io.weft.engine.config.DownstreamTls;
import io.weft.engine.config.StringMatcher;
import io.weft.engine.config.TlsSettings;
import io.weft.engine.config.TlsSettings.Certificate;
import io.weft.engine.config.TlsSettings.SanMatcher;
import io.weft.engine.config.TlsSettings.Trust;
import io.weft.engine.config.UpstreamTls;
import io.weft.engine.match.StringTest;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Makes TLS contexts of what a configuration says. {@code weft:svid} and {@code weft:bundle} are the workload's own. */
public final class ConfiguredTls {
    /** The SDS name of the workload's SVID. */
    public static final String SVID = "weft:svid";

    /** The SDS name of the workload's trust bundle. */
    public static final String BUNDLE = "weft:bundle";

    private final TlsContexts contexts;
    private final @Nullable Watched<WorkloadIdentity> identity;
    private final CertificateFiles files;

    /**
     * @param files reads what a configuration names
     * @param identity null: the process has none, and the two SDS names cannot be resolved
     */
    public ConfiguredTls(TlsContexts contexts, CertificateFiles files, @Nullable Watched<WorkloadIdentity> identity) {
        this.contexts = contexts;
        this.files = files;
        this.identity = identity;
    }

    /**
     * Reads the files that settings name, so that no event loop waits for them at its first connection.
     *
     * @throws TlsConfigurationException where one cannot be read
     */
    public void prepare(TlsSettings settings) {
        if (settings.certificate() instanceof Certificate.Pem pem) {
            files.certificate(pem);
        }
        if (settings.trust() instanceof Trust.Pem pem) {
            files.roots(pem);
        }
    }

    /**
     * @throws TlsConfigurationException where a file cannot be read, or an SDS name is not known
     */
    public ServedContext server(DownstreamTls tls) {
        return server(tls, false);
    }

    /**
     * @param halfCloses as {@link TlsParameters#halfCloses}
     * @throws TlsConfigurationException where a file cannot be read, or an SDS name is not known
     */
    public ServedContext server(DownstreamTls tls, boolean halfCloses) {
        TlsSettings settings = tls.settings();
        boolean checks = !(settings.trust() instanceof Trust.None);
        ClientCertificates clients = tls.requireClientCertificate()
                ? ClientCertificates.REQUIRED
                : checks ? ClientCertificates.REQUESTED : ClientCertificates.NONE;
        return contexts.server(
                own(settings.certificate()),
                trust(settings, ""),
                clients,
                parameters(settings, settings.applicationProtocols(), halfCloses));
    }

    /**
     * @param expectedIdentity the SPIFFE ID that the endpoint must show beside what the settings ask for; empty: none
     * @param applicationProtocols ALPN, in place of the settings' own where there are any
     * @throws TlsConfigurationException where a file cannot be read, or an SDS name is not known
     */
    public ServedContext client(UpstreamTls tls, String expectedIdentity, List<String> applicationProtocols) {
        return client(tls, expectedIdentity, applicationProtocols, false);
    }

    /**
     * @param halfCloses as {@link TlsParameters#halfCloses}
     * @throws TlsConfigurationException where a file cannot be read, or an SDS name is not known
     */
    public ServedContext client(
            UpstreamTls tls, String expectedIdentity, List<String> applicationProtocols, boolean halfCloses) {
        TlsSettings settings = tls.settings();
        return contexts.client(
                own(settings.certificate()),
                trust(settings, expectedIdentity),
                parameters(settings, applicationProtocols, halfCloses));
    }

    private static TlsParameters parameters(
            TlsSettings settings, List<String> applicationProtocols, boolean halfCloses) {
        return new TlsParameters(
                version(settings.minimumVersion()),
                version(settings.maximumVersion()),
                applicationProtocols,
                List.of(),
                List.of(),
                halfCloses);
    }

    private static TlsParameters.Version version(TlsSettings.TlsVersion version) {
        return switch (version) {
            case TLS_1_2 -> TlsParameters.Version.TLS_1_2;
            case TLS_1_3 -> TlsParameters.Version.TLS_1_3;
        };
    }

    private OwnCertificate own(Certificate certificate) {
        return switch (certificate) {
            case Certificate.None() -> new OwnCertificate.None();
            case Certificate.Sds(String name) -> new OwnCertificate.Svid(identity(name, SVID));
            case Certificate.Pem pem -> new OwnCertificate.Files(files.certificate(pem));
        };
    }

    private PeerTrust trust(TlsSettings settings, String expectedIdentity) {
        return switch (settings.trust()) {
            case Trust.None() -> {
                if (!expectedIdentity.isEmpty()
                        || !settings.subjectAlternativeNames().isEmpty()) {
                    throw new TlsConfigurationException(
                            "a name is expected of a peer whose certificate is not checked: configure a trusted CA or "
                                    + BUNDLE);
                }
                yield new PeerTrust.Anyone();
            }
            case Trust.Sds(String name) ->
                mesh(identity(name, BUNDLE), settings.subjectAlternativeNames(), expectedIdentity);
            case Trust.Pem pem ->
                new PeerTrust.Roots(
                        files.roots(pem),
                        names(settings.subjectAlternativeNames(), expectedIdentity),
                        describe(settings.subjectAlternativeNames()));
        };
    }

    private Watched<WorkloadIdentity> identity(String name, String known) {
        if (!name.equals(known)) {
            throw new TlsConfigurationException("the secret " + name + " is not known: expected " + known);
        }
        if (identity == null) {
            throw new TlsConfigurationException(name + " needs an identity, and this proxy was started without one");
        }
        return identity;
    }

    private static PeerTrust.Mesh mesh(
            Watched<WorkloadIdentity> identity, List<SanMatcher> matchers, String expectedIdentity) {
        List<StringTest> tests = new ArrayList<>();
        Set<SpiffeId> exact = new LinkedHashSet<>();
        for (SanMatcher matcher : matchers) {
            if (matcher.kind() != SanMatcher.Kind.URI) {
                throw new TlsConfigurationException(
                        "with " + BUNDLE + " expected identities are URI names, found " + matcher);
            }
            tests.add(StringTest.compile(matcher.value()));
            if (matcher.value() instanceof StringMatcher.Exact(String uri, boolean _)) {
                exact.add(parse(uri));
            }
        }
        Predicate<SpiffeId> names = id -> tests.isEmpty() || tests.stream().anyMatch(test -> test.test(id.toString()));
        if (!expectedIdentity.isEmpty()) {
            SpiffeId endpoint = parse(expectedIdentity);
            if (!names.test(endpoint)) {
                throw new TlsConfigurationException("the endpoint's identity " + endpoint
                        + " is none of those that its cluster expects: " + describe(matchers));
            }
            return new PeerTrust.Mesh(identity, Set.of(endpoint));
        }
        return exact.size() == matchers.size()
                ? new PeerTrust.Mesh(identity, exact)
                : new PeerTrust.Mesh(identity, Set.of(), names, describe(matchers));
    }

    private static SpiffeId parse(String uri) {
        try {
            return SpiffeId.parse(uri);
        } catch (IllegalArgumentException e) {
            throw new TlsConfigurationException(String.valueOf(e.getMessage()), e);
        }
    }

    private static Predicate<PeerCertificate> names(List<SanMatcher> matchers, String expectedIdentity) {
        List<Predicate<PeerCertificate>> tests = new ArrayList<>();
        for (SanMatcher matcher : matchers) {
            StringTest test = StringTest.compile(matcher.value());
            tests.add(
                    switch (matcher.kind()) {
                        case URI -> peer -> peer.uris().stream().anyMatch(test::test);
                        case DNS -> dns(matcher.value(), test);
                        case EMAIL, IP_ADDRESS ->
                            throw new TlsConfigurationException(
                                    "names of kind " + matcher.kind() + " are not tested: expected URI or DNS");
                    });
        }
        return peer -> (expectedIdentity.isEmpty() || peer.uris().contains(expectedIdentity))
                && (tests.isEmpty() || tests.stream().anyMatch(test -> test.test(peer)));
    }

    /** An exact name also meets a certificate's wildcard, which stands for one whole label (RFC 9525, section 6.3). */
    private static Predicate<PeerCertificate> dns(StringMatcher matcher, StringTest test) {
        if (!(matcher instanceof StringMatcher.Exact(String name, boolean _))) {
            return peer -> peer.dnsNames().stream().anyMatch(test::test);
        }
        int dot = name.indexOf('.');
        String wildcard = dot > 0 ? "*" + name.substring(dot) : name;
        return peer -> peer.dnsNames().stream()
                .anyMatch(dnsName -> dnsName.equalsIgnoreCase(name) || dnsName.equalsIgnoreCase(wildcard));
    }

    private static String describe(List<SanMatcher> matchers) {
        return matchers.isEmpty() ? "any name" : "a name that matches one of " + matchers;
    }
}
