//! What does each column mean?
//!
//! A [`Schema`] is a list of [`Field`]s: per column its [`Kind`] (numeric, text, …) and its [`Role`]
//! (feature, target, weight, …). [`infer`](fn@infer) guesses them by the published rules and never fails;
//! what it noticed comes as [`Finding`]s. [`Schema::conform`] brings any frame into the form the schema
//! promises, which is what featurizers read.

mod cells;
mod conform;
mod datetime;
mod duplicates;
mod duration;
mod file;
mod finding;
mod findings;
mod infer;
mod names;
mod number;
mod number_format;
mod order;
mod overrides;
mod profile;
mod truth;

pub(crate) use cells::{Cells, hash_text, mix};
pub use conform::Conformed;
pub(crate) use conform::moment_reader;
pub use datetime::{Detected, Format, Formats};
pub use file::{ColumnEntry, SchemaFile};
pub use finding::{Finding, Status};
pub(crate) use findings::{counted, counted_verb, percent, shortened};
pub use infer::infer;
pub use number::{canonical, looks_like_number, parse_number, parse_number_with, print_number};
pub use number_format::{Decimal, NumberReader, Unit};
pub use order::order_of;
pub use overrides::Overrides;
use serde::{Deserialize, Serialize};
pub use truth::parse_bool;

use crate::error::{Error, Result, nearest};

/// What the values of a column are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Numbers that have an order and a distance.
    Numeric,
    /// Names from a limited list.
    Categorical,
    /// Two values.
    Bool,
    /// Words.
    Text,
    /// Moments in time.
    Datetime,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Kind; 5] = [Kind::Numeric, Kind::Categorical, Kind::Bool, Kind::Text, Kind::Datetime];

    /// The name used in configurations and files.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Numeric => "numeric",
            Kind::Categorical => "categorical",
            Kind::Bool => "bool",
            Kind::Text => "text",
            Kind::Datetime => "datetime",
        }
    }

    /// The kind of that name.
    ///
    /// # Errors
    /// No such kind; the message lists them.
    pub fn parse(name: &str) -> Result<Kind> {
        Kind::ALL.into_iter().find(|k| k.name() == name).ok_or_else(|| Error::unknown("kind", name, Kind::ALL.map(Kind::name)))
    }
}

/// The job of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Given to the learners.
    Feature,
    /// What is to be predicted.
    Target,
    /// Names the row; not given to the learners.
    Id,
    /// The order of the rows in time: splits train on the past and validate on the future. Also a feature.
    Time,
    /// Rows of one group stay together in every split. Not given to the learners.
    Group,
    /// The weight of the row in fits and metrics. Not given to the learners.
    Weight,
    /// The number of the fold in which the row validates. Not given to the learners.
    Fold,
    /// Not used.
    Ignore,
}

impl Role {
    /// Every role.
    pub const ALL: [Role; 8] =
        [Role::Feature, Role::Target, Role::Id, Role::Time, Role::Group, Role::Weight, Role::Fold, Role::Ignore];

    /// The name used in configurations and files.
    pub fn name(self) -> &'static str {
        match self {
            Role::Feature => "feature",
            Role::Target => "target",
            Role::Id => "id",
            Role::Time => "time",
            Role::Group => "group",
            Role::Weight => "weight",
            Role::Fold => "fold",
            Role::Ignore => "ignore",
        }
    }

    /// The role of that name.
    ///
    /// # Errors
    /// No such role; the message lists them.
    pub fn parse(name: &str) -> Result<Role> {
        Role::ALL.into_iter().find(|r| r.name() == name).ok_or_else(|| Error::unknown("role", name, Role::ALL.map(Role::name)))
    }

    /// Whether learners get the column.
    pub fn is_feature(self) -> bool {
        matches!(self, Role::Feature | Role::Time)
    }
}

/// One column: its name, what its values are, and its job.
#[derive(Debug, Clone, PartialEq)]
pub struct Field {
    /// Name of the column.
    pub name: String,
    /// What the values are.
    pub kind: Kind,
    /// The job of the column.
    pub role: Role,
    /// Numeric codes that may as well be names: featurizers offer both readings.
    pub is_code: bool,
    /// How moments are written (a [`Format`]), for datetime columns read from text or numbers.
    pub datetime_format: Option<String>,
    /// The decimal sign of numbers in text.
    pub decimal: Decimal,
    /// What stands behind numbers in text.
    pub unit: Option<Unit>,
    /// The levels of ordered categories, lowest first; empty where there is no order. Of a bool, the value that says
    /// no and the one that says yes, if the cells are usual spellings of the two.
    pub order: Vec<String>,
}

impl Field {
    /// A feature of the given kind.
    pub fn feature(name: impl Into<String>, kind: Kind) -> Field {
        Field {
            name: name.into(),
            kind,
            role: Role::Feature,
            is_code: false,
            datetime_format: None,
            decimal: Decimal::Point,
            unit: None,
            order: Vec::new(),
        }
    }
}

/// What each column of a table means, in file order.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Schema {
    /// One per column.
    pub fields: Vec<Field>,
}

impl Schema {
    /// The field of that name.
    pub fn get(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|f| f.name == name)
    }

    /// The fields that learners get.
    pub fn features(&self) -> impl Iterator<Item = &Field> {
        self.fields.iter().filter(|f| f.role.is_feature())
    }

    /// The one field with a role that only one column can have, if there is one.
    pub fn with_role(&self, role: Role) -> Option<&Field> {
        self.fields.iter().find(|f| f.role == role)
    }

    /// Names near to one that is not in the schema.
    pub fn nearest(&self, name: &str) -> Vec<&str> {
        nearest(name, &self.fields.iter().map(|f| f.name.as_str()).collect::<Vec<_>>())
    }
}
