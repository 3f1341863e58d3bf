package io.weft.engine.xds;

import static io.weft.engine.xds.Reading.at;
import static io.weft.engine.xds.Reading.join;

import io.weft.api.wire.envoy.config.core.v3.TransportSocket;
import io.weft.api.wire.envoy.extensions.transport_sockets.raw_buffer.v3.RawBuffer;
import io.weft.api.wire.envoy.extensions.transport_sockets.tls.v3.CertificateValidationContext;
import io.weft.api.wire.envoy.extensions.transport_sockets.tls.v3.CommonTlsContext;
import io.weft.api.wire.envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext;
import io.weft.api.wire.envoy.extensions.transport_sockets.tls.v3.SubjectAltNameMatcher;
import io.weft.api.wire.envoy.extensions.transport_sockets.tls.v3.TlsCertificate;
import io.weft.api.wire.envoy.extensions.transport_sockets.tls.v3.TlsParameters;
import io.weft.api.wire.envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext;
import io.weft.engine.config.DataSource;
import io.weft.engine.config.DownstreamTls;
import io.weft.engine.config.Secret;
import io.weft.engine.config.StringMatcher;
import io.weft.engine.config.TlsSettings;
import io.weft.engine.config.TlsSettings.Certificate;
import io.weft.engine.config.TlsSettings.SanMatcher;
import io.weft.engine.config.TlsSettings.TlsVersion;
import io.weft.engine.config.TlsSettings.Trust;
import io.weft.engine.config.UpstreamTls;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads transport sockets. A field of TLS that is not honoured is an error from any source. */
final class TlsParser {
    private final Reading reading;

    TlsParser(Reading reading) {
        this.reading = reading;
    }

    /** Null for plain text, or after an error. */
    @Nullable
    DownstreamTls downstream(String path, boolean present, TransportSocket socket) {
        if (isPlain(path, present, socket)) {
            return null;
        }
        String config = join(path, "typed_config");
        if (!Reading.is(socket.getTypedConfig(), DownstreamTlsContext.getDefaultInstance())) {
            unknownSocket(config, socket);
            return null;
        }
        DownstreamTlsContext context =
                reading.unpack(config, socket.getTypedConfig(), DownstreamTlsContext.getDefaultInstance());
        if (context == null) {
            return null;
        }
        reading.honoursForSecurity(config, context, Set.of("common_tls_context", "require_client_certificate"));
        TlsSettings settings = settings(join(config, "common_tls_context"), context.getCommonTlsContext());
        if (settings.certificate() instanceof Certificate.None) {
            reading.error(
                    join(config, "common_tls_context"),
                    "",
                    "expected a certificate: tls_certificates or an SDS secret");
        }
        boolean require = context.getRequireClientCertificate().getValue();
        if (require && settings.trust() instanceof Trust.None) {
            reading.error(
                    join(config, "require_client_certificate"),
                    "true",
                    "expected a validation context: without one any certificate would pass");
        }
        return new DownstreamTls(settings, require);
    }

    /** Null for plain text, or after an error. */
    @Nullable
    UpstreamTls upstream(String path, boolean present, TransportSocket socket) {
        if (isPlain(path, present, socket)) {
            return null;
        }
        String config = join(path, "typed_config");
        if (!Reading.is(socket.getTypedConfig(), UpstreamTlsContext.getDefaultInstance())) {
            unknownSocket(config, socket);
            return null;
        }
        UpstreamTlsContext context =
                reading.unpack(config, socket.getTypedConfig(), UpstreamTlsContext.getDefaultInstance());
        if (context == null) {
            return null;
        }
        reading.honoursForSecurity(config, context, Set.of("common_tls_context", "sni", "max_session_keys"));
        return new UpstreamTls(
                settings(join(config, "common_tls_context"), context.getCommonTlsContext()), context.getSni());
    }

    private boolean isPlain(String path, boolean present, TransportSocket socket) {
        if (!present || Reading.is(socket.getTypedConfig(), RawBuffer.getDefaultInstance())) {
            return true;
        }
        if (!socket.hasTypedConfig()) {
            reading.error(
                    join(path, "typed_config"), socket.getName(), "expected the transport socket's configuration");
            return true;
        }
        return false;
    }

    private void unknownSocket(String path, TransportSocket socket) {
        reading.error(
                path,
                socket.getTypedConfig().getTypeUrl(),
                "expected a TLS context for this direction, or a RawBuffer");
    }

    private TlsSettings settings(String path, CommonTlsContext common) {
        reading.honoursForSecurity(
                path,
                common,
                Set.of(
                        "tls_params",
                        "tls_certificates",
                        "tls_certificate_sds_secret_configs",
                        "validation_context",
                        "validation_context_sds_secret_config",
                        "combined_validation_context",
                        "alpn_protocols"));
        TlsParameters params = common.getTlsParams();
        String paramsPath = join(path, "tls_params");
        reading.honoursForSecurity(
                paramsPath, params, Set.of("tls_minimum_protocol_version", "tls_maximum_protocol_version"));
        return new TlsSettings(
                certificate(path, common),
                trust(path, common),
                alternativeNames(path, common),
                common.getAlpnProtocolsList(),
                version(
                        join(paramsPath, "tls_minimum_protocol_version"),
                        params.getTlsMinimumProtocolVersion(),
                        TlsVersion.TLS_1_2),
                version(
                        join(paramsPath, "tls_maximum_protocol_version"),
                        params.getTlsMaximumProtocolVersion(),
                        TlsVersion.TLS_1_3));
    }

    private TlsVersion version(String path, TlsParameters.TlsProtocol version, TlsVersion absent) {
        return switch (version) {
            case TLS_AUTO -> absent;
            case TLSv1_2 -> TlsVersion.TLS_1_2;
            case TLSv1_3 -> TlsVersion.TLS_1_3;
            case TLSv1_0, TLSv1_1, UNRECOGNIZED -> {
                reading.error(path, version.toString(), "expected TLSv1_2 or TLSv1_3");
                yield absent;
            }
        };
    }

    private Certificate certificate(String path, CommonTlsContext common) {
        int count = common.getTlsCertificatesCount() + common.getTlsCertificateSdsSecretConfigsCount();
        if (count > 1) {
            reading.error(join(path, "tls_certificates"), count + " certificates", "expected one");
        }
        if (common.getTlsCertificateSdsSecretConfigsCount() > 0) {
            return new Certificate.Sds(
                    common.getTlsCertificateSdsSecretConfigs(0).getName());
        }
        if (common.getTlsCertificatesCount() == 0) {
            return new Certificate.None();
        }
        TlsCertificate certificate = common.getTlsCertificates(0);
        String certificatePath = at(join(path, "tls_certificates"), 0);
        reading.honoursForSecurity(certificatePath, certificate, Set.of("certificate_chain", "private_key"));
        DataSource chain = source(join(certificatePath, "certificate_chain"), certificate.getCertificateChain());
        DataSource key = source(join(certificatePath, "private_key"), certificate.getPrivateKey());
        return new Certificate.Pem(chain, key);
    }

    private Trust trust(String path, CommonTlsContext common) {
        return switch (common.getValidationContextTypeCase()) {
            case VALIDATION_CONTEXT -> trust(join(path, "validation_context"), common.getValidationContext());
            case VALIDATION_CONTEXT_SDS_SECRET_CONFIG ->
                new Trust.Sds(common.getValidationContextSdsSecretConfig().getName());
            case COMBINED_VALIDATION_CONTEXT ->
                new Trust.Sds(common.getCombinedValidationContext()
                        .getValidationContextSdsSecretConfig()
                        .getName());
            case VALIDATION_CONTEXT_CERTIFICATE_PROVIDER,
                    VALIDATION_CONTEXT_CERTIFICATE_PROVIDER_INSTANCE,
                    VALIDATIONCONTEXTTYPE_NOT_SET -> new Trust.None();
        };
    }

    private Trust trust(String path, CertificateValidationContext context) {
        return context.hasTrustedCa()
                ? new Trust.Pem(source(join(path, "trusted_ca"), context.getTrustedCa()))
                : new Trust.None();
    }

    private List<SanMatcher> alternativeNames(String path, CommonTlsContext common) {
        return switch (common.getValidationContextTypeCase()) {
            case VALIDATION_CONTEXT ->
                alternativeNames(join(path, "validation_context"), common.getValidationContext());
            case COMBINED_VALIDATION_CONTEXT ->
                alternativeNames(
                        join(path, "combined_validation_context.default_validation_context"),
                        common.getCombinedValidationContext().getDefaultValidationContext());
            case VALIDATION_CONTEXT_SDS_SECRET_CONFIG,
                    VALIDATION_CONTEXT_CERTIFICATE_PROVIDER,
                    VALIDATION_CONTEXT_CERTIFICATE_PROVIDER_INSTANCE,
                    VALIDATIONCONTEXTTYPE_NOT_SET -> List.of();
        };
    }

    private List<SanMatcher> alternativeNames(String path, CertificateValidationContext context) {
        reading.honoursForSecurity(path, context, Set.of("trusted_ca", "match_typed_subject_alt_names"));
        List<SanMatcher> matchers = new ArrayList<>();
        for (int i = 0; i < context.getMatchTypedSubjectAltNamesCount(); i++) {
            String itemPath = at(join(path, "match_typed_subject_alt_names"), i);
            SubjectAltNameMatcher message = context.getMatchTypedSubjectAltNames(i);
            StringMatcher value = new MatcherParser(reading).string(join(itemPath, "matcher"), message.getMatcher());
            SanMatcher.Kind kind = switch (message.getSanType()) {
                case URI -> SanMatcher.Kind.URI;
                case DNS -> SanMatcher.Kind.DNS;
                case EMAIL -> SanMatcher.Kind.EMAIL;
                case IP_ADDRESS -> SanMatcher.Kind.IP_ADDRESS;
                case SAN_TYPE_UNSPECIFIED, OTHER_NAME, UNRECOGNIZED -> null;
            };
            if (kind == null) {
                reading.error(
                        join(itemPath, "san_type"),
                        message.getSanType().toString(),
                        "expected URI, DNS, EMAIL or IP_ADDRESS");
            } else if (value != null) {
                matchers.add(new SanMatcher(kind, value));
            }
        }
        return matchers;
    }

    private DataSource source(String path, io.weft.api.wire.envoy.config.core.v3.DataSource message) {
        return switch (message.getSpecifierCase()) {
            case FILENAME -> new DataSource.File(message.getFilename());
            case INLINE_BYTES ->
                new DataSource.Inline(new Secret(message.getInlineBytes().toByteArray()));
            case INLINE_STRING ->
                new DataSource.Inline(new Secret(message.getInlineString().getBytes(StandardCharsets.UTF_8)));
            case ENVIRONMENT_VARIABLE, SPECIFIER_NOT_SET -> {
                reading.error(path, "", "expected filename, inline_string or inline_bytes");
                yield new DataSource.Inline(new Secret(new byte[0]));
            }
        };
    }
}
