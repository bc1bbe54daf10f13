//! The life of a token, verb by verb.

use insta::assert_snapshot;

use crate::world::World;

#[test]
fn issue_shows_the_token_once() {
    assert_snapshot!(World::new().session(&[
        "issue --owner alice@example.com --name 'my laptop' --scope repo:read --scope issues:* --description 'for scripts'",
        "show [ID-1]",
        "list",
        "issue --owner ci --name deploy --expires 7d --format json",
        "list --format json --owner ci",
    ]), @r#"
    $ patrol issue --owner alice@example.com --name 'my laptop' --scope repo:read --scope issues:* --description 'for scripts'
    ! issued [ID-1]  my laptop
    !   owner         alice@example.com
    !   status        active
    !   description   for scripts
    !   scopes        issues:* repo:read
    !   created       [TIME] ([AGO])
    !   expires       [TIME] (in 90 days)
    !   digest        [HASH]
    ! The token, shown this once:
    [TOKEN-1]

    $ patrol show [ID-1]
    [ID-1]  my laptop
      owner         alice@example.com
      status        active
      description   for scripts
      scopes        issues:* repo:read
      created       [TIME] ([AGO])
      expires       [TIME] (in 90 days)
      digest        [HASH]

    $ patrol list
    ID                          OWNER              NAME       STATUS  ENDS  SCOPES
    [ID-1]  alice@example.com  my laptop  active  in 90 days  issues:* repo:read

    $ patrol issue --owner ci --name deploy --expires 7d --format json
    {
      "id": "[ID-2]",
      "prefix": "acme_pat",
      "owner": "ci",
      "name": "deploy",
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
      "position": 2,
      "token": "[TOKEN-2]"
    }

    $ patrol list --format json --owner ci
    {
      "tokens": [
        {
          "id": "[ID-2]",
          "prefix": "acme_pat",
          "owner": "ci",
          "name": "deploy",
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
          "position": 2
        }
      ],
      "next": null
    }
    "#);
}

#[test]
fn ends_are_durations_instants_or_never() {
    assert_snapshot!(World::new().session(&[
        "-q issue --owner a --name none --expires never",
        "-q issue --owner a --name instant --expires 2999-01-01T12:00:00+02:00",
        "list --verbose",
        "issue --owner a --name past --expires 2020-01-01",
        "issue --owner a --name wrong --expires 90",
        "issue --owner a --name wrong --expires 2026-13-01",
        "policy set max-lifetime 30d",
        "issue --owner a --name long --expires 31d",
        "issue --owner a --name long --expires never --format json",
    ]), @r#"
    $ patrol -q issue --owner a --name none --expires never
    [TOKEN-1]

    $ patrol -q issue --owner a --name instant --expires 2999-01-01T12:00:00+02:00
    [TOKEN-2]

    $ patrol list --verbose
    ID                          OWNER  NAME     STATUS  ENDS  SCOPES
    [ID-1]  a      none     active  never                    none
    [ID-2]  a      instant  active  [TIME]  none

    $ patrol issue --owner a --name past --expires 2020-01-01
    ! error: the end [TIME] is not in the future (now [TIME])
    ! hint: choose a later end; to end a token now, revoke it
    = 1

    $ patrol issue --owner a --name wrong --expires 90
    ! error: invalid value '90' for '--expires <DURATION|INSTANT|never>': "90" is not a duration: write a number and one of s, m, h, d, w, y, such as 90d
    !
    ! For more information, try '--help'.
    = 2

    $ patrol issue --owner a --name wrong --expires 2026-13-01
    ! error: invalid value '2026-13-01' for '--expires <DURATION|INSTANT|never>': "2026-13-01" is not an instant: write 2026-03-03 or 2026-03-03T12:00:00Z (1970 to 9999)
    !
    ! For more information, try '--help'.
    = 2

    $ patrol policy set max-lifetime 30d
    default-expiry  90d
    max-lifetime    30d
    leak-response   revoke

    $ patrol issue --owner a --name long --expires 31d
    ! error: the policy lets a token live at most 30d, that is until [TIME]
    ! hint: choose an earlier end; `patrol policy` shows the rule
    = 1

    $ patrol issue --owner a --name long --expires never --format json
    ! {
      "error": {
        "kind": "refused",
        "message": "the policy lets a token live at most 30d, that is until [TIME]",
        "hint": "choose an earlier end; `patrol policy` shows the rule"
      }
    }
    = 1
    "#);
}

#[test]
fn changes_and_what_is_no_change() {
    let world = World::new();
    let (id, _) = world.issue(&["--scope", "repo:read"]);
    world.scrub(&id);
    assert_snapshot!(world.session(&[
        "rename [ID-1] 'old laptop'",
        "rename [ID-1] 'old laptop'",
        "scope [ID-1] --add repo:write --remove repo:read --format json",
        "scope [ID-1] --set issues:*",
        "scope [ID-1]",
        "scope [ID-1] --add 'no scope'",
        "expire [ID-1] --at 365d",
        "suspend [ID-1] --reason 'on leave'",
        "resume [ID-1] --format json",
        "history [ID-1]",
    ]), @r#"
    $ patrol rename [ID-1] 'old laptop'
    renamed [ID-1]  old laptop
      owner         alice
      status        active
      scopes        repo:read
      created       [TIME] ([AGO])
      expires       [TIME] (in 90 days)
      digest        [HASH]

    $ patrol rename [ID-1] 'old laptop'
    unchanged [ID-1]  old laptop
      owner         alice
      status        active
      scopes        repo:read
      created       [TIME] ([AGO])
      expires       [TIME] (in 90 days)
      digest        [HASH]

    $ patrol scope [ID-1] --add repo:write --remove repo:read --format json
    {
      "id": "[ID-1]",
      "prefix": "acme_pat",
      "owner": "alice",
      "name": "old laptop",
      "description": null,
      "scopes": [
        "repo:write"
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
      "version": 3,
      "position": 3
    }

    $ patrol scope [ID-1] --set issues:*
    scopes changed [ID-1]  old laptop
      owner         alice
      status        active
      scopes        issues:*
      created       [TIME] ([AGO])
      expires       [TIME] (in 90 days)
      digest        [HASH]

    $ patrol scope [ID-1]
    ! error: the following required arguments were not provided:
    !   --set <SCOPE>
    !
    ! Usage: patrol scope --set <SCOPE> <TOKEN>
    !
    ! For more information, try '--help'.
    = 2

    $ patrol scope [ID-1] --add 'no scope'
    ! error: invalid value 'no scope' for '--add <SCOPE>': a scope is written resource:action (a-z 0-9 _ . -), resource:* or *
    !
    ! For more information, try '--help'.
    = 2

    $ patrol expire [ID-1] --at 365d
    expiry changed [ID-1]  old laptop
      owner         alice
      status        active
      scopes        issues:*
      created       [TIME] ([AGO])
      expires       [TIME] (in 1 year)
      digest        [HASH]

    $ patrol suspend [ID-1] --reason 'on leave'
    suspended [ID-1]  old laptop
      owner         alice
      status        suspended
      scopes        issues:*
      created       [TIME] ([AGO])
      expires       [TIME] (in 1 year)
      suspended     [TIME] ([AGO]); requested: on leave
      digest        [HASH]

    $ patrol resume [ID-1] --format json
    {
      "id": "[ID-1]",
      "prefix": "acme_pat",
      "owner": "alice",
      "name": "old laptop",
      "description": null,
      "scopes": [
        "issues:*"
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
      "version": 7,
      "position": 7
    }

    $ patrol history [ID-1]
         1  [TIME]  [ID-1]  token.issued          laptop of alice: repo:read, ends [TIME]  by tester (cli)
         2  [TIME]  [ID-1]  token.renamed         old laptop (was laptop)  by tester (cli)
         3  [TIME]  [ID-1]  token.scoped          +repo:write -repo:read (was repo:read)  by tester (cli)
         4  [TIME]  [ID-1]  token.scoped          +issues:* -repo:write (was repo:write)  by tester (cli)
         5  [TIME]  [ID-1]  token.expiry_changed  ends [TIME] (was [TIME])  by tester (cli)
         6  [TIME]  [ID-1]  token.suspended       requested: on leave  by tester (cli)
         7  [TIME]  [ID-1]  token.resumed         in use again  by tester (cli)
    "#);
}

#[test]
fn rotation_hands_over_and_ends_the_old_token() {
    let world = World::new();
    let (id, token) = world.issue(&["--scope", "repo:read"]);
    world.scrub(&token);
    world.scrub(&id);
    assert_snapshot!(world.session(&[
        "rotate [ID-1] --overlap 1h --format json",
        "show [ID-1]",
        "[TOKEN-1] | verify",
        "[TOKEN-2] | verify --scope repo:read",
        "rotate [ID-1]",
        "rotate [ID-2]",
        "[TOKEN-2] | verify",
        "list --status all",
    ]), @r#"
    $ patrol rotate [ID-1] --overlap 1h --format json
    {
      "id": "[ID-2]",
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
      "rotated_from": "[ID-1]",
      "rotated_to": null,
      "last_used_at": null,
      "leaked_at": null,
      "digest": "[HASH]",
      "version": 1,
      "position": 3,
      "rotated_from_ends_at": "[TIME]",
      "token": "[TOKEN-2]"
    }

    $ patrol show [ID-1]
    [ID-1]  laptop
      owner         alice
      status        active
      scopes        repo:read
      created       [TIME] ([AGO])
      expires       [TIME] (in 90 days)
      rotated to    [ID-2], goes on until [TIME] (in 1 h)
      digest        [HASH]

    $ [TOKEN-1] | patrol verify
    active  laptop of alice, ends in 1 h

    $ [TOKEN-2] | patrol verify --scope repo:read
    active  laptop of alice, ends in 90 days

    $ patrol rotate [ID-1]
    ! error: token [ID-1] was already rotated; its successor is [ID-2]
    ! hint: rotate the successor: `patrol rotate [ID-2]`
    = 1

    $ patrol rotate [ID-2]
    ! issued as successor [ID-3]  laptop
    !   owner         alice
    !   status        active
    !   scopes        repo:read
    !   created       [TIME] ([AGO])
    !   expires       [TIME] (in 90 days)
    !   rotated from  [ID-2]
    !   digest        [HASH]
    ! The old token [ID-2] ended now.
    ! The token, shown this once:
    [TOKEN-3]

    $ [TOKEN-2] | patrol verify
    inactive  revoked
    = 1

    $ patrol list --status all
    ID                          OWNER  NAME    STATUS   ENDS  SCOPES
    [ID-1]  alice  laptop  active   in 1 h      repo:read
    [ID-2]  alice  laptop  revoked  [AGO]  repo:read
    [ID-3]  alice  laptop  active   in 90 days  repo:read
    "#);
}

#[test]
fn verify_answers_with_a_reason() {
    let world = World::new();
    let (id, token) = world.issue(&["--scope", "repo:read"]);
    world.scrub(&token);
    world.scrub(&id);
    assert_snapshot!(world.session(&[
        "[TOKEN-1] | verify --scope repo:read",
        "[TOKEN-1] | verify --format json",
        "[TOKEN-1] | verify --scope repo:write",
        "suspend [ID-1] --reason x -q",
        "[TOKEN-1] | verify --format json",
        "revoke [ID-1] -q",
        "[TOKEN-1] | verify --format json",
        "[ID-1] | verify --format json",
        "nonsense | verify",
        "verify",
    ]), @r#"
    $ [TOKEN-1] | patrol verify --scope repo:read
    active  laptop of alice, ends in 90 days

    $ [TOKEN-1] | patrol verify --format json
    {
      "active": true,
      "id": "[ID-1]",
      "owner": "alice",
      "name": "laptop",
      "scopes": [
        "repo:read"
      ],
      "expires_at": "[TIME]"
    }

    $ [TOKEN-1] | patrol verify --scope repo:write
    inactive  insufficient_scope
    = 1

    $ patrol suspend [ID-1] --reason x -q
    suspended [ID-1]  laptop
      owner         alice
      status        suspended
      scopes        repo:read
      created       [TIME] ([AGO])
      expires       [TIME] (in 90 days)
      last used     [TIME] ([AGO])
      suspended     [TIME] ([AGO]); requested: x
      digest        [HASH]

    $ [TOKEN-1] | patrol verify --format json
    {
      "active": false,
      "reason": "suspended"
    }
    = 1

    $ patrol revoke [ID-1] -q
    revoked [ID-1]

    $ [TOKEN-1] | patrol verify --format json
    {
      "active": false,
      "reason": "revoked"
    }
    = 1

    $ [ID-1] | patrol verify --format json
    {
      "active": false,
      "reason": "malformed"
    }
    = 1

    $ nonsense | patrol verify
    inactive  malformed
    = 1

    $ patrol verify
    ! there is no token on standard input
    inactive  malformed
    = 1
    "#);
}

#[test]
fn verify_takes_the_token_from_the_environment() {
    let world = World::new();
    let (_, token) = world.issue(&[]);
    let mut command = world.patrol(&["verify"]);
    command.env("PATROL_TOKEN", &token);
    let ran = crate::world::finish(command, b"");
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
    assert!(ran.stdout.starts_with("active"), "{}", ran.stdout);
}

#[test]
fn revoke_is_final_idempotent_and_names_the_unknown() {
    let world = World::new();
    let (id, token) = world.issue(&[]);
    world.scrub(&token);
    world.scrub(&id);
    assert_snapshot!(world.session(&[
        "revoke [ID-1] --reason leaked --comment 'seen in a gist'",
        "revoke [ID-1]",
        "[TOKEN-1] | revoke - --format json",
        "-q issue --owner bob --name one",
        "-q issue --owner bob --name two",
        "revoke 01ARZ3NDEKTSV4RRFFQ69G5FAV TYPO --owner bob --reason leaver --format json",
        "list --status all",
        "revoke --owner nobody",
        "revoke --owner bob --format json",
        "revoke",
        "resume [ID-1]",
        "history [ID-1] --type token.revoked --format json",
    ]), @r#"
    $ patrol revoke [ID-1] --reason leaked --comment 'seen in a gist'
    revoked [ID-1]

    $ patrol revoke [ID-1]
    [ID-1] was revoked already (leaked, [TIME]); nothing changed

    $ [TOKEN-1] | patrol revoke - --format json
    {
      "revoked": [],
      "already": [
        "[ID-1]"
      ],
      "unknown": [],
      "position": null
    }

    $ patrol -q issue --owner bob --name one
    [TOKEN-2]

    $ patrol -q issue --owner bob --name two
    [TOKEN-3]

    $ patrol revoke 01ARZ3NDEKTSV4RRFFQ69G5FAV TYPO --owner bob --reason leaver --format json
    ! {
      "error": {
        "kind": "unknown",
        "message": "2 tokens are not known to this ledger: [ID-2], TYPO (this is not a token id: a token id has 26 characters)",
        "hint": "the others are revoked; `patrol list --status all` shows the ids"
      }
    }
    {
      "revoked": [
        "[ID-3]",
        "[ID-4]"
      ],
      "already": [],
      "unknown": [
        "[ID-2]",
        "TYPO"
      ],
      "position": 6
    }
    = 1

    $ patrol list --status all
    ID                          OWNER  NAME    STATUS   ENDS  SCOPES
    [ID-1]  alice  laptop  revoked  [AGO]  none
    [ID-3]  bob    one     revoked  [AGO]  none
    [ID-4]  bob    two     revoked  [AGO]  none

    $ patrol revoke --owner nobody
    ! error: this owner has no tokens in this ledger
    ! hint: owners are compared exactly; `patrol list --status all` shows them
    = 1

    $ patrol revoke --owner bob --format json
    {
      "revoked": [],
      "already": [
        "[ID-3]",
        "[ID-4]"
      ],
      "unknown": [],
      "position": null
    }

    $ patrol revoke
    ! error: the following required arguments were not provided:
    !   <TOKEN>...
    !
    ! Usage: patrol revoke <TOKEN>...
    !
    ! For more information, try '--help'.
    = 2

    $ patrol resume [ID-1]
    ! error: token [ID-1] was revoked (leaked) at [TIME]; that is final
    ! hint: issue another with `patrol issue`
    = 1

    $ patrol history [ID-1] --type token.revoked --format json
    {
      "events": [
        {
          "position": 2,
          "id": "[ID-5]",
          "stream": "token:[ID-1]",
          "token_id": "[ID-1]",
          "version": 2,
          "type": "token.revoked",
          "schema": 1,
          "recorded_at": "[TIME]",
          "actor": {
            "name": "tester",
            "via": "cli",
            "uid": [UID]
          },
          "cause": null,
          "data": {
            "comment": "seen in a gist",
            "reason": "leaked"
          },
          "before": {
            "revoked_at": null,
            "revoked_reason": null,
            "status": "active"
          },
          "after": {
            "revoked_at": "[TIME]",
            "revoked_reason": "leaked",
            "status": "revoked"
          },
          "ended_at": null
        }
      ],
      "next": null
    }
    "#);
}

#[test]
fn a_whole_token_that_does_not_match_is_unknown() {
    let world = World::new();
    let (id, _) = world.issue(&[]);
    let stranger = well_formed("acme_pat", &id);
    for verb in [&["show", "-"][..], &["revoke", "-"], &["suspend", "-", "--reason", "x"]] {
        let ran = world.feed(&stranger, &[verb, &["--format", "json"]].concat());
        assert_eq!((ran.code, ran.error()["kind"].as_str()), (1, Some("unknown")), "{verb:?}");
    }
    assert_eq!(world.feed(&stranger, &["verify"]).stdout, "inactive  unknown\n");
    let shown = world.run(&["show", &id, "--format", "json"]).json();
    assert_eq!(shown["status"], "active");
}

/// A token with this id and another secret: anyone can compute a checksum.
pub(crate) fn well_formed(prefix: &str, id: &str) -> String {
    let body = format!("{prefix}_{id}_{}", "Zz9".repeat(10));
    let mut crc = u32::MAX;
    for byte in body.bytes() {
        crc ^= u32::from(byte);
        for _ in 0..8 {
            crc = (crc >> 1) ^ (0xedb8_8320 & (crc & 1).wrapping_neg());
        }
    }
    let mut rest = !crc;
    let alphabet = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let mut sum = [b'0'; 6];
    for place in sum.iter_mut().rev() {
        *place = alphabet[(rest % 62) as usize];
        rest /= 62;
    }
    body + std::str::from_utf8(&sum).unwrap()
}

#[test]
fn lists_filter_and_turn_pages() {
    let world = World::new();
    let ids: Vec<_> = ["1d", "20d", "never"]
        .map(|end| world.issue(&["--expires", end, "--scope", "repo:*"]).0)
        .into();
    let list = |args: &[&str]| -> Vec<String> {
        let answer = world.run(&[&["list", "--format", "json"], args].concat()).json();
        let tokens = answer["tokens"].as_array().unwrap().clone();
        tokens.iter().map(|token| token["id"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(list(&[]), ids);
    assert_eq!(list(&["--expiring-within", "7d"]), ids[..1]);
    assert_eq!(list(&["--unused-for", "1d"]), Vec::<String>::new());
    assert_eq!(list(&["--scope", "repo:read"]), ids);
    assert_eq!(list(&["--scope", "other:read"]), Vec::<String>::new());
    assert_eq!(list(&["--owner", " alice "]), ids);
    assert_eq!(list(&["--limit", "2"]), ids[..2]);
    assert_eq!(list(&["--after", &ids[1]]), ids[2..]);
    assert_eq!(list(&["--at", "2020-01-01"]), Vec::<String>::new());
    let page = world.run(&["list", "--limit", "2", "--format", "json"]).json();
    assert_eq!(page["next"].as_str(), Some(ids[1].as_str()));
    assert_eq!(world.run(&["list", "--limit", "0"]).code, 2);
    assert_eq!(world.run(&["list", "--status", "dead"]).code, 2);
}

#[test]
fn an_end_that_was_there_is_recorded_as_one() {
    let world = World::new();
    let (old, _) = world.issue(&[]);
    let rotated = world.run(&["rotate", &old]);
    assert!(
        rotated.stderr.contains(&format!("The old token {old} ended now.")),
        "{}",
        rotated.stderr
    );
    let swept = world.run(&["sweep"]);
    let told = format!("recorded: {old} was superseded at ");
    assert!(
        swept.stdout.starts_with(&told) && swept.stdout.lines().count() == 1,
        "{}",
        swept.stdout
    );
    let history = world.run(&["history", &old, "--type", "token.revoked"]).stdout;
    assert!(history.contains("superseded (it had ended at "), "{history}");
    // It was revoked since the rotation, and not only from here on.
    let shown = ["history", &old, "--type", "token.revoked", "--format", "json"];
    let event = &world.run(&shown).json()["events"][0];
    assert_eq!(event["before"]["status"], "revoked");
    assert_eq!(event["before"], event["after"]);
    assert_eq!(event["ended_at"], event["after"]["revoked_at"]);
    // The same token once more: nothing changes, and that is said.
    let again = world.run(&["revoke", &old, "--reason", "leaked"]);
    let told = format!("{old} was revoked already (superseded, ");
    assert!(again.code == 0 && again.stdout.starts_with(&told), "{}", again.stdout);
    assert!(again.stdout.trim_end().ends_with("; nothing changed"), "{}", again.stdout);
}
