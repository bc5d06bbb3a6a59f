//! The encryption of a connection, and which certificates are trusted: those of public authorities
//! and those in the file `mail.smtp.ca_file`.

use std::io;
use std::sync::Arc;

use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::client::danger::{
    HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier,
};
use tokio_rustls::rustls::client::{WebPkiServerVerifier, verify_server_name};
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use tokio_rustls::rustls::server::ParsedCertificate;
use tokio_rustls::rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme,
};

use super::SmtpOptions;

/// Encrypts a connection; the server's certificate must be trusted and be for its name.
pub(super) async fn encrypt(
    tcp: TcpStream,
    options: &SmtpOptions,
) -> io::Result<TlsStream<TcpStream>> {
    let verifier = Trust::of(own_certificates(options).await?)?;
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(io::Error::other)?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth();
    let name = ServerName::try_from(options.host.clone()).map_err(io::Error::other)?;
    TlsConnector::from(Arc::new(config))
        .connect(name, tcp)
        .await
}

/// The certificates of `mail.smtp.ca_file`.
async fn own_certificates(options: &SmtpOptions) -> io::Result<Vec<CertificateDer<'static>>> {
    let Some(path) = &options.ca_file else {
        return Ok(Vec::new());
    };
    let unusable = |why: String| {
        let path = path.display();
        io::Error::other(format!("mail.smtp.ca_file {path} cannot be used: {why}"))
    };
    let pem = tokio::fs::read(path).await;
    let pem = pem.map_err(|error| unusable(error.to_string()))?;
    let certificates = CertificateDer::pem_slice_iter(&pem).collect::<Result<Vec<_>, _>>();
    match certificates.map_err(|error| unusable(error.to_string()))? {
        none if none.is_empty() => Err(unusable("it holds no certificate in PEM".to_owned())),
        certificates => Ok(certificates),
    }
}

/// Trusts public authorities, the authorities of `mail.smtp.ca_file`, and the certificates in it.
#[derive(Debug)]
struct Trust {
    authorities: Arc<WebPkiServerVerifier>,
    own: Vec<CertificateDer<'static>>,
}

impl Trust {
    fn of(own: Vec<CertificateDer<'static>>) -> io::Result<Self> {
        let mut roots = RootCertStore::empty();
        roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
        for certificate in &own {
            let added = roots.add(certificate.clone());
            added.map_err(|error| io::Error::other(format!("mail.smtp.ca_file: {error}")))?;
        }
        let provider = Arc::new(ring::default_provider());
        let authorities =
            WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider).build();
        Ok(Self {
            authorities: authorities.map_err(io::Error::other)?,
            own,
        })
    }

    /// Whether the server showed a certificate that is in the file itself. Such a certificate is
    /// often marked as one of an authority, because that is what openssl writes by default, and
    /// then fails the check for servers.
    fn is_own(&self, certificate: &CertificateDer<'_>) -> bool {
        let shown = certificate.as_ref();
        self.own.iter().any(|own| own.as_ref() == shown)
    }
}

impl ServerCertVerifier for Trust {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let verified =
            self.authorities
                .verify_server_cert(certificate, intermediates, name, ocsp, now);
        match verified {
            Err(Error::InvalidCertificate(
                CertificateError::UnknownIssuer | CertificateError::Other(_),
            )) if self.is_own(certificate) => {
                verify_server_name(&ParsedCertificate::try_from(certificate)?, name)?;
                Ok(ServerCertVerified::assertion())
            }
            verified => verified,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.authorities
            .verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.authorities
            .verify_tls13_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.authorities.supported_verify_schemes()
    }
}

/// What an administrator can do after a failed encryption.
pub(super) fn advice(error: &io::Error) -> Option<&'static str> {
    use CertificateError as Bad;
    let error = error.get_ref()?.downcast_ref::<Error>()?;
    match error {
        Error::InvalidCertificate(Bad::NotValidForName | Bad::NotValidForNameContext { .. }) => {
            Some("set mail.smtp.host to a name that the certificate is for")
        }
        Error::InvalidCertificate(Bad::Expired | Bad::ExpiredContext { .. }) => {
            Some("the server needs a new certificate, or the clock of this machine is wrong")
        }
        Error::InvalidCertificate(Bad::UnknownIssuer | Bad::Other(_)) => Some(
            "if you trust the server, save its certificate to a file and set mail.smtp.ca_file",
        ),
        Error::InvalidMessage(_) => {
            Some("the server answered without TLS; check mail.smtp.tls and mail.smtp.port")
        }
        _ => None,
    }
}
