//! What is built in may be used by everybody: every crate comes from the registry, under a licence that asks for no more
//! than its notice.

#![allow(missing_docs)]

use std::process::Command;

use serde_json::Value;

const ACCEPTED: [&str; 11] = [
    "0BSD",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "ISC",
    "MIT",
    "Unicode-3.0",
    "Zlib",
];

/// Whether an SPDX expression can be met: one side of an OR, both sides of an AND. A `/` is an old way to write OR.
fn is_accepted(expression: &str) -> bool {
    let expression = expression.trim();
    let outside = |word: &str| {
        let depth_at = |at: usize| expression[..at].matches('(').count() - expression[..at].matches(')').count();
        expression.match_indices(word).map(|(at, _)| at).find(|&at| depth_at(at) == 0)
    };
    for (word, is_or) in [(" OR ", true), ("/", true), (" AND ", false)] {
        if let Some(at) = outside(word) {
            let (left, right) = (is_accepted(&expression[..at]), is_accepted(&expression[at + word.len()..]));
            return if is_or { left || right } else { left && right };
        }
    }
    match expression.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')) {
        Some(inner) => is_accepted(inner),
        None => ACCEPTED.contains(&expression),
    }
}

fn output(command: &mut Command) -> String {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn expressions_are_read() {
    for accepted in ["MIT", "Unlicense/MIT", "GPL-3.0 OR MIT", "(MIT OR GPL-3.0) AND ISC", "MIT AND (ISC OR GPL-3.0)"] {
        assert!(is_accepted(accepted), "{accepted}");
    }
    for refused in ["", "GPL-3.0", "MIT AND GPL-3.0", "(MIT OR ISC) AND GPL-3.0", "(MIT AND GPL-3.0) OR LGPL-2.1"] {
        assert!(!is_accepted(refused), "{refused}");
    }
}

#[test]
fn every_crate_is_from_the_registry_and_free_to_use() {
    let compiler = output(Command::new("rustc").arg("-vV"));
    let host = compiler.lines().find_map(|line| line.strip_prefix("host: ")).unwrap();
    let metadata = output(
        Command::new(env!("CARGO"))
            .args(["metadata", "--offline", "--format-version", "1", "--filter-platform", host])
            .current_dir(env!("CARGO_MANIFEST_DIR")),
    );
    let metadata: Value = serde_json::from_str(&metadata).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    assert!(packages.len() > 50, "{} crates", packages.len());
    for package in packages {
        let name = &package["name"];
        let licence = package["license"].as_str().unwrap_or_default();
        assert!(is_accepted(licence), "{name} has the licence `{licence}`, which is not one of {ACCEPTED:?}");
        let source = package["source"].as_str();
        assert!(source.is_none_or(|source| source.contains("crates.io-index")), "{name} is from {source:?}");
    }
}
