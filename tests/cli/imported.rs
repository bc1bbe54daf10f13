//! Tokens that came from another service: found by their shape, and known by their digest.

use patrol_token::TokenDigest;

use crate::world::World;

#[test]
fn imported_tokens_are_found_told_and_revoked() {
    let world = World::new();
    let known = format!("old-{}", "0123456789abcdef".repeat(2));
    let stranger = format!("old-{}", "fedcba9876543210".repeat(2));
    let line = serde_json::json!({
        "digest": TokenDigest::of(known.as_bytes()).to_string(), "owner": "ada", "name": "deploy", "scopes": [],
        "expires_at": null, "format": {"prefix": "old-", "pattern": "[0-9a-f]{32}"},
    });
    world.write("import.jsonl", line.to_string());
    assert_eq!(world.run(&["import", "import.jsonl"]).code, 0);
    world.write("repo/.env", format!("A={known}\nB={stranger}\n"));
    // Nobody allows what the ledger calls live.
    world.write(
        "allow.toml",
        "[allowlist]\nregexes = ['''old''']\n[[rules]]\nid = \"x\"\nregex = '''zzz'''\n",
    );

    let ran = world.run(&["scan", "--format", "json", "--rules", "allow.toml", "repo"]);
    let report = ran.json();
    let findings = report["findings"].as_array().unwrap();
    assert_eq!((ran.code, findings.len()), (1, 1), "{report:#}");
    let told = ["rule", "status", "owner", "line"].map(|member| findings[0][member].to_string());
    assert_eq!(told, ["\"imported:old-\"", "\"active\"", "\"ada\"", "1"]);
    assert!(findings[0]["token_id"].is_string() && !ran.stdout.contains("0123456789abcdef"));

    assert_eq!(world.run(&["scan", "--revoke", "repo"]).code, 1);
    assert_eq!(world.feed(&known, &["verify"]).code, 1);
    assert_eq!(world.run(&["scan", "repo"]).code, 0);
}
