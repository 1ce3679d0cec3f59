//! What fits into one call.

use super::*;

/// A value counts once in a CREATE and once in a DELETE.
#[test]
fn what_a_change_costs() {
    let (three, one) = (
        set(HOME, &long(3)),
        set(HOME, &["192.0.2.1".parse().unwrap()]),
    );
    let size = |changes: &[Step]| (Size::of(changes).elements, Size::of(changes).characters);
    let step = |before: Option<&RecordSet>, after: Option<&RecordSet>| Step {
        host: host(HOME),
        record_type: RecordType::A,
        before: before.cloned(),
        after: after.cloned(),
    };
    assert_eq!(long(1)[0].to_string().len(), 38);
    assert_eq!(size(&[step(Some(&three), None)]), (3, 3 * 38));
    assert_eq!(size(&[step(None, Some(&three))]), (3, 3 * 38));
    let replace = step(Some(&three), Some(&one));
    assert_eq!(
        size(&[replace, step(Some(&one), None)]),
        (3 + 1 + 1, 3 * 38 + 9 + 9)
    );
    assert_eq!(size(&[step(Some(&one), Some(&one))]), (0, 0));
}

/// Our count and the stand-in's agree at the edges: what we say fits is taken, what we say does not is
/// refused with the text of AWS.
fn check_edge(standin: &Route53, plan: &Plan, expected: (usize, usize), fits: bool) {
    let size = Size::of(plan.changes());
    assert_eq!((size.elements, size.characters), expected);
    assert_eq!(size.fits(LARGEST), fits);
    let answer = zone(standin).apply(plan, soon());
    assert_eq!(answer.is_ok(), fits, "{answer:?}");
    if let Err(refused) = answer {
        assert!(refused.reason.contains("limit of"), "{refused}");
    }
}

#[rstest]
#[case(999, true)]
#[case(1_000, true)]
#[case(1_001, false)]
fn edges_of_create_elements(#[case] hosts: usize, #[case] fits: bool) {
    let names: Vec<String> = (0..hosts).map(name).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let grant = contract::grant(&names, &["192.0.2.1"]);
    let plan = Plan::new(&grant, &Reading::default());
    check_edge(&standin(), &plan, (hosts, hosts * 9), fits);
}

#[rstest]
#[case(500, true)]
#[case(501, false)]
fn edges_of_swap_elements(#[case] hosts: usize, #[case] fits: bool) {
    let standin = standin();
    let names: Vec<String> = (0..hosts).map(name).collect();
    for name in &names {
        standin.put(ZONE, Record::simple(name, "A", 60, &["192.0.2.1"]));
    }
    let sets = names
        .iter()
        .map(|name| contract::set(name, 60, "192.0.2.1"));
    let current = Reading {
        sets: sets.collect(),
        ..Reading::default()
    };
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let plan = Plan::new(&contract::grant(&names, &["192.0.2.2"]), &current);
    check_edge(&standin, &plan, (2 * hosts, 2 * hosts * 9), fits);
}

#[rstest]
#[case(999, true)]
#[case(1_000, true)]
#[case(1_001, false)]
fn edges_of_delete_elements(#[case] values: usize, #[case] fits: bool) {
    let short = |number: usize| IpAddr::from([10, 1, (number / 250) as u8, (number % 250) as u8]);
    let values: Vec<IpAddr> = (0..values).map(short).collect();
    delete(&values, fits);
}

#[rstest]
#[case("2001:db8:111:2222::", true)]
#[case("2001:db8:1111:2222::", true)]
#[case("2001:db8:1111:2222::1", false)]
fn edges_of_characters(#[case] last: &str, #[case] fits: bool) {
    // 841 times 38 and one of 22 are 31,980; the last makes it 31,999, 32,000 or 32,001.
    let mut values = long(841);
    values.push("2001:db8:1111:2222::12".parse().unwrap());
    values.push(last.parse().unwrap());
    delete(&values, fits);
}

fn delete(values: &[IpAddr], fits: bool) {
    let standin = standin();
    let old = set(HOME, values);
    let texts: Vec<String> = values.iter().map(IpAddr::to_string).collect();
    let record = Record {
        values: texts.clone(),
        ..Record::simple(HOME, old.record_type.name(), 60, &[])
    };
    standin.put(ZONE, record);
    let current = Reading {
        sets: vec![old],
        ..Reading::default()
    };
    let plan = Plan::new(&contract::offline(&[HOME]), &current);
    let characters = texts.iter().map(String::len).sum();
    check_edge(&standin, &plan, (values.len(), characters), fits);
}
