package io.vlm4j.server.internal.http;

import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLException;

/// TLS 1.2 and 1.3 by the JDK.
public final class Tls {
    private Tls() {}

    /// @param key PKCS#8, not encrypted
    /// @throws IllegalArgumentException when the files cannot be used
    public static SslContext pem(Path certificates, Path key) {
        try {
            return finish(SslContextBuilder.forServer(certificates.toFile(), key.toFile()));
        } catch (SSLException | IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "no TLS with the certificate " + certificates + " and the key " + key + ": " + e.getMessage(), e);
        }
    }

    /// @throws IllegalArgumentException when the file cannot be used
    public static SslContext pkcs12(Path store, char[] password) {
        try (InputStream in = Files.newInputStream(store)) {
            KeyStore keys = KeyStore.getInstance("PKCS12");
            keys.load(in, password);
            KeyManagerFactory factory = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
            factory.init(keys, password);
            return finish(SslContextBuilder.forServer(factory));
        } catch (IOException | GeneralSecurityException e) {
            throw new IllegalArgumentException("no TLS with the key store " + store + ": " + e.getMessage(), e);
        }
    }

    private static SslContext finish(SslContextBuilder builder) throws SSLException {
        return builder.sslProvider(SslProvider.JDK)
                .protocols("TLSv1.3", "TLSv1.2")
                .build();
    }
}
