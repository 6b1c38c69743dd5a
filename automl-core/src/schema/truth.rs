//! The ways to write yes and no.

/// What says no, in lower case. Letters and words of the languages that most tables are in.
const NO: [&str; 23] = [
    "false",
    "0",
    "0.0",
    "no",
    "n",
    "f",
    "off",
    "nein",
    "non",
    "faux",
    "falso",
    "não",
    "nao",
    "nee",
    "nej",
    "nei",
    "nie",
    "нет",
    "hayır",
    "ne",
    "disabled",
    "absent",
    "unchecked",
];
/// What says yes, in lower case.
const YES: [&str; 25] = [
    "true",
    "1",
    "1.0",
    "yes",
    "y",
    "t",
    "on",
    "ja",
    "j",
    "oui",
    "vrai",
    "verdadero",
    "vero",
    "verdadeiro",
    "si",
    "sí",
    "sì",
    "sim",
    "tak",
    "да",
    "evet",
    "ano",
    "enabled",
    "present",
    "checked",
];

/// What a usual spelling of yes or no means, in any case; `None` for every other text.
pub fn parse_bool(text: &str) -> Option<bool> {
    // The longest spelling has twenty bytes at most.
    if text.len() > 20 {
        return None;
    }
    let is_in = |list: &[&str]| {
        let same = |word: &&str| if text.is_ascii() { word.eq_ignore_ascii_case(text) } else { **word == text.to_lowercase() };
        list.iter().any(same)
    };
    if is_in(&NO) {
        Some(false)
    } else if is_in(&YES) {
        Some(true)
    } else {
        None
    }
}

/// The value that says no and the one that says yes, if all levels (with how often they occur) say one of the two and
/// both are said: of several spellings the most frequent.
pub(super) fn two_truths(levels: &[(&str, usize)]) -> Option<[String; 2]> {
    let said: Option<Vec<(bool, &(&str, usize))>> = levels.iter().map(|level| Some((parse_bool(level.0)?, level))).collect();
    let said = said?;
    let frequent = |wanted: bool| {
        let spellings = said.iter().filter(|(says, _)| *says == wanted);
        spellings.map(|(_, level)| level).max_by_key(|(text, count)| (*count, std::cmp::Reverse(*text)))
    };
    Some([frequent(false)?.0.to_owned(), frequent(true)?.0.to_owned()])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_many_languages_in_any_case() {
        for yes in ["Yes", "TRUE", "y", "1", "on", "Ja", "OUI", "Sí", "SÍ", "да"] {
            assert_eq!(parse_bool(yes), Some(true), "{yes}");
        }
        for no in ["No", "false", "N", "0", "Off", "nein", "NÃO", "Нет"] {
            assert_eq!(parse_bool(no), Some(false), "{no}");
        }
        for other in ["", "maybe", "m", "2", "yes please", "é"] {
            assert_eq!(parse_bool(other), None, "{other}");
        }
        assert!(NO.iter().chain(&YES).all(|word| word.len() <= 20 && word.to_lowercase() == *word));
        assert!(NO.iter().all(|word| !YES.contains(word)));
    }

    #[test]
    fn several_spellings_are_two_values() {
        assert_eq!(two_truths(&[("Yes", 3), ("yes", 1), ("NO", 1), ("no", 2)]), Some(["no".into(), "Yes".into()]));
        assert_eq!(two_truths(&[("Y", 3), ("yes", 1)]), None, "nothing says no");
        assert_eq!(two_truths(&[("yes", 3), ("no", 1), ("maybe", 1)]), None);
    }
}
