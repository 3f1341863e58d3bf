package io.weft.control.xds;

import io.envoyproxy.envoy.config.core.v3.TransportSocket;
import io.envoyproxy.envoy.extensions.transport_sockets.raw_buffer.v3.RawBuffer;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.CertificateValidationContext;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.CommonTlsContext;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.SdsSecretConfig;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.SubjectAltNameMatcher;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.TlsParameters;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.TlsParameters.TlsProtocol;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext;
import io.envoyproxy.envoy.type.matcher.v3.StringMatcher;
import io.weft.core.identity.SpiffeId;
import io.weft.core.identity.TrustDomain;
import java.util.List;

/** Transport sockets: mutual TLS with the proxy's own SVID, and plain text. */
final class TlsXds {
    /** Secrets that a proxy resolves by itself; they never pass through the control plane's xDS. */
    static final String SVID_SECRET = "weft:svid";

    static final String BUNDLE_SECRET = "weft:bundle";

    private static final String TLS = "envoy.transport_sockets.tls";

    private TlsXds() {}

    static TransportSocket plain() {
        return TransportSocket.newBuilder()
                .setName("envoy.transport_sockets.raw_buffer")
                .setTypedConfig(Protos.any(RawBuffer.getDefaultInstance()))
                .build();
    }

    /**
     * Towards a service.
     *
     * @param identities that its workloads may have; empty: nobody is believed until one is known
     */
    static TransportSocket upstream(
            String serverName, List<SpiffeId> identities, TrustDomain domain, String namespace, boolean http2) {
        CertificateValidationContext.Builder validation = CertificateValidationContext.newBuilder();
        identities.forEach(id -> validation.addMatchTypedSubjectAltNames(uri(id.toString())));
        if (identities.isEmpty()) {
            // The authority gives this one to nobody.
            validation.addMatchTypedSubjectAltNames(uri("spiffe://" + domain + "/ns/" + namespace));
        }
        CommonTlsContext.Builder common = common(validation, TlsProtocol.TLSv1_3);
        if (http2) {
            // Without it a proxy offers the version that the request came in.
            common.addAlpnProtocols("h2");
        }
        UpstreamTlsContext context = UpstreamTlsContext.newBuilder()
                .setCommonTlsContext(common)
                .setSni(serverName)
                .build();
        return TransportSocket.newBuilder()
                .setName(TLS)
                .setTypedConfig(Protos.any(context))
                .build();
    }

    /** From any workload that the bundle vouches for; foreign clients may come with TLS 1.2. */
    static TransportSocket downstream() {
        DownstreamTlsContext context = DownstreamTlsContext.newBuilder()
                .setCommonTlsContext(common(CertificateValidationContext.newBuilder(), TlsProtocol.TLSv1_2)
                        .addAlpnProtocols("h2")
                        .addAlpnProtocols("http/1.1"))
                .setRequireClientCertificate(com.google.protobuf.BoolValue.of(true))
                .build();
        return TransportSocket.newBuilder()
                .setName(TLS)
                .setTypedConfig(Protos.any(context))
                .build();
    }

    private static CommonTlsContext.Builder common(
            CertificateValidationContext.Builder validation, TlsProtocol minimum) {
        CommonTlsContext.Builder common = CommonTlsContext.newBuilder()
                .setTlsParams(TlsParameters.newBuilder()
                        .setTlsMinimumProtocolVersion(minimum)
                        .setTlsMaximumProtocolVersion(TlsProtocol.TLSv1_3))
                .addTlsCertificateSdsSecretConfigs(secret(SVID_SECRET));
        common.getCombinedValidationContextBuilder()
                .setDefaultValidationContext(validation)
                .setValidationContextSdsSecretConfig(secret(BUNDLE_SECRET));
        return common;
    }

    private static SdsSecretConfig secret(String name) {
        return SdsSecretConfig.newBuilder()
                .setName(name)
                .setSdsConfig(Protos.ads())
                .build();
    }

    private static SubjectAltNameMatcher uri(String exact) {
        return SubjectAltNameMatcher.newBuilder()
                .setSanType(SubjectAltNameMatcher.SanType.URI)
                .setMatcher(StringMatcher.newBuilder().setExact(exact))
                .build();
    }
}
