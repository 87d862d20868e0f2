//! Evidence whose origin is known.

use super::super::Stopped;
use super::*;

fn symptom(service: &str, ail: Ail) -> Symptom {
    let stretch =
        Stretch { from_ms: 0, to_ms: 600_000, lasts: true, within_ms: 60_000, bad: 60.0, of: 100.0, usual_bad: 1.0, usual_of: 1000.0, gain: 150.0 };
    Symptom { service: service.to_string(), ail, stretch }
}

fn growth(value: &str) -> Growth {
    Growth { field: "tenant".to_string(), value: value.to_string(), now: 36.0, before: 0.9, share: 0.95, since_ms: None, from_ms: None }
}

fn evidence() -> Evidence {
    let symptoms = vec![symptom("availability", Ail::Fails)];
    Evidence { symptoms, onset: Some(Onset { from_ms: 0, to_ms: 600_000, ail: Ail::Fails }), ..Evidence::default() }
}

#[test]
fn traffic_that_grew_is_the_cause_only_where_the_service_suffers() {
    let flood = Evidence { growth: vec![("availability".to_string(), growth("sunwise"))], ..evidence() };
    let cause = verdict(&flood).cause.unwrap();
    assert_eq!((cause.kind, cause.name.as_str()), (CauseKind::Tenant, "sunwise"));
    let job = Evidence { growth: vec![("archive".to_string(), growth("svc-batch"))], ..evidence() };
    assert_ne!(verdict(&job).cause.unwrap().name, "svc-batch");
}

fn suspect(name: &str, share: f64) -> Suspect {
    Suspect {
        kind: CauseKind::Database,
        name: name.to_string(),
        service: "fares".to_string(),
        share,
        traces: 20,
        of: 30,
        reason: format!("{name} does not answer"),
        others: Vec::new(),
        examples: Vec::new(),
        sure: 1.0,
        aside: false,
    }
}

#[test]
fn of_two_parties_the_one_that_was_complained_of_first_is_the_cause() {
    let named = |name: &str, at: i64| (("fares".to_string(), name.to_string()), at);
    let both = Evidence {
        suspects: vec![suspect("postgres", 0.6), suspect("redis-fares", 0.4)],
        first_named: [named("postgres", 67_000), named("redis-fares", 1000)].into(),
        ..evidence()
    };
    let found = verdict(&both);
    assert_eq!(found.cause.unwrap().name, "redis-fares");
    assert_eq!(found.alternatives.first().map(|c| c.name.as_str()), Some("postgres"));
}

#[test]
fn a_job_that_was_through_hours_ago_is_not_what_fell_silent_now() {
    let stopped =
        |service: &str, last_ms: i64| Stop::Dead(Stopped { service: service.to_string(), last_ms, gone_ms: 600_000, per_minute: 3.0, serves: false });
    let silent = Evidence { stops: vec![stopped("nightly-job", 0), stopped("provisioning", 11_000_000)], ..Evidence::default() };
    assert_eq!(verdict(&silent).cause.unwrap().name, "provisioning");
}

#[test]
fn who_goes_on_without_those_it_used_to_ask_is_the_origin_and_not_they() {
    let idle = Evidence { symptoms: vec![symptom("price", Ail::Idles)], ..Evidence::default() };
    assert_eq!(verdict(&idle).cause.unwrap().name, "price");
    let silent = Stopped { service: "recs".to_string(), last_ms: 60_000, gone_ms: 600_000, per_minute: 20.0, serves: true };
    let unasked = ["price", "recs"].map(|service| (service.to_string(), "catalog".to_string())).into();
    let unasked = Evidence { unasked, stops: vec![Stop::Dead(silent)], ..idle };
    let found = verdict(&unasked);
    assert_eq!((found.cause.unwrap().name.as_str(), found.alternatives), ("catalog", Vec::new()));
}

/// Bad requests with a value of a field, of all with it; those without it go well.
fn apart(field: &str, value: &str, bad: u64, of: u64) -> Apart {
    let (field, value) = (field.to_string(), value.to_string());
    Apart { field, value, bad, of, share_bad: 1.0, share_rest: 0.0, score: 1.0, rate_rest: 0.0 }
}

#[test]
fn a_client_that_is_refused_and_nobody_else_is_the_origin() {
    let refused = |bad| Evidence {
        symptoms: vec![symptom("cart", Ail::Refuses)],
        apart: [("cart".to_string(), vec![apart("client", "ios/8.3", bad, 69)])].into(),
        ..Evidence::default()
    };
    let cause = verdict(&refused(14)).cause.unwrap();
    assert_eq!((cause.kind, cause.name.as_str(), cause.confidence), (CauseKind::Client, "ios/8.3", Confidence::Medium));
    assert_eq!(verdict(&refused(4)).cause, None);
}

#[test]
fn where_all_others_reach_a_database_the_zone_that_does_not_is_the_origin() {
    let of = |bad: u64, of: u64| {
        let apart = [("fares".to_string(), vec![apart("cloud.availability_zone", "eu-1b", bad, of)])].into();
        verdict(&Evidence { suspects: vec![suspect("pg-main", 0.9)], apart, ..evidence() }).cause.unwrap().name
    };
    assert_eq!((of(90, 90).as_str(), of(90, 400).as_str(), of(9, 9).as_str()), ("eu-1b", "pg-main", "pg-main"));
}

#[test]
fn requests_that_are_turned_away_blame_whom_their_traces_name() {
    let refused = |traces: usize, bad: f64| {
        let mut symptom = symptom("rates", Ail::Refuses);
        (symptom.stretch.bad, symptom.stretch.of, symptom.stretch.usual_bad) = (bad, 100.0, 0.0);
        let suspect = Suspect { kind: CauseKind::Dependency, traces, ..suspect("api.shippo.com", 1.0) };
        verdict(&Evidence { symptoms: vec![symptom], refused: (traces > 0).then_some(suspect), ..Evidence::default() }).cause
    };
    let cause = refused(20, 98.0).unwrap();
    assert_eq!((cause.kind, cause.name.as_str(), cause.confidence), (CauseKind::Dependency, "api.shippo.com", Confidence::Medium));
    assert_eq!((refused(20, 8.0), refused(0, 98.0)), (None, None), "few of them, and nobody to blame");
}

#[test]
fn several_services_that_fail_in_one_zone_alone_are_broken_by_the_zone() {
    let zone = |bad| apart("cloud.availability_zone", "eu-1c", bad, 65);
    let machines = [("geocoder".to_string(), vec![zone(12)]), ("session".to_string(), vec![apart("host", "n-06", 7, 35), zone(7)])];
    let evidence =
        Evidence { symptoms: vec![symptom("geocoder", Ail::Fails), symptom("session", Ail::Fails)], machines: machines.into(), ..evidence() };
    let cause = verdict(&evidence).cause.unwrap();
    assert_eq!((cause.kind, cause.name.as_str()), (CauseKind::Host, "eu-1c"));
}

#[test]
fn a_new_version_of_a_caller_that_failed_first_overran_whom_it_asks() {
    let later = |symptom: Symptom, ms: i64| Symptom { stretch: Stretch { from_ms: ms, ..symptom.stretch }, ..symptom };
    let blamed = |reason: &str| Suspect {
        kind: CauseKind::Service,
        service: "inventory".to_string(),
        reason: reason.to_string(),
        ..suspect("inventory", 0.9)
    };
    let cause = |reason: &str, caller_ms: i64| {
        let [field, value, service] = ["version", "3.8.0", "cart"].map(str::to_string);
        let change = Change { service, field, value, first_ms: 3_600_000, last_ms: 4_200_000, records: 900, service_from_ms: 0 };
        let evidence = Evidence {
            symptoms: vec![later(symptom("inventory", Ail::Fails), 3_780_000), later(symptom("cart", Ail::Errs), caller_ms)],
            onset: Some(Onset { from_ms: 3_660_000, to_ms: 4_200_000, ail: Ail::Fails }),
            suspects: vec![blamed(reason)],
            callers: vec!["cart".to_string()],
            changes: vec![change],
            ..Evidence::default()
        };
        verdict(&evidence).cause.unwrap().name
    };
    assert_eq!(cause("too many concurrent requests", 3_660_000), "3.8.0");
    assert_eq!(cause("too many concurrent requests", 3_780_000), "inventory", "both at once");
    assert_eq!(cause("KeyError: 'sku'", 3_660_000), "inventory", "it is not overrun");
}

#[test]
fn a_cache_that_is_complained_of_anew_comes_before_the_database_behind_it() {
    let pattern = "SET product failed, falling back: OOM command not allowed when used memory > <text>.".to_string();
    let said = SaidAnew {
        service: "catalog".to_string(),
        pattern,
        party: Some("redis".to_string()),
        traces: 10,
        of: 50,
        first_seen: Timestamp::from_millis(20_000),
    };
    let gone = Evidence {
        suspects: vec![suspect("pg-catalog", 0.8)],
        first_named: [(("catalog".to_string(), "redis".to_string()), 20_000)].into(),
        said_anew: vec![said],
        ..evidence()
    };
    let found = verdict(&gone);
    assert_eq!((found.cause.unwrap().name.as_str(), found.alternatives[0].name.as_str()), ("redis", "pg-catalog"));
    assert_eq!(verdict(&Evidence { said_anew: Vec::new(), ..gone }).cause.unwrap().name, "pg-catalog", "it is complained of on any day");
}

#[test]
fn a_job_that_began_just_before_a_database_broke_down_is_named_with_what_it_overruns() {
    let begun = vec![Begun { service: "reconciler".to_string(), since_ms: -60_000 }];
    let found = verdict(&Evidence { suspects: vec![suspect("pg-ledger", 0.9)], begun: begun.clone(), ..evidence() });
    assert_eq!((found.cause.unwrap().name.as_str(), found.alternatives[0].name.as_str()), ("reconciler", "pg-ledger"));
    let mistake = Suspect { kind: CauseKind::Service, ..suspect("fares", 0.9) };
    assert_eq!(verdict(&Evidence { suspects: vec![mistake], begun, ..evidence() }).cause.unwrap().name, "fares", "a mistake of its own");
}

#[test]
fn traffic_that_grew_after_the_trouble_is_its_effect() {
    let flood =
        |since_ms| Evidence { growth: vec![("availability".to_string(), Growth { since_ms: Some(since_ms), ..growth("sunwise") })], ..evidence() };
    assert_eq!(verdict(&flood(0)).cause.unwrap().confidence, Confidence::High);
    let after = Evidence { suspects: vec![suspect("pg-main", 0.9)], ..flood(120_000) };
    assert_eq!(verdict(&after).cause.unwrap().name, "pg-main");
}

#[test]
fn who_was_all_but_at_a_stand_before_another_one_failed_is_the_likelier_origin() {
    let slow = |from_ms: i64, ms: f64| {
        let stretch = Stretch { from_ms, bad: ms * 30.0, of: 30.0, usual_bad: 65.0 * 90.0, usual_of: 90.0, ..symptom("", Ail::Slow).stretch };
        Symptom { service: "dispatch".to_string(), ail: Ail::Slow, stretch }
    };
    let after = |slow: Symptom| {
        let own = Suspect { kind: CauseKind::Service, name: "fares".to_string(), ..suspect("fares", 0.9) };
        let onset = Some(Onset { from_ms: 600_000, to_ms: 900_000, ail: Ail::Fails });
        let found = verdict(&Evidence { symptoms: vec![symptom("fares", Ail::Fails), slow], suspects: vec![own], onset, ..evidence() });
        (found.cause.unwrap().name, found.alternatives.first().map(|c| c.name.clone()))
    };
    let fares = || Some("fares".to_string());
    assert_eq!(after(slow(60_000, 139_000.0)), ("dispatch".to_string(), fares()));
    assert_eq!(after(slow(590_000, 139_000.0)).0, "fares", "about the same time tells nothing");
    assert_eq!(after(slow(60_000, 900.0)).0, "fares", "who takes a little longer is at no stand");
}

#[test]
fn whose_requests_alone_fail_overloads_nobody() {
    let grown = || Evidence { growth: vec![("availability".to_string(), growth("sunwise"))], ..evidence() };
    let own = vec![apart("tenant", "sunwise", 390, 470)];
    let found = verdict(&Evidence { apart: [("availability".to_string(), own)].into(), ..grown() }).cause.unwrap();
    assert_eq!((found.kind, found.name.as_str()), (CauseKind::Tenant, "sunwise"));
    assert!(found.because[0].contains("of the bad requests have tenant sunwise"), "{found:?}");
    let all = vec![Apart { rate_rest: 0.4, ..apart("tenant", "sunwise", 390, 470) }];
    let found = verdict(&Evidence { apart: [("availability".to_string(), all)].into(), ..grown() }).cause.unwrap();
    assert!(found.because[0].contains("requests a minute"), "{found:?}");
}

fn of_service(name: &str) -> Suspect {
    Suspect { kind: CauseKind::Service, service: name.to_string(), ..suspect(name, 0.9) }
}

#[test]
fn a_consumer_that_complains_and_gets_nothing_done_comes_before_who_does_not_find_what_it_should_have_written() {
    let idle = |share: f64| {
        let stretch = Stretch { from_ms: 60_000, bad: share * 10.0, of: 10.0, usual_bad: 340.0, usual_of: 100.0, ..symptom("", Ail::Idles).stretch };
        Symptom { service: "projector".to_string(), ail: Ail::Idles, stretch }
    };
    let with = |idle: Symptom, callers: &[&str]| {
        let symptoms = vec![symptom("query", Ail::Fails), symptom("projector", Ail::Errs), idle];
        let callers = callers.iter().map(|name| (*name).to_string()).collect();
        let complaints = [("projector".to_string(), "cannot decode offset 921774".to_string())].into();
        verdict(&Evidence { symptoms, callers, complaints, suspects: vec![of_service("query")], ..evidence() }).cause.unwrap()
    };
    let found = with(idle(0.1), &[]);
    assert_eq!((found.name.as_str(), found.because[0].as_str()), ("projector", "projector says: cannot decode offset 921774"));
    assert_eq!(with(idle(2.0), &[]).name, "query", "it goes on");
    assert_eq!(with(idle(0.1), &["projector"]).name, "query", "it asks who fails, and is let down");
}

#[test]
fn who_carries_the_records_of_others_and_complains_is_no_origin_where_they_are_missing() {
    let stopped = |service: &str| Stopped { service: service.to_string(), last_ms: -60_000, gone_ms: 600_000, per_minute: 9.0, serves: true };
    let unheard = || Stop::Unheard(["seats", "tickets", "pricing"].map(stopped).into(), "they stopped within the same moment".to_string());
    let kind = |carrier: &str| {
        let symptoms = vec![symptom(carrier, Ail::Errs)];
        verdict(&Evidence { symptoms, suspects: vec![of_service(carrier)], stops: vec![unheard()], ..evidence() }).cause.unwrap().kind
    };
    assert_eq!((kind("vector"), kind("fluent-bit")), (CauseKind::Pipeline, CauseKind::Pipeline));
    assert_eq!(kind("checkout"), CauseKind::Service);
}

#[test]
fn it_began_when_who_is_told_became_slow_before_it_broke() {
    let since = |slow_since: i64, to_ms: i64, service: &str| {
        let slow = Symptom {
            service: service.to_string(),
            ail: Ail::Slow,
            stretch: Stretch { from_ms: slow_since, to_ms, ..symptom("", Ail::Slow).stretch },
        };
        let onset = Some(Onset { from_ms: 1_200_000, to_ms: 1_800_000, ail: Ail::Fails });
        let fails = Stretch { from_ms: 1_200_000, to_ms: 1_800_000, ..symptom("", Ail::Fails).stretch };
        let symptoms = vec![Symptom { service: "forecast".to_string(), ail: Ail::Fails, stretch: fails }, slow];
        verdict(&Evidence { symptoms, suspects: vec![of_service("forecast")], onset, ..evidence() }).cause.unwrap().since.unwrap().millis()
    };
    assert_eq!(since(600_000, 1_800_000, "forecast"), 600_000);
    assert_eq!(since(600_000, 900_000, "forecast"), 1_200_000, "that was over before");
    assert_eq!(since(600_000, 1_800_000, "archive"), 1_200_000, "that is another one");
    assert_eq!(since(1_140_000, 1_800_000, "forecast"), 1_200_000, "about the same time");
}
