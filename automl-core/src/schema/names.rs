//! What the name of a column says of its values. It decides only what the values leave open.

/// Whether the name speaks of time, as `createdAt`, `event_time` and `Date` do.
pub(crate) fn speaks_of_time(name: &str) -> bool {
    const WORDS: [&str; 26] = [
        "time",
        "timestamp",
        "datetime",
        "date",
        "day",
        "ts",
        "at",
        "epoch",
        "unix",
        "when",
        "created",
        "updated",
        "modified",
        "since",
        "until",
        "start",
        "end",
        "begin",
        "expires",
        "expiry",
        "birth",
        "dob",
        "period",
        "month",
        "yyyymm",
        "yyyymmdd",
    ];
    let ends_well = |word: &String| word.len() > 4 && ["time", "date", "timestamp"].iter().any(|end| word.ends_with(end));
    words(name).iter().any(|word| WORDS.contains(&word.as_str()) || ends_well(word))
}

/// Whether the name is that of an identifier, as `id`, `tweet_id` and `userId` are.
pub(crate) fn speaks_of_identifiers(name: &str) -> bool {
    words(name).iter().any(|word| ["id", "uuid", "guid"].contains(&word.as_str()))
}

/// Whether the name is that of a code, as `zipcode` and `country_code` are; identifiers of other things are codes too.
pub(crate) fn speaks_of_codes(name: &str) -> bool {
    const WORDS: [&str; 7] = ["code", "zip", "zipcode", "postcode", "postal", "plz", "sku"];
    speaks_of_identifiers(name) || words(name).iter().any(|word| WORDS.contains(&word.as_str()))
}

/// The words of a name in lower case: letters that stand together, and begin anew with a capital.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut was_lower = false;
    for c in name.chars() {
        if !c.is_alphabetic() || was_lower && c.is_uppercase() {
            words.push(String::new());
        }
        was_lower = c.is_lowercase();
        if let Some(word) = words.last_mut().filter(|_| c.is_alphabetic()) {
            word.extend(c.to_lowercase());
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_speak_of_time() {
        for name in ["time", "created_at", "createdAt", "Date", "eventTimestamp", "event time", "ts", "UNIX_TS", "datetime"] {
            assert!(speaks_of_time(name), "{name}");
        }
        for name in ["category", "rate", "cats", "phone", "tweet_id", "sentiment", "state"] {
            assert!(!speaks_of_time(name), "{name}");
        }
    }

    #[test]
    fn names_that_speak_of_codes() {
        for name in ["id", "tweet_id", "userId", "zipcode", "countyCode", "ZIP"] {
            assert!(speaks_of_codes(name), "{name}");
        }
        for name in ["width", "paid", "decode", "humidity"] {
            assert!(!speaks_of_codes(name), "{name}");
        }
    }
}
