//! The auditor's verbs: before and after in the history, state as of an instant, exports.

use insta::assert_snapshot;

use crate::world::{World, contains, files};

#[test]
fn history_tells_before_and_after() {
    let world = World::new();
    world.issue(&["--scope", "repo:read"]);
    assert_snapshot!(world.session(&[
        "-q list --format json",
        "--actor bob rename [ID-1] desktop -q",
        "--actor bob scope [ID-1] --add ci:run -q",
        "--actor carol policy set max-lifetime 365d -q",
        "history --by bob",
        "history --by bob --type token.renamed --format json",
        "history --by nobody",
        "history --by BOB@laptop",
        "history --since 2027-01-01 --until 2026-01-01",
        "history --since 2026-01-01 --until 2026-01-01",
    ]), @r#"
    $ patrol -q list --format json
    {
      "tokens": [
        {
          "id": "[ID-1]",
          "prefix": "acme_pat",
          "owner": "alice",
          "name": "laptop",
          "description": null,
          "scopes": [
            "repo:read"
          ],
          "status": "active",
          "created_at": "[TIME]",
          "expires_at": "[TIME]",
          "suspended_at": null,
          "revoked_at": null,
          "revoked_reason": null,
          "rotated_from": null,
          "rotated_to": null,
          "last_used_at": null,
          "leaked_at": null,
          "digest": "[HASH]",
          "version": 1,
          "position": 1
        }
      ],
      "next": null
    }

    $ patrol --actor bob rename [ID-1] desktop -q
    renamed [ID-1]  desktop
      owner         alice
      status        active
      scopes        repo:read
      created       [TIME] ([AGO])
      expires       [TIME] (in 90 days)
      digest        [HASH]

    $ patrol --actor bob scope [ID-1] --add ci:run -q
    scopes changed [ID-1]  desktop
      owner         alice
      status        active
      scopes        ci:run repo:read
      created       [TIME] ([AGO])
      expires       [TIME] (in 90 days)
      digest        [HASH]

    $ patrol --actor carol policy set max-lifetime 365d -q
    default-expiry  90d
    max-lifetime    1y (365d)
    leak-response   revoke

    $ patrol history --by bob
         2  [TIME]  [ID-1]  token.renamed         desktop (was laptop)  by bob (cli)
         3  [TIME]  [ID-1]  token.scoped          +ci:run (was repo:read)  by bob (cli)

    $ patrol history --by bob --type token.renamed --format json
    {
      "events": [
        {
          "position": 2,
          "id": "[ID-2]",
          "stream": "token:[ID-1]",
          "token_id": "[ID-1]",
          "version": 2,
          "type": "token.renamed",
          "schema": 1,
          "recorded_at": "[TIME]",
          "actor": {
            "name": "bob",
            "via": "cli",
            "uid": [UID]
          },
          "cause": null,
          "data": {
            "name": "desktop"
          },
          "before": {
            "name": "laptop"
          },
          "after": {
            "name": "desktop"
          },
          "ended_at": null
        }
      ],
      "next": null
    }

    $ patrol history --by nobody
    ! no events fit; --by takes the whole name, as `by …` at the end of a line says it

    $ patrol history --by BOB@laptop
    ! no events fit; names are compared whole, and there is bob

    $ patrol history --since 2027-01-01 --until 2026-01-01
    ! error: the time from [TIME] to [TIME] is backwards
    ! hint: the first instant is included, the second is not; give the earlier one first
    = 2

    $ patrol history --since 2026-01-01 --until 2026-01-01
    ! error: the time from [TIME] to [TIME] is empty
    ! hint: the first instant is included, the second is not; give the earlier one first
    = 2
    "#);
}

#[test]
fn before_it_came_a_token_was_not_there() {
    let world = World::new();
    world.issue(&[]);
    assert_snapshot!(world.session(&[
        "-q list --format json --limit 1",
        "show [ID-1] --at 2026-01-01",
        "show [ID-1] --at 2026-01-01 --format json",
        "list --at 2026-01-01 --status all",
    ]), @r#"
    $ patrol -q list --format json --limit 1
    {
      "tokens": [
        {
          "id": "[ID-1]",
          "prefix": "acme_pat",
          "owner": "alice",
          "name": "laptop",
          "description": null,
          "scopes": [],
          "status": "active",
          "created_at": "[TIME]",
          "expires_at": "[TIME]",
          "suspended_at": null,
          "revoked_at": null,
          "revoked_reason": null,
          "rotated_from": null,
          "rotated_to": null,
          "last_used_at": null,
          "leaked_at": null,
          "digest": "[HASH]",
          "version": 1,
          "position": 1
        }
      ],
      "next": null
    }

    $ patrol show [ID-1] --at 2026-01-01
    ! error: token [ID-1] was not there yet at [TIME]: it came to the ledger at [TIME]
    ! hint: choose a later instant; `patrol history TOKEN` shows its whole life
    = 1

    $ patrol show [ID-1] --at 2026-01-01 --format json
    ! {
      "error": {
        "kind": "unknown",
        "message": "token [ID-1] was not there yet at [TIME]: it came to the ledger at [TIME]",
        "hint": "choose a later instant; `patrol history TOKEN` shows its whole life"
      }
    }
    = 1

    $ patrol list --at 2026-01-01 --status all
    ! there were no tokens at [TIME]: the ledger begins at [TIME]
    "#);
}

#[test]
fn exports_go_on_and_name_what_is_not_there() {
    let world = World::new();
    let issue = ["issue", "--owner", "alice", "--name", "=1+1", "-q"];
    assert_eq!(world.run(&issue).code, 0);
    assert_snapshot!(world.session(&[
        "audit export --format csv --after 0",
        "audit export --after 1",
        "audit export --after 2",
        "audit export --after 2 --format json",
        "audit export --limit 0",
        "audit export --format html",
        "list --format csv",
    ]), @r#"
    $ patrol audit export --format csv --after 0
    ! 1 event; later ones: --after 1
    1,[ID-1],[TIME],token.issued,[ID-2],token:[ID-2],1,tester,cli,0,alice,'=1+1,Token [ID-2] was issued to alice,,,,"{""description"":null,""digest"":""[HASH]"",""expires_at"":""[TIME]"",""name"":""=1+1"",""owner"":""alice"",""prefix"":""acme_pat"",""rotated_from"":null,""scopes"":[]}",,"{""created_at"":""[TIME]"",""digest"":""[HASH]"",""expires_at"":""[TIME]"",""name"":""=1+1"",""owner"":""alice"",""prefix"":""acme_pat"",""scopes"":[],""sightings"":0,""status"":""active""}",

    $ patrol audit export --after 1
    ! 0 events; later ones: --after 1

    $ patrol audit export --after 2
    ! error: the log has no position 2: its last is 1
    ! hint: if the position came from this ledger, it was put back to an older copy since: `patrol check`, and compare roots
    = 1

    $ patrol audit export --after 2 --format json
    ! {
      "error": {
        "kind": "unknown",
        "message": "the log has no position 2: its last is 1",
        "hint": "if the position came from this ledger, it was put back to an older copy since: `patrol check`, and compare roots"
      }
    }
    = 1

    $ patrol audit export --limit 0
    ! error: invalid value '0' for '--limit <N>': 0 is not in 1..18446744073709551615
    !
    ! For more information, try '--help'.
    = 2

    $ patrol audit export --format html
    ! error: `audit export` has no format html
    ! hint: choose jsonl, csv, ocsf, cloudevents or cef
    = 2

    $ patrol list --format csv
    ! error: `list` has no format csv
    ! hint: choose human or json
    = 2
    "#);
    let jsonl = world.run(&["audit", "export"]).stdout;
    let history = world.run(&["history", "--format", "json"]).json();
    let lines = jsonl.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    assert!(lines.eq(history["events"].as_array().unwrap().iter().cloned()));
}

#[test]
fn an_incident_and_a_leaver() {
    let world = World::new();
    let (_, token) = world.issue(&["--scope", "repo:read"]);
    world.write("app/.env", &token);
    world.git(&["init", "-q", "app"]);
    world.git(&["-C", "app", "add", "-A"]);
    world.git(&["-C", "app", "commit", "-q", "-m", "x"]);
    world.run(&["scan", "app", "--history", "--revoke"]);
    let told = world.session(&[
        "list --status revoked",
        "audit exposure [ID-1]",
        "issue --owner bob --name other -q",
        "audit exposure 01JD3KQ8Z5V7W2N9X4C6B8M0T1",
        "audit leaver alice",
        "audit leaver bob",
        "audit leaver bob --revoke",
        "audit leaver bob --left 2030-01-01",
        "audit leaver nobody",
        "audit leaver nobody --revoke --format json",
        "audit leaver bob --format csv",
    ]);
    // How wide the table of the timeline is goes by the name of this world's directory.
    let told = regex::Regex::new("(?m)^(WHEN |\\[TIME\\]  ).*$").unwrap().replace_all(
        &told,
        |row: &regex::Captures<'_>| {
            row[0]
                .split("  ")
                .filter(|cell| !cell.is_empty())
                .map(str::trim)
                .collect::<Vec<_>>()
                .join("  ")
        },
    );
    assert_snapshot!(told, @r#"
    $ patrol list --status revoked
    ID                          OWNER  NAME    STATUS   ENDS  SCOPES
    [ID-1]  alice  laptop  revoked  [AGO]  repo:read

    $ patrol audit exposure [ID-1]
    Exposure of a token
      token   [ID-1]
      owner   alice
      name    laptop
      scopes  repo:read
      status  revoked

    The incident
      It was found where it must not be, and can no longer be used.
      exposed             [TIME]
      found               [TIME]
      ended               [TIME] (revoked)
      told                not recorded
      used since          no use was noted
      exposed → found     0 s
      found → ended       0 s
      exposed and usable  0 s
      not known: when anybody was told: this ledger records no notifications
      not known: every single use: a use is noted at most once a day, and only where this ledger itself verifies the token
      not known: when it was exposed: no commit tells; counted from when it was found
      serves SOC 2 CC6.6, CC7.2, CC7.3, CC7.4 · ISO 27001 A.5.28, A.8.16 · PCI DSS 8.6.2, 8.6.3 · NIST 800-53 IR-4, IR-5, IR-6, IA-5(7), AC-2(13)

    Timeline
    WHEN  WHAT  IN WORDS  POSITION
    [TIME]  token.issued  Token [ID-1] was issued to alice, by tester (cli)  1
    [TIME]  token.leaked  Token [ID-1] was found where it must not be: in .env:1:1, commit [COMMIT] of Ada <ada@example.org>, repository [ROOT]/work/app, by tester (cli)  2
    [TIME]  token.revoked  Token [ID-1] was revoked (leaked), by tester (cli)  3

    $ patrol issue --owner bob --name other -q
    [TOKEN-1]

    $ patrol audit exposure 01JD3KQ8Z5V7W2N9X4C6B8M0T1
    ! error: no token [ID-2] is known to this ledger
    ! hint: `patrol list --status all` shows what this ledger knows
    = 1

    $ patrol audit leaver alice
    What alice held
      owner  alice
      left   not said

    Tokens
      Nothing they held works any more.
      tokens            1
      still living      0
      revoked just now  0
      last one ended    [TIME]
      lag               –
    TOKEN                       NAME    SCOPES     ISSUED                   ENDED                            LAG
    [ID-1]  laptop  repo:read  [TIME]  revoked [TIME]
      not known: when they left; say it with --left
      serves SOC 2 CC6.2, CC6.3 · ISO 27001 A.5.18, A.6.5 · PCI DSS 8.2.5 · NIST 800-53 AC-2(3), PS-4

    $ patrol audit leaver bob
    What bob held
      owner  bob
      left   not said

    Tokens
      1 token STILL LIVES; --revoke ends it.
      tokens            1
      still living      1
      revoked just now  0
      last one ended    –
      lag               –
    TOKEN                       NAME   SCOPES  ISSUED                   ENDED           LAG
    [ID-3]  other  none    [TIME]  lives (active)
      not known: when they left; say it with --left
      serves SOC 2 CC6.2, CC6.3 · ISO 27001 A.5.18, A.6.5 · PCI DSS 8.2.5 · NIST 800-53 AC-2(3), PS-4
    = 1

    $ patrol audit leaver bob --revoke
    What bob held
      owner  bob
      left   not said

    Tokens
      Nothing they held works any more.
      tokens            1
      still living      0
      revoked just now  1
      last one ended    [TIME]
      lag               0 s
    TOKEN                       NAME   SCOPES  ISSUED                   ENDED                            LAG
    [ID-3]  other  none    [TIME]  revoked [TIME]  0 s
      not known: when they left; say it with --left. The lag is counted from the first revocation for leaving
      serves SOC 2 CC6.2, CC6.3 · ISO 27001 A.5.18, A.6.5 · PCI DSS 8.2.5 · NIST 800-53 AC-2(3), PS-4

    $ patrol audit leaver bob --left 2030-01-01
    ! error: [TIME] is yet to come (now [TIME])
    ! hint: name an instant that has passed
    = 2

    $ patrol audit leaver nobody
    ! error: this owner has no tokens in this ledger
    ! hint: owners are compared exactly; `patrol list --status all` shows them
    = 1

    $ patrol audit leaver nobody --revoke --format json
    ! {
      "error": {
        "kind": "unknown",
        "message": "this owner has no tokens in this ledger",
        "hint": "owners are compared exactly; `patrol list --status all` shows them"
      }
    }
    = 1

    $ patrol audit leaver bob --format csv
    section,row,item,value
    about,,owner,bob
    about,,left,not said
    Tokens,,tokens,1
    Tokens,,still living,0
    Tokens,,revoked just now,0
    Tokens,,last one ended,[TIME]
    Tokens,,lag,0 s
    Tokens,1,token,[ID-3]
    Tokens,1,name,other
    Tokens,1,scopes,none
    Tokens,1,issued,[TIME]
    Tokens,1,ended,revoked [TIME]
    Tokens,1,lag,0 s
    "#);
}

#[test]
fn a_report_in_words_and_times_that_make_no_sense() {
    let world = World::new();
    world.issue(&["--scope", "repo:read", "--expires", "never"]);
    assert_snapshot!(world.session(&[
        "audit report --from 2026-02-01 --to 2026-01-01",
        "audit report --from 2090-01-01",
        "audit report --to yesterday",
        "audit report --format html --output nowhere/report.html",
        "audit report --format csv --output report.csv",
        "audit report --format csv --output report.csv",
        "audit report --format ocsf",
    ]), @r#"
    $ patrol audit report --from 2026-02-01 --to 2026-01-01
    ! error: the time from [TIME] to [TIME] is backwards
    ! hint: the first instant is included, the second is not; give the earlier one first
    = 2

    $ patrol audit report --from 2090-01-01
    ! error: [TIME] is yet to come (now [TIME])
    ! hint: name an instant that has passed
    = 2

    $ patrol audit report --to yesterday
    ! error: invalid value 'yesterday' for '--to <INSTANT>': "yesterday" is not an instant: write 2026-03-03 or 2026-03-03T12:00:00Z (1970 to 9999)
    !
    ! For more information, try '--help'.
    = 2

    $ patrol audit report --format html --output nowhere/report.html
    ! error: nowhere/report.html: no such file or directory
    ! hint: see whether its folder is there, and who may write to it
    = 4

    $ patrol audit report --format csv --output report.csv
    ! written to report.csv

    $ patrol audit report --format csv --output report.csv
    ! error: report.csv exists already; nothing is ever written over it
    ! hint: choose another name
    = 4

    $ patrol audit report --format ocsf
    ! error: `audit report` has no format ocsf
    ! hint: choose human, json, csv or html
    = 2
    "#);
    let words = world.run(&["audit", "report", "--from", "2026-01-01"]).stdout;
    for part in ["0 tokens lived at the start and 1 at the end", "1 token lives without an end."] {
        assert!(words.contains(part), "{words}");
    }
    let page = world.run(&["audit", "report", "--format", "html"]).stdout;
    assert!(page.starts_with("<!doctype html>") && !page.contains("<script"));
    let json = world.run(&["audit", "report", "--format", "json"]).json();
    assert_eq!(json["schema"], "patrol.audit-report/v1");
    let check = world.run(&["check", "--format", "json"]).json();
    assert_eq!(json["log"]["root"], check["root"]);
}

#[test]
fn a_review_from_start_to_sign_off() {
    let world = World::new();
    world.issue(&["--scope", "repo:read"]);
    assert_snapshot!(world.session(&[
        "issue --owner bob --name other --scope mail:send -q",
        "audit review start --name Q1",
        "--actor alice audit review decide [ID-1] [ID-2] --keep --reason 'I need it'",
        "--actor carol audit review decide [ID-1] [ID-2] --keep --reason 'nightly builds' -q",
        "--actor carol audit review close [ID-1]",
        "--actor carol audit review decide [ID-1] [ID-3] --revoke --reason unused -q",
        "--actor carol audit review close [ID-1] --comment 'signed, carol'",
        "--actor carol audit review decide [ID-1] [ID-2] --revoke --reason later",
        "audit review decide 01JD3KQ8Z5V7W2N9X4C6B8M0T1 [ID-2] --keep --reason r",
        "audit review decide nonsense [ID-2] --keep --reason r",
        "audit review decide [ID-1] [ID-2] --reason r",
        "audit review start --name nothing --owner nobody",
        "audit review status",
        "audit review status [ID-1] --format json",
        "audit review status 01JD3KQ8Z5V7W2N9X4C6B8M0T1",
        "history --type token.revoked",
    ]), @r#"
    $ patrol issue --owner bob --name other --scope mail:send -q
    [TOKEN-1]

    $ patrol audit review start --name Q1
    Review: Q1
      review      [ID-1]
      status      open
      started     [TIME] by tester
      signed off  not yet

    Tokens
      No verdict was given yet.
      kept             0
      revoked          0
      ended otherwise  0
      still open       2
    TOKEN                       OWNER  NAME    SCOPES     VERDICT  REVIEWER  REASON  WHEN
    [ID-2]  alice  laptop  repo:read  open
    [ID-3]  bob    other   mail:send  open
      serves SOC 2 CC6.2, CC6.3 · ISO 27001 A.5.18 · PCI DSS 7.2.4, 7.2.5.1 · NIST 800-53 AC-2, AC-6(7)

    $ patrol --actor alice audit review decide [ID-1] [ID-2] --keep --reason 'I need it'
    ! error: token [ID-2] belongs to the reviewer; somebody else must review it
    ! hint: nobody reviews their own tokens; --actor says who acts
    = 1

    $ patrol --actor carol audit review decide [ID-1] [ID-2] --keep --reason 'nightly builds' -q
    Review: Q1
      review      [ID-1]
      status      open
      started     [TIME] by tester
      signed off  not yet

    Tokens
      No verdict comes from the token's owner; compared were names (whole, and before the @), and user ids under which owners acted on their tokens.
      kept             1
      revoked          0
      ended otherwise  0
      still open       1
    TOKEN                       OWNER  NAME    SCOPES     VERDICT  REVIEWER  REASON          WHEN
    [ID-2]  alice  laptop  repo:read  keep     carol     nightly builds  [TIME]
    [ID-3]  bob    other   mail:send  open
      not known: who stands behind a name: --actor is what somebody says. The user id beside it cannot be chosen, but several persons may share one
      serves SOC 2 CC6.2, CC6.3 · ISO 27001 A.5.18 · PCI DSS 7.2.4, 7.2.5.1 · NIST 800-53 AC-2, AC-6(7)

    $ patrol --actor carol audit review close [ID-1]
    ! error: review [ID-1] is open for [ID-3]
    ! hint: decide them: `patrol audit review decide [ID-1] TOKEN --keep --reason WHY`, or --revoke
    = 1

    $ patrol --actor carol audit review decide [ID-1] [ID-3] --revoke --reason unused -q
    Review: Q1
      review      [ID-1]
      status      open
      started     [TIME] by tester
      signed off  not yet

    Tokens
      No verdict comes from the token's owner; compared were names (whole, and before the @), and user ids under which owners acted on their tokens.
      kept             1
      revoked          1
      ended otherwise  0
      still open       0
    TOKEN                       OWNER  NAME    SCOPES     VERDICT  REVIEWER  REASON          WHEN
    [ID-2]  alice  laptop  repo:read  keep     carol     nightly builds  [TIME]
    [ID-3]  bob    other   mail:send  revoke   carol     unused          [TIME]
      not known: who stands behind a name: --actor is what somebody says. The user id beside it cannot be chosen, but several persons may share one
      serves SOC 2 CC6.2, CC6.3 · ISO 27001 A.5.18 · PCI DSS 7.2.4, 7.2.5.1 · NIST 800-53 AC-2, AC-6(7)

    $ patrol --actor carol audit review close [ID-1] --comment 'signed, carol'
    Review: Q1
      review      [ID-1]
      status      closed
      started     [TIME] by tester
      signed off  [TIME] by carol

    Tokens
      signed, carol
      No verdict comes from the token's owner; compared were names (whole, and before the @), and user ids under which owners acted on their tokens.
      kept             1
      revoked          1
      ended otherwise  0
      still open       0
    TOKEN                       OWNER  NAME    SCOPES     VERDICT  REVIEWER  REASON          WHEN
    [ID-2]  alice  laptop  repo:read  keep     carol     nightly builds  [TIME]
    [ID-3]  bob    other   mail:send  revoke   carol     unused          [TIME]
      not known: who stands behind a name: --actor is what somebody says. The user id beside it cannot be chosen, but several persons may share one
      serves SOC 2 CC6.2, CC6.3 · ISO 27001 A.5.18 · PCI DSS 7.2.4, 7.2.5.1 · NIST 800-53 AC-2, AC-6(7)

    $ patrol --actor carol audit review decide [ID-1] [ID-2] --revoke --reason later
    ! error: review [ID-1] was closed at [TIME]; that is final
    ! hint: start another with `patrol audit review start`
    = 1

    $ patrol audit review decide 01JD3KQ8Z5V7W2N9X4C6B8M0T1 [ID-2] --keep --reason r
    ! error: no review [ID-4] is known to this ledger
    ! hint: `patrol audit review status` shows the reviews there are
    = 1

    $ patrol audit review decide nonsense [ID-2] --keep --reason r
    ! error: invalid value 'nonsense' for '<REVIEW>': this is not a review's id; `patrol audit review status` shows them
    !
    ! For more information, try '--help'.
    = 2

    $ patrol audit review decide [ID-1] [ID-2] --reason r
    ! error: the following required arguments were not provided:
    !   <--keep|--revoke>
    !
    ! Usage: patrol audit review decide --reason <REASON> <--keep|--revoke> <REVIEW> <TOKEN>...
    !
    ! For more information, try '--help'.
    = 2

    $ patrol audit review start --name nothing --owner nobody
    ! error: no living token fits; there is nothing to review
    ! hint: see `patrol list` with the same filters
    = 1

    $ patrol audit review status
    Access reviews

    All reviews
      1 review; each verdict has a reason in the log. No verdict comes from the token's owner; compared were names (whole, and before the @), and user ids under which owners acted on their tokens.
    REVIEW                      NAME  STARTED                  KEPT  REVOKED  ENDED  OPEN  SIGNED OFF                        WORDS
    [ID-1]  Q1    [TIME]  1     1        0      0     [TIME] by carol  signed, carol
      not known: who stands behind a name: --actor is what somebody says. The user id beside it cannot be chosen, but several persons may share one
      serves SOC 2 CC6.2, CC6.3 · ISO 27001 A.5.18 · PCI DSS 7.2.4, 7.2.5.1 · NIST 800-53 AC-2, AC-6(7)

    $ patrol audit review status [ID-1] --format json
    {
      "id": "[ID-1]",
      "name": "Q1",
      "status": "closed",
      "started_at": "[TIME]",
      "started_by": "tester",
      "closed_at": "[TIME]",
      "closed_by": "carol",
      "comment": "signed, carol",
      "kept": 1,
      "revoked": 1,
      "ended": 0,
      "open": 0,
      "position": 7,
      "tokens": [
        {
          "token_id": "[ID-2]",
          "owner": "alice",
          "name": "laptop",
          "scopes": [
            "repo:read"
          ],
          "status": "active",
          "verdict": "keep",
          "reviewer": "carol",
          "reviewer_uid": [UID],
          "reviewer_like_owner": null,
          "reason": "nightly builds",
          "decided_at": "[TIME]",
          "position": 4
        },
        {
          "token_id": "[ID-3]",
          "owner": "bob",
          "name": "other",
          "scopes": [
            "mail:send"
          ],
          "status": "revoked",
          "verdict": "revoke",
          "reviewer": "carol",
          "reviewer_uid": [UID],
          "reviewer_like_owner": null,
          "reason": "unused",
          "decided_at": "[TIME]",
          "position": 5
        }
      ]
    }

    $ patrol audit review status 01JD3KQ8Z5V7W2N9X4C6B8M0T1
    ! error: no review [ID-4] is known to this ledger
    ! hint: `patrol audit review status` shows the reviews there are
    = 1

    $ patrol history --type token.revoked
         6  [TIME]  [ID-3]  token.revoked         requested: unused  by carol (cli)
    "#);
}

#[test]
fn whoever_is_forgotten_has_no_name_any_more() {
    let world = World::new();
    world.issue(&["--scope", "repo:read"]);
    assert_snapshot!(world.session(&[
        "forget alice --reason 'as asked'",
        "forget alice --reason ' ' --revoke",
        "forget alice --reason 'as asked' --revoke",
        "forget alice --reason 'as asked' --revoke --format json",
        "list --status all",
        "history",
        "check -q --format human",
        "rebuild -q",
    ]), @r#"
    $ patrol forget alice --reason 'as asked'
    ! error: alice still holds 1 living token
    ! hint: end it first with `patrol revoke --owner alice`, or say --revoke here to end it with it
    = 1

    $ patrol forget alice --reason ' ' --revoke
    ! error: the reason is empty
    = 2

    $ patrol forget alice --reason 'as asked' --revoke
    ! backups, exports and reports made before still name them: see docs/audit.md
    revoked [ID-1]
    forgotten; the log calls them [PERSON]

    $ patrol forget alice --reason 'as asked' --revoke --format json
    ! {
      "error": {
        "kind": "unknown",
        "message": "nobody of this name is known to this ledger",
        "hint": "names are compared exactly; somebody who was forgotten has no name any more"
      }
    }
    = 1

    $ patrol list --status all
    ID                          OWNER        NAME         STATUS   ENDS  SCOPES
    [ID-1]  (forgotten)  (forgotten)  revoked  [AGO]  repo:read

    $ patrol history
         0  [TIME]  -                           ledger.opened         prefix acme_pat, origin log.example/test  by tester (cli)
         1  [TIME]  [ID-1]  token.issued          (forgotten) of (forgotten): repo:read, ends [TIME]  by tester (cli)
         2  [TIME]  [ID-1]  token.revoked         leaver  by tester (cli)
         3  [TIME]  [PERSON]  owner.forgotten       as asked  by tester (cli)

    $ patrol check -q --format human
    sound  4 events
    root  [HASH]

    $ patrol rebuild -q
    rebuilt from 4 events
    "#);
    for file in files(&world.path("home")) {
        assert!(!contains(&std::fs::read(&file).unwrap(), "alice"), "{}", file.display());
    }
}
