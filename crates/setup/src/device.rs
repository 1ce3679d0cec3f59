//! Device: a router, a client, or a program that gets certificates, and the text that sets it up.

use crate::values::{FillError, Values};

/// A supported router, client, or program that gets certificates.
#[derive(Debug)]
pub struct Device {
    /// Its name on the command line.
    pub name: &'static str,
    /// Its name for people.
    pub title: &'static str,
    /// The file name its text is kept under.
    pub file: &'static str,
    /// Where the text goes.
    pub note: &'static str,
    /// Whether it calls by HTTPS, whatever its form or file says.
    pub https_only: bool,
    /// Whether it gets certificates for the host, in place of keeping it on an address.
    pub certificates: bool,
    template: &'static str,
}

/// All devices, in the order of `routers/index.toml`: those that get certificates come last.
#[must_use]
pub fn devices() -> &'static [Device] {
    DEVICES
}

/// The device of this name.
#[must_use]
pub fn device(name: &str) -> Option<&'static Device> {
    DEVICES.iter().find(|device| device.name == name)
}

static DEVICES: &[Device] = include!(concat!(env!("OUT_DIR"), "/devices.rs"));

impl Device {
    /// The text as it is kept, with placeholders like `{{HOST}}` where values belong.
    #[must_use]
    pub fn text(&self) -> &'static str {
        self.template
    }

    /// Whether the text has any values to fill in.
    #[must_use]
    pub fn has_values(&self) -> bool {
        self.template.contains("{{")
    }

    /// The text to paste, with the values in their places.
    ///
    /// # Errors
    /// [`FillError`] names the first value that cannot be used.
    pub fn fill(&self, values: &Values) -> Result<String, FillError> {
        let checked = values.check()?;
        if self.https_only && !checked.tls {
            return Err(FillError::HttpsOnly);
        }
        Ok(self
            .template
            .replace("{{URL}}", checked.url)
            .replace("{{URL_HOST}}", checked.authority)
            .replace("{{TLS}}", if checked.tls { "yes" } else { "no" })
            .replace("{{HOST}}", checked.host.as_str())
            .replace("{{DOMAIN}}", checked.domain())
            .replace("{{SECRET}}", checked.secret))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values() -> Values {
        Values {
            url: "https://ddns.example.com:8443/".to_owned(),
            host: "Home.Example.com".to_owned(),
            secret: "an-obviously-fake.secret_~".to_owned(),
        }
    }

    #[test]
    fn every_device_is_found_by_its_name_and_filled_completely() {
        assert!(devices().len() > 10);
        for listed in devices() {
            let found = device(listed.name).unwrap();
            let text = found.fill(&values()).unwrap();
            for (placeholder, value) in [
                ("{{URL}}", "https://ddns.example.com:8443"),
                ("{{URL_HOST}}", "ddns.example.com:8443"),
                ("{{TLS}}", "yes"),
                ("{{HOST}}", "home.example.com"),
                ("{{SECRET}}", "an-obviously-fake.secret_~"),
            ] {
                let asked = found.template.contains(placeholder);
                assert!(!text.contains(placeholder), "{}: {text}", listed.name);
                assert!(!asked || text.contains(value), "{}: {text}", listed.name);
            }
            assert!(!text.contains("8443//"), "{}: {text}", listed.name);
        }
    }

    #[test]
    fn values_stand_where_their_placeholders_stood() {
        let device = Device {
            name: "one",
            title: "One",
            file: "one.txt",
            note: "",
            https_only: false,
            certificates: false,
            template: "{{URL}}/?h={{HOST}} {{DOMAIN}} {{URL_HOST}} {{TLS}} {{ other }} {{SECRET}}",
        };
        assert_eq!(
            device.fill(&values()).unwrap(),
            "https://ddns.example.com:8443/?h=home.example.com home.example.com \
             ddns.example.com:8443 yes {{ other }} an-obviously-fake.secret_~"
        );
        let wildcard = Values {
            host: "*.home.example.com".to_owned(),
            ..values()
        };
        let text = device.fill(&wildcard).unwrap();
        assert!(
            text.contains("/?h=*.home.example.com home.example.com "),
            "{text}"
        );
    }

    /// A text for an `http` URL never makes a device speak HTTPS: it says `http`, `no`, or is refused.
    #[test]
    fn a_url_without_tls() {
        let values = Values {
            url: "http://192.0.2.1:8053".to_owned(),
            ..values()
        };
        let mut refused = Vec::new();
        for device in devices().iter().filter(|device| device.has_values()) {
            match device.fill(&values) {
                Ok(text) => {
                    assert!(!text.contains("https://192"), "{text}");
                    let told = text.contains("http://192.0.2.1:8053");
                    assert!(told || device.template.contains("{{TLS}}"), "{text}");
                }
                Err(error) => {
                    assert_eq!(error, FillError::HttpsOnly);
                    refused.push(device.name);
                }
            }
        }
        assert_eq!(refused, ["unifi", "edgeos"]);
    }

    #[test]
    fn no_device_of_another_name() {
        assert!(device("no-such-device").is_none());
    }
}
