//! Exports: against the published schemas, from any position, of every type of event.

use jsonschema::Validator;
use patrol_app::AppError;
use patrol_app::audit::{Export, ExportFormat, Exported};
use patrol_ledger::Kind;
use serde_json::Value;

use crate::world::World;

const CLOUDEVENTS: &str = include_str!("../data/cloudevents-1.0.schema.json");
const OCSF: &str = include_str!("../data/ocsf-1.8.condensed.schema.json");

fn export(world: &World, export: &Export) -> Result<(String, Exported), AppError> {
    let mut text = String::new();
    let done = world.app.export(export, |lines| {
        text.push_str(lines);
        Ok::<_, AppError>(())
    })?;
    Ok((text, done))
}

fn all(world: &World, format: ExportFormat) -> String {
    export(world, &Export { format, after: None, limit: None }).unwrap().0
}

fn documents(world: &World, format: ExportFormat) -> Vec<Value> {
    all(world, format).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn validator(schema: &str) -> Validator {
    jsonschema::validator_for(&serde_json::from_str(schema).unwrap()).unwrap()
}

/// Every document fits, and a document that lacks a member, or has one too many, does not.
fn assert_fits(schema: &str, documents: &[Value], needed: &[&str]) {
    let validator = validator(schema);
    for document in documents {
        let wrong: Vec<_> = validator.iter_errors(document).map(|e| e.to_string()).collect();
        assert!(wrong.is_empty(), "{document:#}: {wrong:?}");
        for member in needed {
            let mut without = document.clone();
            without.as_object_mut().unwrap().remove(*member);
            assert!(!validator.is_valid(&without), "{member} is missing: {without:#}");
        }
    }
}

#[test]
fn the_story_has_every_type_of_event() {
    let kinds: std::collections::BTreeSet<_> =
        World::story().events().iter().map(|event| event.event.kind()).collect();
    assert_eq!(kinds.into_iter().collect::<Vec<_>>(), Kind::ALL);
}

/// What each event means to a collector: nothing is deleted but what is forgotten.
#[test]
fn ocsf_says_what_happened() {
    let told: std::collections::BTreeSet<_> = documents(&World::story(), ExportFormat::Ocsf)
        .iter()
        .filter_map(|event| {
            let code = event["metadata"]["event_code"].as_str()?;
            code.starts_with("token.").then(|| (code.to_owned(), event["type_uid"].as_u64()))
        })
        .collect();
    let expected = [
        ("token.expired", 300_411),
        ("token.expiry_changed", 300_403),
        ("token.imported", 300_401),
        ("token.issued", 300_401),
        ("token.leaked", 200_401),
        ("token.renamed", 300_405),
        ("token.resumed", 300_413),
        ("token.revoked", 300_409),
        ("token.rotated", 300_403),
        ("token.scoped", 300_403),
        ("token.suspended", 300_412),
    ];
    let expected = expected.map(|(code, uid)| (code.to_owned(), Some(uid)));
    assert_eq!(told.into_iter().collect::<Vec<_>>(), expected);
}

#[test]
fn ocsf_keeps_to_its_schema() {
    let documents = documents(&World::story(), ExportFormat::Ocsf);
    assert_fits(OCSF, &documents, &["activity_id", "type_uid", "severity_id", "time", "metadata"]);
    let samples: Value =
        serde_json::from_str(include_str!("../data/sample-ocsf-1.8.json")).unwrap();
    let samples: Vec<_> = samples.as_object().unwrap().values().cloned().collect();
    assert_fits(OCSF, &samples, &["class_uid", "category_uid"]);
    let mut wrong = documents[0].clone();
    wrong["type_uid"] = 300_403.into();
    assert!(!validator(OCSF).is_valid(&wrong), "the type is that of another activity");
    let lines: Vec<_> = documents
        .iter()
        .map(|e| {
            format!(
                "{} {} {} {}",
                e["metadata"]["event_code"], e["type_name"], e["severity"], e["message"]
            )
        })
        .collect();
    insta::assert_snapshot!(lines.join("\n"), @r#"
    "ledger.opened" "Entity Management: Create" "Informational" "The ledger log.example/test was opened"
    "token.issued" "Entity Management: Create" "Informational" "Token 01KDY02100YGG7M6B6HHRK59TZ was issued to alice"
    "token.imported" "Entity Management: Create" "Informational" "Token 01KDY02100BJMEQ3QHPB26M3KD of carol was imported"
    "token.renamed" "Entity Management: Move" "Informational" "Token 01KDY02100YGG7M6B6HHRK59TZ was renamed to ci"
    "token.scoped" "Entity Management: Update" "Informational" "The scopes of token 01KDY02100YGG7M6B6HHRK59TZ changed"
    "token.expiry_changed" "Entity Management: Update" "Informational" "Token 01KDY02100YGG7M6B6HHRK59TZ now ends at 2026-12-31 00:00:00 UTC"
    "ledger.policy_changed" "Entity Management: Update" "Medium" "The policy leak-response was set to suspend"
    "ledger.prefix_added" "Entity Management: Update" "Medium" "The prefix acme_ci was added"
    "token.leaked" "Detection Finding: Create" "Critical" "Token 01KDY02100YGG7M6B6HHRK59TZ was found where it must not be: in deploy.env:12:7, commit 8c7e5a667f1b of Bob <bob@example.com>, repository /srv/git/app.git"
    "token.suspended" "Entity Management: Suspend" "Medium" "Token 01KDY02100YGG7M6B6HHRK59TZ was suspended (leaked)"
    "token.resumed" "Entity Management: Resume" "Medium" "Token 01KDY02100YGG7M6B6HHRK59TZ was resumed"
    "ledger.policy_changed" "Entity Management: Update" "Medium" "The policy leak-response was set to revoke"
    "ledger.scan_bypassed" "Detection Finding: Create" "High" "A push by dora was let past its scan (push-option)"
    "token.rotated" "Entity Management: Update" "Informational" "Token 01KDY02100YGG7M6B6HHRK59TZ was rotated to 01KE89MX006RDQYQJ8XGZ1F9MA"
    "token.issued" "Entity Management: Create" "Informational" "Token 01KE89MX006RDQYQJ8XGZ1F9MA was issued to alice"
    "token.leaked" "Detection Finding: Create" "Critical" "Token 01KE89MX006RDQYQJ8XGZ1F9MA was found where it must not be: in leak two.txt:12:7, commit 8c7e5a667f1b of Bob <bob@example.com>, repository /srv/git/app.git"
    "token.revoked" "Entity Management: Disable" "High" "Token 01KE89MX006RDQYQJ8XGZ1F9MA was revoked (leaked)"
    "ledger.map_committed" "Entity Management: Update" "Informational" "The log committed to the latest versions of 3 tokens"
    "ledger.key_rotated" "Entity Management: Update" "Medium" "The key that signs checkpoints was rotated"
    "ledger.rollback_accepted" "Entity Management: Update" "Critical" "The loss of a log of 99 events was accepted"
    "token.revoked" "Entity Management: Disable" "Informational" "Token 01KDY02100YGG7M6B6HHRK59TZ had ended at 2026-01-06 01:00:00 UTC (superseded); now recorded"
    "token.expired" "Entity Management: Deactivate" "Informational" "Token 01KDY02100BJMEQ3QHPB26M3KD had expired at 2026-02-01 00:00:00 UTC; now recorded"
    "token.issued" "Entity Management: Create" "Informational" "Token 01KGDTCA00VQC5AXSY7MCCZQG1 was issued to (forgotten)"
    "review.started" "Entity Management: Create" "Informational" "A review of 1 token was started: all"
    "review.decided" "Entity Management: Update" "Informational" "Token 01KGDTCA00VQC5AXSY7MCCZQG1 was reviewed: revoke"
    "token.revoked" "Entity Management: Disable" "Informational" "Token 01KGDTCA00VQC5AXSY7MCCZQG1 was revoked (requested)"
    "review.closed" "Entity Management: Update" "Informational" "A review was closed: 0 kept, 1 revoked, 0 ended otherwise"
    "owner.forgotten" "Entity Management: Delete" "Medium" "Person f7c92ddf38075cb8edf6cb662e1897cb was forgotten"
    "#);
}

#[test]
fn cloudevents_keep_to_their_schema() {
    let documents = documents(&World::story(), ExportFormat::CloudEvents);
    assert_fits(CLOUDEVENTS, &documents, &["id", "source", "specversion", "type"]);
    for (position, event) in documents.iter().enumerate() {
        assert_eq!(event["sequence"], format!("{position:020}"));
        assert!(event["type"].as_str().unwrap().starts_with("patrol."));
        let is_name = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
        let names = event.as_object().unwrap().keys();
        assert!(
            names.filter(|name| *name != "data").all(|n| n.len() <= 20 && n.chars().all(is_name))
        );
    }
}

/// Reads a line as a collector does: seven fields, then pairs, both unescaped.
fn read_cef(line: &str) -> (Vec<String>, std::collections::BTreeMap<String, String>) {
    let (mut fields, mut field, mut letters) = (Vec::new(), String::new(), line.chars());
    while fields.len() < 7 {
        match letters.next().unwrap() {
            '\\' => field.push(letters.next().unwrap()),
            '|' => fields.push(std::mem::take(&mut field)),
            c => field.push(c),
        }
    }
    let rest: String = letters.collect();
    let pair = regex::Regex::new(r"(?:^| )([A-Za-z0-9]+)=").unwrap();
    let starts: Vec<_> = pair
        .captures_iter(&rest)
        .map(|c| (c.get(0).unwrap().start(), c.get(0).unwrap().end(), c[1].to_owned()))
        .collect();
    let ends = starts.iter().skip(1).map(|(start, ..)| *start).chain([rest.len()]);
    let unescape = |text: &str| {
        let (mut out, mut letters) = (String::new(), text.chars());
        while let Some(c) = letters.next() {
            match c {
                '\\' => out.push(match letters.next().unwrap() {
                    'n' => '\n',
                    'r' => '\r',
                    other => other,
                }),
                '=' => panic!("a bare = in {text:?}"),
                c => out.push(c),
            }
        }
        out
    };
    let pairs = starts
        .iter()
        .zip(ends)
        .map(|((_, from, key), to)| (key.clone(), unescape(&rest[*from..to])));
    (fields, pairs.collect())
}

#[test]
fn cef_reads_back_as_it_was() {
    let world = World::story();
    let text = all(&world, ExportFormat::Cef);
    let (events, lines) = (world.events(), text.lines());
    for (event, line) in events.iter().zip(lines) {
        let (fields, pairs) = read_cef(line);
        assert_eq!(fields[..3], ["CEF:0", "patrol", "patrol"]);
        assert_eq!(fields[4], event.event.kind().as_str());
        assert!((0..=10).contains(&fields[6].parse::<u8>().unwrap()));
        assert_eq!(pairs["cn1"], event.position.to_string());
        assert_eq!(pairs["rt"], event.recorded_at.as_millis().to_string());
        assert_eq!(pairs["suser"], *event.actor.name.text.as_ref().unwrap());
    }
    let (_, resumed) = read_cef(text.lines().find(|line| line.contains("token.resumed")).unwrap());
    assert_eq!(resumed["reason"], "a fixture = harmless | really");
    assert_eq!(text.lines().count(), world.events().len());
}

/// Revocations and expiries in every format: which of them only record what the clock had brought.
#[test]
fn a_recorded_end_is_no_new_one() {
    let world = World::story();
    let at = ["2026-01-06T01:00:00.000000Z", "2026-02-01T00:00:00.000000Z"];
    let ends = |format, of: &dyn Fn(&Value) -> (Value, Value)| {
        let all = documents(&world, format);
        let told = all.iter().map(of).filter(|(_, end)| !end.is_null());
        told.map(|(status, end)| {
            assert!(["revoked", "expired"].contains(&status.as_str().unwrap()), "{status}");
            end.as_str().unwrap().to_owned()
        })
        .collect::<Vec<_>>()
    };
    let of = |it: &Value| (it["before"]["status"].clone(), it["ended_at"].clone());
    assert_eq!(ends(ExportFormat::Jsonl, &of), at);
    assert_eq!(ends(ExportFormat::CloudEvents, &|it| of(&it["data"])), at);
    assert_eq!(ends(ExportFormat::Ocsf, &|it| of(&it["unmapped"])), at);
    let cef = all(&world, ExportFormat::Cef);
    let told = cef.lines().filter_map(|line| read_cef(line).1.get("cs5").cloned());
    assert_eq!(told.collect::<Vec<_>>(), at);
    let csv = all(&world, ExportFormat::Csv);
    let told = csv.lines().filter_map(|line| line.rsplit_once(',')).map(|(_, last)| last);
    let told = told.filter(|last| last.starts_with("20")).collect::<Vec<_>>();
    assert_eq!(told, at);
}

#[test]
fn csv_has_a_line_for_each_event_and_no_formula() {
    let world = World::story();
    let text = all(&world, ExportFormat::Csv);
    assert!(text.starts_with("position,id,recorded_at,type,"));
    assert!(text.contains(",\"'=ci|bot\n\","), "{text}");
    let after = Export { format: ExportFormat::Csv, after: Some(0), limit: Some(1) };
    let (rest, _) = export(&world, &after).unwrap();
    assert!(rest.starts_with("1,"), "the headings come once: {rest}");
    assert!(text.contains(&rest));
}

#[test]
fn going_on_from_any_position_gives_the_same_lines() {
    let world = World::story();
    let size = world.events().len() as u64;
    for format in
        [ExportFormat::Jsonl, ExportFormat::Ocsf, ExportFormat::Cef, ExportFormat::CloudEvents]
    {
        let whole = all(&world, format);
        for step in [1, 2, 5] {
            let (mut parts, mut after) = (String::new(), None);
            loop {
                let (text, done) =
                    export(&world, &Export { format, after, limit: Some(step) }).unwrap();
                parts.push_str(&text);
                after = done.next;
                if !done.more {
                    break;
                }
                assert_eq!(done.events, step);
            }
            assert_eq!(after, Some(size - 1));
            assert_eq!(parts, whole);
        }
    }
    let at_end = Export { format: ExportFormat::Jsonl, after: Some(size - 1), limit: None };
    let (text, done) = export(&world, &at_end).unwrap();
    assert_eq!(
        (text.as_str(), done),
        ("", Exported { events: 0, next: Some(size - 1), more: false })
    );
}

#[test]
fn a_position_the_log_does_not_have_is_named() {
    let world = World::new();
    for position in [1, 7, u64::MAX] {
        let beyond = Export { format: ExportFormat::Jsonl, after: Some(position), limit: None };
        let error = export(&world, &beyond).unwrap_err().to_string();
        let expected = format!("the log has no position {position}: its last is 0");
        assert_eq!(error, expected);
    }
}

#[test]
fn what_is_recorded_while_an_export_runs_is_part_of_it() {
    let world = World::new();
    for n in 0..600 {
        world.issue("alice", &n.to_string(), "", patrol_ledger::Expiry::Default);
    }
    let mut pages = 0;
    let mut lines = 0;
    let wanted = Export { format: ExportFormat::Jsonl, after: None, limit: None };
    let done = world
        .app
        .export(&wanted, |text| {
            pages += 1;
            lines += text.lines().count();
            // No page keeps a transaction or a lock: writing goes on between them.
            if pages == 1 {
                world.issue("bob", "late", "", patrol_ledger::Expiry::Default);
            }
            Ok::<_, AppError>(())
        })
        .unwrap();
    assert_eq!((pages, lines, done.events), (2, 602, 602));
}
