//! The zone against the stand-in: the contract, what is sent, what is never overwritten.

mod shared;

use dyn53_core::Zone;
use dyn53_route53::{
    AccessKey, ClientError, Endpoint, Roots, Route53Zone, Settings, SettingsError,
};
use dyn53_testkit::contract;
use dyn53_testkit::route53::{Authority, Key, Options, Record, Route53, Trouble};
use rstest::rstest;
use shared::{HOME, ZONE, addresses, glance, key, settings, soon, standin, update, wanted, zone};
use std::sync::Arc;

/// A zone that keeps its stand-in running.
struct Kept(Route53Zone, #[allow(dead_code, reason = "runs")] Route53);

impl Zone for Kept {
    fn read(
        &self,
        wanted: &[dyn53_core::Wanted],
        deadline: std::time::Instant,
    ) -> Result<dyn53_core::Reading, dyn53_core::ZoneError> {
        self.0.read(wanted, deadline)
    }

    fn apply(
        &self,
        plan: &dyn53_core::Plan,
        deadline: std::time::Instant,
    ) -> Result<dyn53_core::Applied, dyn53_core::ZoneError> {
        self.0.apply(plan, deadline)
    }
}

#[rstest]
fn it_keeps_the_contract(#[values(false, true)] glances: bool) {
    contract::check(|| {
        let standin = standin();
        let mut settings = settings(&standin);
        if glances {
            settings.name_servers = glance(&standin);
        }
        Kept(Route53Zone::new(settings).unwrap(), standin)
    });
}

#[test]
fn both_families_go_in_one_batch_with_a_comment() {
    let standin = standin();
    let calls = update(&zone(&standin), HOME, &["192.0.2.1", "2001:db8::1"]);
    assert_eq!(calls, Ok(2));
    let comment = concat!("dyn53 ", env!("CARGO_PKG_VERSION")).to_owned();
    assert_eq!(standin.calls().batches, [(comment, 2)]);
}

#[test]
fn an_unchanged_update_makes_one_call_and_changes_nothing() {
    let standin = standin();
    standin.put(ZONE, Record::simple(HOME, "A", 60, &["192.0.2.1"]));
    assert_eq!(update(&zone(&standin), HOME, &["192.0.2.1"]), Ok(1));
    assert_eq!(standin.calls().change, 0);
}

#[test]
fn another_ttl_is_a_change() {
    let standin = standin();
    standin.put(ZONE, Record::simple(HOME, "A", 300, &["192.0.2.1"]));
    assert_eq!(update(&zone(&standin), HOME, &["192.0.2.1"]), Ok(2));
    assert_eq!(
        standin.records(ZONE),
        [Record::simple(HOME, "A", 60, &["192.0.2.1"])]
    );
}

#[test]
fn one_connection_serves_all_calls() {
    let standin = standin();
    let zone = zone(&standin);
    for last in 1..6 {
        update(&zone, HOME, &[&format!("192.0.2.{last}")]).unwrap();
    }
    let calls = standin.calls();
    assert_eq!((calls.all(), calls.connections), (6, 1));
}

#[test]
fn neighbours_in_the_list_are_not_taken_for_it() {
    let standin = standin();
    standin.put(
        ZONE,
        Record::simple("homer.example.net", "A", 60, &["192.0.2.9"]),
    );
    standin.put(
        ZONE,
        Record::simple("x.home.example.net", "A", 60, &["192.0.2.9"]),
    );
    standin.put(ZONE, Record::simple(HOME, "TXT", 60, &["\"kept\""]));
    standin.put(ZONE, Record::simple(HOME, "AAAA", 60, &["2001:db8::9"]));
    let reading = zone(&standin)
        .read(&wanted(HOME, &["192.0.2.9"]), soon())
        .unwrap();
    assert_eq!(reading.sets, []);
    update(&zone(&standin), HOME, &["192.0.2.1"]).unwrap();
    assert_eq!(standin.records(ZONE).len(), 5);
}

const ALIAS: &str = "d111111abcdef8.cloudfront.net.";

#[rstest]
#[case::alias(Record::alias(HOME, "A", ALIAS), "an alias")]
#[case::alias_of_the_other_family(Record::alias(HOME, "AAAA", ALIAS), "an alias")]
#[case::cname(Record::simple(HOME, "CNAME", 60, &["other.example.org."]), "a CNAME")]
#[case::alias_cname(Record::alias(HOME, "CNAME", ALIAS), "a CNAME")]
#[case::weighted(Record::simple(HOME, "A", 60, &["192.0.2.9"]).one_of("a", "Weight", "10"), "a weighted record")]
#[case::latency(Record::simple(HOME, "A", 60, &["192.0.2.9"]).one_of("a", "Region", "eu-west-1"), "a latency record")]
#[case::geo(Record::simple(HOME, "A", 60, &["192.0.2.9"]).one_of("a", "GeoLocation", ""), "a geolocation record")]
#[case::failover(Record::simple(HOME, "A", 60, &["192.0.2.9"]).one_of("a", "Failover", "PRIMARY"), "a failover record")]
#[case::multivalue(Record::simple(HOME, "A", 60, &["192.0.2.9"]).one_of("a", "MultiValueAnswer", "true"), "a multivalue record")]
fn an_obstacle_is_refused_in_words_and_left_alone(#[case] obstacle: Record, #[case] word: &str) {
    let standin = standin();
    standin.put(ZONE, obstacle.clone());
    let refused = update(&zone(&standin), HOME, &["192.0.2.1", "2001:db8::1"]).unwrap_err();
    assert!(
        refused.reason.contains(word) && refused.reason.contains(HOME),
        "{refused}"
    );
    assert_eq!(refused.calls, 1);
    assert_eq!(standin.calls().change, 0);
    assert_eq!(standin.records(ZONE), [obstacle]);
}

#[test]
fn two_weighted_sets_fill_the_page_and_are_refused() {
    let standin = standin();
    for name in ["blue", "green"] {
        let record = Record::simple(HOME, "A", 60, &["192.0.2.9"]);
        standin.put(ZONE, record.one_of(name, "Weight", "10"));
    }
    let refused = update(&zone(&standin), HOME, &["192.0.2.1", "2001:db8::1"]).unwrap_err();
    assert!(refused.reason.contains("a weighted record"), "{refused}");
}

#[test]
fn a_protected_set_is_refused_with_the_words_of_aws() {
    let standin = standin();
    let protected = Record::simple(HOME, "A", 60, &["192.0.2.9"]).protected("ask Ann first");
    standin.put(ZONE, protected.clone());
    let refused = update(&zone(&standin), HOME, &["192.0.2.1"]).unwrap_err();
    assert!(
        refused.reason.contains("InvalidChangeBatch") && refused.reason.contains("ask Ann first"),
        "{refused}"
    );
    assert_eq!(standin.records(ZONE), [protected]);
}

#[test]
fn a_page_that_ends_early_is_continued() {
    let standin = standin();
    standin.put(ZONE, Record::simple(HOME, "AAAA", 60, &["2001:db8::1"]));
    let page = "<ListResourceRecordSetsResponse><ResourceRecordSets><ResourceRecordSet><Name>\
        home.example.net.</Name><Type>A</Type><TTL>60</TTL><ResourceRecords><ResourceRecord><Value>192.0.2.1\
        </Value></ResourceRecord></ResourceRecords></ResourceRecordSet></ResourceRecordSets><IsTruncated>true\
        </IsTruncated><NextRecordName>home.example.net.</NextRecordName><NextRecordType>AAAA</NextRecordType>\
        <MaxItems>2</MaxItems></ListResourceRecordSetsResponse>";
    standin.trouble([Trouble::Body(200, page)]);
    let wanted = wanted(HOME, &["192.0.2.1", "2001:db8::1"]);
    let reading = zone(&standin).read(&wanted, soon()).unwrap();
    assert_eq!((reading.sets.len(), reading.calls), (2, 2));
}

#[test]
fn a_session_token_is_signed_and_sent() {
    let token = Some("FwoGZXIvYXdzE+/==".to_owned());
    let AccessKey { id, secret, .. } = key();
    let keys = vec![Key {
        id: id.clone(),
        secret: secret.clone(),
        token: token.clone(),
    }];
    let standin = Route53::start(Options {
        keys,
        ..Options::default()
    });
    let with_token = AccessKey {
        id,
        secret,
        session_token: token,
    };
    let settings_with = Settings {
        keys: Arc::new(with_token),
        ..settings(&standin)
    };
    assert_eq!(
        update(
            &Route53Zone::new(settings_with).unwrap(),
            HOME,
            &["192.0.2.1"]
        ),
        Ok(2)
    );
    let refused = update(&zone(&standin), HOME, &["192.0.2.2"]).unwrap_err();
    assert!(refused.reason.contains("InvalidClientTokenId"), "{refused}");
}

#[rstest]
#[case("eu-west-1", "us-east-1")]
#[case("cn-north-1", "cn-northwest-1")]
#[case("us-gov-east-1", "us-gov-west-1")]
#[case("eusc-de-east-1", "eusc-de-east-1")]
fn calls_are_signed_for_the_region_of_the_partition(
    #[case] region: &str,
    #[case] signed_for: &str,
) {
    let standin = Route53::start(Options {
        region: signed_for.into(),
        ..Options::default()
    });
    let zone_for = |region: &str| {
        let endpoint = Endpoint::at(&standin.url(), region);
        Route53Zone::new(Settings {
            endpoint,
            ..settings(&standin)
        })
        .unwrap()
    };
    assert_eq!(
        dyn53_route53::endpoint_of(region),
        Endpoint::at(endpoint_of(region), signed_for)
    );
    assert_eq!(update(&zone_for(signed_for), HOME, &["192.0.2.1"]), Ok(2));
    assert!(update(&zone_for("mars-1"), HOME, &["192.0.2.2"]).is_err());
}

fn endpoint_of(region: &str) -> &'static str {
    match region {
        "cn-north-1" => "https://route53.amazonaws.com.cn",
        "us-gov-east-1" => "https://route53.us-gov.amazonaws.com",
        "eusc-de-east-1" => "https://route53.amazonaws.eu",
        _ => "https://route53.amazonaws.com",
    }
}

#[test]
fn over_tls_only_the_given_authority_counts() {
    let (ours, theirs) = (Authority::new(), Authority::new());
    let options = || Options {
        tls: Some(ours.issue(&["localhost"])),
        ..Options::default()
    };
    let standin = Route53::start(options());
    let zone_with = |roots| {
        Route53Zone::new(Settings {
            roots,
            ..settings(&standin)
        })
        .unwrap()
    };
    let trusted = zone_with(Roots::Pem(ours.pem().into()));
    assert_eq!(update(&trusted, HOME, &["192.0.2.1"]), Ok(2));
    for roots in [Roots::Pem(theirs.pem().into()), Roots::Amazon] {
        let refused = update(&zone_with(roots), HOME, &["192.0.2.2"]).unwrap_err();
        assert!(refused.reason.contains("failed in TLS"), "{refused}");
        assert_eq!(refused.calls, 1, "a wrong certificate is not tried again");
    }
    assert_eq!(addresses(&standin), [(HOME.into(), "192.0.2.1".into())]);
}

#[test]
fn a_certificate_for_another_name_is_refused() {
    let ours = Authority::new();
    let tls = Some(ours.issue(&["route53.example.org"]));
    let standin = Route53::start(Options {
        tls,
        ..Options::default()
    });
    let roots = Roots::Pem(ours.pem().into());
    let zone = Route53Zone::new(Settings {
        roots,
        ..settings(&standin)
    })
    .unwrap();
    let refused = update(&zone, HOME, &["192.0.2.1"]).unwrap_err();
    assert!(refused.reason.contains("failed in TLS"), "{refused}");
}

#[rstest]
#[case("", SettingsError::ZoneId)]
#[case("/hostedzone/Z1", SettingsError::ZoneId)]
#[case("Z1?x", SettingsError::ZoneId)]
#[case("example.net", SettingsError::ZoneId)]
fn zone_ids(#[case] zone_id: &str, #[case] error: SettingsError) {
    let settings = Settings {
        zone_id: zone_id.into(),
        ..settings(&standin())
    };
    assert_eq!(Route53Zone::new(settings).err(), Some(error));
}

#[rstest]
#[case("route53.example.org")]
#[case("ftp://route53.example.org")]
#[case("https://")]
#[case("http://user:s3cret@localhost")]
#[case("http://localhost/?x")]
fn endpoints(#[case] url: &str) {
    let endpoint = Endpoint::at(url, "us-east-1");
    let error = Route53Zone::new(Settings {
        endpoint,
        ..settings(&standin())
    })
    .err()
    .unwrap();
    assert!(matches!(
        error,
        SettingsError::Client(ClientError::Endpoint(_))
    ));
    assert!(!error.to_string().contains("s3cret"), "{error}");
}

#[rstest]
#[case(b"", "no certificate")]
#[case(b"no PEM at all", "no certificate")]
#[case(
    b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
    "no certificate"
)]
#[case(
    b"-----BEGIN CERTIFICATE-----\n!!!!\n-----END CERTIFICATE-----\n",
    "not PEM"
)]
fn bundles(#[case] pem: &[u8], #[case] word: &str) {
    let roots = Roots::Pem(pem.to_vec());
    let error = Route53Zone::new(Settings {
        roots,
        ..settings(&standin())
    })
    .err()
    .unwrap();
    assert!(error.to_string().contains(word), "{error}");
}
