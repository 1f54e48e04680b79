package io.vlm4j.server;

import java.nio.file.Path;
import java.util.Objects;

/// What a server proves itself with to clients that speak TLS.
public sealed interface ServerCertificate {
    /// Files in PEM.
    ///
    /// @param chain the certificate, and those up to an authority
    /// @param key   in PKCS#8, not encrypted
    record Pem(Path chain, Path key) implements ServerCertificate {
        public Pem {
            Objects.requireNonNull(chain, "chain");
            Objects.requireNonNull(key, "key");
        }
    }

    /// A key store in PKCS#12, with one key.
    record Pkcs12(Path file, String password) implements ServerCertificate {
        public Pkcs12 {
            Objects.requireNonNull(file, "file");
            Objects.requireNonNull(password, "password");
        }

        @Override
        public String toString() {
            return "Pkcs12[" + file + "]";
        }
    }
}
