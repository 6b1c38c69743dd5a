//! Categories that have an order: words of known scales, and ranges of numbers.

mod grade;
mod range;

/// Scales, lowest first. Words stand in lower case with blanks for `-`, `_` and dots; `|` separates spellings of one level.
/// Of the scales that have all levels of a column the first counts.
const SCALES: [&[&str]; 34] = [
    // Amounts and degrees.
    &[
        "none|no|nil|zero",
        "negligible|trace",
        "very low|vlow|v low|lowest|minimal|very small",
        "low|small|minor|slight|mild|few|little",
        "medium low",
        "medium|med|moderate|mid|middle|average|normal|some",
        "medium high",
        "high|big|large|major|severe|strong|many|much",
        "very high|vhigh|v high|highest|very large|very severe",
        "extreme|critical|maximal|extremely high",
    ],
    &["tiny", "small", "medium|med", "large|big", "huge|giant|very large", "enormous"],
    &["xxxs|3xs", "xxs|2xs", "xs|x small", "s|small", "m|medium", "l|large", "xl|x large", "xxl|2xl", "xxxl|3xl", "4xl|xxxxl"],
    &["l", "m", "h"],
    &["short", "medium|average|mid", "tall|long", "very tall|very long|venti"],
    &["narrow|thin", "medium|average|normal", "wide|broad|thick"],
    &["slow", "medium|moderate|normal", "fast", "very fast"],
    &["light", "medium|moderate", "heavy", "very heavy"],
    &["cold|cool", "mild|warm|lukewarm", "hot", "very hot"],
    &["young|child|children|kids", "teen|teenager|adolescent|youth", "young adult", "adult|middle aged", "senior|old|elderly"],
    &["minor", "moderate", "serious", "severe", "critical", "fatal"],
    &["info|debug", "warning|warn", "error", "critical|fatal"],
    &["negative", "neutral", "positive"],
    &["inactive", "somewhat active|lightly active", "active|moderately active", "very active"],
    &["low", "guarded", "elevated", "high", "severe"],
    // Judgements.
    &[
        "none|no",
        "awful|terrible|very bad|very poor|vpoor|low",
        "po|poor|bad|unsatisfactory|inferior",
        "fa|fair|below average|mediocre|passable",
        "average|typical|ta|ok|okay|regular|standard|normal|satisfactory|acceptable|acc|unacc acc",
        "gd|good|above average",
        "vgood|very good|v good|great",
        "premium",
        "ex|excellent|ideal|outstanding|best|superb|perfect",
    ],
    &["unacceptable|unacc", "acceptable|acc", "good", "very good|vgood|v good", "excellent"],
    &["unskilled", "semi skilled", "skilled", "highly skilled"],
    &["strongly disagree", "disagree|somewhat disagree", "neutral|neither|undecided", "agree|somewhat agree", "strongly agree"],
    &["very dissatisfied", "dissatisfied", "neutral", "satisfied", "very satisfied"],
    &["never", "rarely|seldom", "sometimes|occasionally", "often|frequently|usually", "very often", "always"],
    &["very unlikely", "unlikely", "neutral|possible", "likely", "very likely"],
    &["bronze", "silver", "gold", "platinum", "diamond"],
    &["beginner|novice", "basic|elementary", "intermediate", "advanced", "expert|master"],
    &[
        "intern|trainee",
        "junior|entry",
        "mid|middle|intermediate",
        "senior",
        "lead|principal",
        "manager",
        "director",
        "executive",
    ],
    &["lt norm|lt normal", "norm|normal", "gt norm|gt normal"],
    &["minor", "pot severe", "severe"],
    &["first", "second", "third", "fourth", "fifth", "sixth"],
    &["month to month", "one year|1 year", "two year|two years|2 years", "three year|three years|3 years"],
    &["hourly", "daily", "weekly", "biweekly|fortnightly", "monthly", "quarterly", "yearly|annually|annual"],
    // Schools and stones.
    &[
        "illiterate",
        "preschool|basic 4y",
        "basic 6y",
        "basic 9y",
        "primary|1st 4th|elementary",
        "5th 6th",
        "7th 8th|middle",
        "9th",
        "10th",
        "11th",
        "12th",
        "secondary|hs grad|high school|highschool",
        "some college|professional course",
        "assoc voc|associate|associates",
        "assoc acdm",
        "bachelors|bachelor|college|undergraduate|tertiary|graduate|university degree",
        "masters|master|postgraduate",
        "prof school",
        "doctorate|phd|doctoral",
    ],
    &["i3", "i2", "i1", "si2", "si1", "vs2", "vs1", "vvs2", "vvs1", "if", "fl"],
    // The calendar.
    &[
        "jan|january",
        "feb|february",
        "mar|march",
        "apr|april",
        "may",
        "jun|june",
        "jul|july",
        "aug|august",
        "sep|sept|september",
        "oct|october",
        "nov|november",
        "dec|december",
    ],
    &["mon|monday", "tue|tues|tuesday", "wed|wednesday", "thu|thur|thurs|thursday", "fri|friday", "sat|saturday", "sun|sunday"],
];

/// What stands for a missing level; it may stand beside an order and has no place in it.
const MISSING: [&str; 9] = ["", "unknown", "missing", "other", "na", "n/a", "not available", "undefined", "unspecified"];

/// The fewest levels that have an order: two are a bool.
const LEVELS_MIN: usize = 3;

/// The levels in their order if they have one: lowest first, without those that stand for a missing level. Empty if
/// there is none.
///
/// All levels are words of one scale, or grades; or three and more are ranges or ordinals, and at most one is none.
pub fn order_of(levels: &[&str]) -> Vec<String> {
    let known: Vec<(&str, String)> = levels.iter().map(|level| (*level, plain(level))).collect();
    let known: Vec<&(&str, String)> = known.iter().filter(|(_, plain)| !MISSING.contains(&plain.as_str())).collect();
    let texts: Vec<&str> = known.iter().map(|(level, _)| *level).collect();
    let places = |scale: &[&str]| known.iter().map(|(_, plain)| place_on(scale, plain)).collect::<Vec<_>>();
    let scale = SCALES.iter().find_map(|scale| sorted(&texts, &places(scale), 0));
    let ordered =
        scale.or_else(|| sorted(&texts, &grade::places(&texts), 0)).or_else(|| sorted(&texts, &range::places(&texts), 1));
    ordered.unwrap_or_default()
}

/// The levels by their places; `None` if too few have one, or too many none.
fn sorted(levels: &[&str], places: &[Option<f64>], without_max: usize) -> Option<Vec<String>> {
    let mut placed: Vec<(f64, &str)> = levels.iter().zip(places).filter_map(|(level, place)| Some(((*place)?, *level))).collect();
    if levels.len() - placed.len() > without_max {
        return None;
    }
    placed.sort_by(|a, b| a.0.total_cmp(&b.0).then_with(|| a.1.cmp(b.1)));
    // Several spellings of one level are no order.
    let distinct = placed.chunk_by(|a, b| a.0 == b.0).count();
    (distinct >= LEVELS_MIN).then(|| placed.into_iter().map(|(_, level)| level.to_owned()).collect())
}

/// Lower case, blanks for dashes, dots and underscores, nothing around.
fn plain(level: &str) -> String {
    let spaced: String = level.chars().map(|c| if matches!(c, '-' | '_' | '.') { ' ' } else { c }).collect();
    spaced.trim().to_lowercase()
}

fn place_on(scale: &[&str], level: &str) -> Option<f64> {
    scale.iter().position(|spellings| spellings.split('|').any(|word| word == level)).map(|place| place as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(expected: &[&str]) {
        let mut levels = expected.to_vec();
        levels.sort_unstable();
        assert_eq!(order_of(&levels), expected);
    }

    #[test]
    fn words_of_known_scales() {
        check(&["low", "medium", "high"]);
        check(&["Low", "Med", "High", "vhigh"]);
        check(&["S", "M", "L", "XL", "XXL"]);
        check(&["none", "mild", "severe"]);
        check(&["bad", "fair", "good", "excellent"]);
        check(&["poor", "average", "good"]);
        check(&["Po", "Fa", "TA", "Gd", "Ex"]);
        check(&["Fair", "Good", "Very Good", "Ideal"]);
        check(&["Jan", "Feb", "Dec"]);
        check(&["Monday", "Tuesday", "Sunday"]);
        check(&["strongly disagree", "disagree", "neutral", "agree", "strongly agree"]);
        check(&["never", "sometimes", "always"]);
        check(&["primary", "secondary", "tertiary"]);
    }

    #[test]
    fn ranges_ordinals_and_grades() {
        check(&["<5", "5–10", "10-20", ">20"]);
        check(&["0-17", "18-24", "25-34", "65+"]);
        check(&["Less than 25", "25 - 45", "Greater than 45"]);
        check(&["<0", "0<=X<200", ">=200"]);
        check(&["under $1,000", "$1,000 to $9,999", "$10,000 or more"]);
        check(&["< 1 year", "2 years", "10+ years"]);
        check(&["2", "3", "4", "5more"]);
        check(&["2", "4", "more"].map(|level| level));
        check(&["1st", "2nd", "3rd", "10th"]);
        check(&["F", "C-", "C", "B+", "A", "A+"]);
        check(&["BB", "BBB", "A", "AAA"]);
    }

    #[test]
    fn a_level_that_is_missing_has_no_place() {
        assert_eq!(order_of(&["high", "low", "medium", "unknown"]), ["low", "medium", "high"]);
        assert_eq!(order_of(&["<5", "5-9", "10+", "no answer"]), ["<5", "5-9", "10+"]);
    }

    #[test]
    fn what_has_no_order() {
        let cases: [&[&str]; 10] = [
            &[],
            &["low", "high"],
            &["red", "green", "blue"],
            &["A", "B", "C", "D"],
            &["S", "C", "Q"],
            &["route 1", "route 2", "route 3"],
            &["A1-2", "B1-3", "C2-4"],
            &["1/2", "1/3", "1/4"],
            &["low", "medium", "high", "purple"],
            &["Low", "low", "LOW", "high"],
        ];
        for levels in cases {
            assert!(order_of(levels).is_empty(), "{levels:?}");
        }
    }
}
