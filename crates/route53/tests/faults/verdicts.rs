//! What holds for every fault.

use super::*;

impl Told {
    pub(crate) fn done(&self) -> bool {
        self.reply.status == 200
    }

    pub(crate) fn holds(&self) -> &'static str {
        let Situation { before, after, .. } = self.case.situation;
        match &self.held {
            held if *held == records(after) => "as wanted",
            held if *held == records(before) => "as before",
            _ if self.case.has_others() && self.taken == 0 => "as another left it",
            _ => "WRONG",
        }
    }

    pub(crate) fn says(&self) -> &str {
        self.reply.body.split_whitespace().next().unwrap_or("good")
    }
}

/// What holds for every fault, and what this one has to come to.
pub(crate) fn check(told: &Told) {
    let case = &told.case;
    let Told { reply, time, .. } = told;
    let words = (reply.status, told.says());
    if told.done() {
        assert!(
            words == (200, "good") && told.holds() == "as wanted",
            "{case:?}: {words:?}"
        );
    } else {
        assert_eq!(words, (503, "911"), "{case:?}");
        assert_eq!(reply.body, "911\n", "{case:?}");
        let after = reply
            .headers
            .iter()
            .find(|(name, _)| *name == "retry-after");
        assert!(after.is_some(), "{case:?}");
    }
    assert_ne!(told.holds(), "WRONG", "{case:?}: {:?}", told.held);
    assert!(*time < TIME + SLACK, "{case:?} took {time:?}");
    if let [kind] = &case.kinds[..] {
        check_cure(told, kind);
    }
}

pub(crate) fn check_cure(told: &Told, kind: &Kind) {
    let case = &told.case;
    let lost = matches!(kind.fault, Fault::Trouble(Trouble::LostAnswer));
    let once = case.often == Often::Once;
    // Without a glance the zone is listed first.
    let undisturbed = if case.at == At::List || case.glance {
        0
    } else {
        1
    };
    let least = match kind.fault {
        Fault::Others { .. } => 1,
        _ if case.glance => 2,
        _ => 3,
    };
    match kind.cure {
        Cure::Harmless => assert!(told.done() && told.calls == 2, "{case:?}: {}", told.calls),
        Cure::Again if once => {
            assert!(
                told.done(),
                "{case:?}: {:?} after {} calls",
                told.reply,
                told.calls
            );
            assert!(
                (least..=6).contains(&told.calls),
                "{case:?}: {} calls",
                told.calls
            );
        }
        Cure::Again => {
            assert!(
                !told.done() && told.calls >= undisturbed + 2,
                "{case:?}: {}",
                told.calls
            );
            assert!(told.calls <= undisturbed + 11, "{case:?}: {}", told.calls);
        }
        Cure::Operator => {
            assert!(!told.done(), "{case:?}");
            assert_eq!(told.calls, undisturbed + 1, "{case:?}");
            assert!(told.time < TIME / 2, "{case:?} took {:?}", told.time);
        }
        Cure::Late => assert!(!told.done() && told.calls == undisturbed + 1, "{case:?}"),
    }
    let unknown = lost && (case.at == At::Change || case.glance);
    if !told.done() && !unknown {
        assert_eq!(told.holds(), "as before", "{case:?}");
    }
}
