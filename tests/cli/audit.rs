//! The auditor's verbs: before and after in the history, state as of an instant, exports.

use insta::assert_snapshot;

use crate::world::World;

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
    max-lifetime    1y
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
          }
        }
      ],
      "next": null
    }

    $ patrol history --by nobody
    ! no events fit

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
    ! no tokens fit; --status all lists those that have ended too
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
    1,[ID-1],[TIME],token.issued,[ID-2],token:[ID-2],1,tester,cli,0,alice,'=1+1,Token [ID-2] was issued to alice,,,,"{""description"":null,""digest"":""[HASH]"",""expires_at"":""[TIME]"",""name"":""=1+1"",""owner"":""alice"",""prefix"":""acme_pat"",""rotated_from"":null,""scopes"":[]}",,"{""created_at"":""[TIME]"",""digest"":""[HASH]"",""expires_at"":""[TIME]"",""name"":""=1+1"",""owner"":""alice"",""prefix"":""acme_pat"",""scopes"":[],""sightings"":0,""status"":""active""}"

    $ patrol audit export --after 1
    ! 0 events; later ones: --after 1

    $ patrol audit export --after 2
    ! error: the log has no position 2: it has 2 events, so the last is 1
    ! hint: if the position came from this ledger, it was put back to an older copy since: `patrol check`, and compare roots
    = 1

    $ patrol audit export --after 2 --format json
    ! {
      "error": {
        "kind": "unknown",
        "message": "the log has no position 2: it has 2 events, so the last is 1",
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
    ! error: `audit` has no format html
    ! hint: `patrol help audit` and the name of the verb below it tell its formats
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
