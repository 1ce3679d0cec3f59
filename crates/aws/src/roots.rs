//! The certificate authorities that vouch for the API.

use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use ureq::tls::Certificate;

/// The roots of Amazon Trust Services, <https://www.amazontrust.com/repository/>; AWS asks clients
/// that bring their own store to trust all five.
const AMAZON: [&[u8]; 5] = [
    include_bytes!("../roots/amazon-root-ca-1.der"),
    include_bytes!("../roots/amazon-root-ca-2.der"),
    include_bytes!("../roots/amazon-root-ca-3.der"),
    include_bytes!("../roots/amazon-root-ca-4.der"),
    include_bytes!("../roots/starfield-services-root-g2.der"),
];

/// Certificate authorities.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Roots {
    /// The five of Amazon Trust Services, which vouch for all endpoints of AWS; built in.
    Amazon,
    /// Those of a PEM file, as `AWS_CA_BUNDLE` names one.
    Pem(Vec<u8>),
}

/// Why certificates cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RootsError {
    /// Not PEM.
    #[error(
        "the file that AWS_CA_BUNDLE names is not PEM: it begins with -----BEGIN CERTIFICATE-----"
    )]
    Pem,
    /// No certificate in it, or none that can be read.
    #[error("the file that AWS_CA_BUNDLE names has no certificate that can be read")]
    Empty,
}

/// The certificates of `roots`, at least one.
pub(crate) fn certificates(roots: &Roots) -> Result<Vec<Certificate<'static>>, RootsError> {
    match roots {
        Roots::Amazon => Ok(AMAZON.map(Certificate::from_der).to_vec()),
        Roots::Pem(pem) => of_pem(pem),
    }
}

fn of_pem(pem: &[u8]) -> Result<Vec<Certificate<'static>>, RootsError> {
    let mut certificates = Vec::new();
    let mut store = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(pem) {
        let certificate = certificate.map_err(|_| RootsError::Pem)?;
        if store.add(certificate.clone()).is_ok() {
            certificates.push(Certificate::from_der(&certificate).to_owned());
        }
    }
    if certificates.is_empty() {
        Err(RootsError::Empty)
    } else {
        Ok(certificates)
    }
}
