//! What a person sees: every `console` block in `tests/cmd/*.md` is run and compared.
//!
//! `TRYCMD=overwrite cargo test --test transcripts` writes the blocks anew.

#[test]
fn transcripts() {
    trycmd::TestCases::new().env("COLUMNS", "100").case("tests/cmd/*.md").run();
}
