//! The child's shared record: names, dates, numbers and address.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use crate::record::identifier::{Identifier, IdentifierKind, MOST_IDENTIFIERS};
use crate::vocabulary::check::{LABEL, SENTENCE};
use crate::{AgencyId, At, Check, ChildId, Version, Violations, WorkerId};

crate::codes! {
    /// Sex, with the codes of the children-in-need census since 2024-25.
    pub enum Sex {
        /// Female.
        Female = "F",
        /// Male.
        Male = "M",
        /// Unknown, or not yet born.
        Unknown = "U",
    }
}

crate::codes! {
    /// Ethnicity, with the codes of the children-in-need census. Ask the child or family; never assume.
    pub enum Ethnicity {
        /// White British.
        Wbri = "WBRI",
        /// White Irish.
        Wiri = "WIRI",
        /// Traveller of Irish heritage.
        Wirt = "WIRT",
        /// Gypsy or Roma.
        Wrom = "WROM",
        /// Any other White background.
        Woth = "WOTH",
        /// White and Black Caribbean.
        Mwbc = "MWBC",
        /// White and Black African.
        Mwba = "MWBA",
        /// White and Asian.
        Mwas = "MWAS",
        /// Any other mixed background.
        Moth = "MOTH",
        /// Indian.
        Aind = "AIND",
        /// Pakistani.
        Apkn = "APKN",
        /// Bangladeshi.
        Aban = "ABAN",
        /// Any other Asian background.
        Aoth = "AOTH",
        /// Black Caribbean.
        Bcrb = "BCRB",
        /// Black African.
        Bafr = "BAFR",
        /// Any other Black background.
        Both = "BOTH",
        /// Chinese.
        Chne = "CHNE",
        /// Any other ethnic group.
        Ooth = "OOTH",
        /// Prefers not to say.
        Refu = "REFU",
        /// Not yet asked.
        Nobt = "NOBT",
    }
}

/// Where the child lives. Shown only to workers who need it: disclosing it can put a child in danger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Address {
    /// House and street.
    #[schema(example = "4 Quarry Rise", max_length = 200)]
    pub line: String,
    /// Town. Absent if not recorded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "Larkmoor", max_length = 200)]
    pub town: Option<String>,
    /// Postcode. Absent if not recorded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "ZZ9 4QR", max_length = 10)]
    pub postcode: Option<String>,
}

/// The child's names and dates, and what workers need to know when they meet the child.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Identity {
    /// Given name or names.
    #[schema(example = "Robin", min_length = 1, max_length = 200)]
    pub given_name: String,
    /// Family name.
    #[schema(example = "Aldercott", min_length = 1, max_length = 200)]
    pub family_name: String,
    /// Other names that the child uses. Absent if there are none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 50)]
    pub other_names: Vec<String>,
    /// Date of birth. Exactly one of `born_on` and `expected_on` is present.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub born_on: Option<NaiveDate>,
    /// Expected date of birth of an unborn child. Exactly one of `born_on` and `expected_on` is present.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected_on: Option<NaiveDate>,
    /// Sex.
    pub sex: Sex,
    /// How the child describes their gender, if they wish to. Otherwise absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 200)]
    pub gender_identity: Option<String>,
    /// Ethnicity.
    pub ethnicity: Ethnicity,
    /// The language in which the child is most at home. Absent if not recorded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "English", max_length = 200)]
    pub language: Option<String>,
    /// What helps the child to understand and to be understood. Absent if not recorded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 1000)]
    pub communication_needs: Option<String>,
}

impl std::fmt::Debug for Identity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Identity(…)")
    }
}

/// All the details of a child.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChildDetails {
    /// Names, dates and needs.
    pub identity: Identity,
    /// Numbers by which other systems know the child.
    #[serde(default)]
    #[schema(max_items = 10)]
    pub identifiers: Vec<Identifier>,
    /// Where the child lives. Null if not recorded.
    #[serde(default)]
    pub address: Option<Address>,
}

impl std::fmt::Debug for ChildDetails {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ChildDetails(…)")
    }
}

impl ChildDetails {
    /// Checks lengths, check digits, and that exactly one of birth and expected birth is given.
    pub(crate) fn check(&self, check: &mut Check, now: At) {
        check.within("identity", |check| self.identity.check(check, now));
        let few = self.identifiers.len() <= MOST_IDENTIFIERS;
        check.rule("identifiers", few, "has more than 10 numbers; send only those that are in use today");
        check.each("identifiers", &self.identifiers, |check, identifier| identifier.check(check));
        for kind in [IdentifierKind::NhsNumber, IdentifierKind::Upn] {
            let same_kind = self.identifiers.iter().filter(|identifier| identifier.kind == kind);
            check.rule(
                "identifiers",
                same_kind.count() <= 1,
                "has two numbers of a kind that a child can only have once; send the right one",
            );
        }
        if let Some(address) = &self.address {
            check.within("address", |check| {
                check.name("line", &address.line, LABEL);
                check.optional_name("town", address.town.as_deref(), LABEL);
                check.optional_name("postcode", address.postcode.as_deref(), 10);
            });
        }
    }

    /// The details with identifiers in the form in which they are stored and compared.
    #[must_use]
    pub fn normalised(mut self) -> Self {
        self.identifiers = self.identifiers.iter().map(Identifier::normalised).collect();
        self
    }
}

/// A child's record to begin.
#[derive(Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewChild {
    /// The child's details.
    pub details: ChildDetails,
    /// Why this is a different child although another record has one of the numbers. Send it only after a 409 with
    /// `known-child`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 1000)]
    pub new_because: Option<String>,
}

/// A correction: all the details of the child, and the reason.
#[derive(Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChildAmendment {
    /// Why the details are corrected.
    #[schema(example = "The family name was misspelt.", min_length = 1, max_length = 1000)]
    pub because: String,
    /// The corrected details, in full.
    pub corrected: ChildDetails,
}

impl std::fmt::Debug for NewChild {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("NewChild(…)")
    }
}

impl std::fmt::Debug for ChildAmendment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ChildAmendment(…)")
    }
}

impl NewChild {
    /// Checks the details, and that a given reason is not blank.
    pub fn validate(&self, now: At) -> Result<(), Violations> {
        Check::all(|check| {
            check.within("details", |check| self.details.check(check, now));
            check.optional_text("new_because", self.new_because.as_deref(), SENTENCE);
        })
    }
}

impl ChildAmendment {
    /// Checks the reason and the details.
    pub fn validate(&self, now: At) -> Result<(), Violations> {
        Check::all(|check| {
            check.text("because", &self.because, SENTENCE);
            check.within("corrected", |check| self.corrected.check(check, now));
        })
    }
}

impl Identity {
    fn check(&self, check: &mut Check, now: At) {
        check.name("given_name", &self.given_name, LABEL);
        check.name("family_name", &self.family_name, LABEL);
        check.each("other_names", &self.other_names, |check, name| check.name("", name, LABEL));
        check.optional_text("gender_identity", self.gender_identity.as_deref(), LABEL);
        check.optional_text("language", self.language.as_deref(), LABEL);
        check.optional_text("communication_needs", self.communication_needs.as_deref(), SENTENCE);
        match (self.born_on, self.expected_on) {
            (Some(born), None) => check.past_date("born_on", born, now),
            (None, Some(expected)) => {
                let (soonest, latest) = (now - chrono::Duration::days(60), now + chrono::Duration::days(300));
                check.rule(
                    "expected_on",
                    expected >= soonest.date_naive() && expected <= latest.date_naive(),
                    "must be within the next 300 days. If the child has been born, send born_on",
                );
                check.rule("sex", self.sex == Sex::Unknown, "must be U for an unborn child");
            }
            (Some(_), Some(_)) => {
                check.fault("expected_on", "is not allowed together with born_on; send one of the two")
            }
            (None, None) => check.fault("born_on", "is missing; send born_on, or expected_on for an unborn child"),
        }
    }
}

/// A child's record as the caller may see it. Parts that are withheld are absent and named in `_withheld`.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ChildView {
    /// The id of the child.
    pub id: ChildId,
    /// The version shown.
    pub version: Version,
    /// The agency that began the record.
    pub agency_id: AgencyId,
    /// The worker who wrote this version.
    pub author_id: WorkerId,
    /// When this version was written.
    pub recorded_at: DateTime<Utc>,
    /// Names, dates and needs. Absent if withheld.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub identity: Option<Identity>,
    /// Numbers by which other systems know the child. Absent if withheld.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub identifiers: Option<Vec<Identifier>>,
    /// Where the child lives. Absent if withheld or not recorded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<Address>,
    /// The parts that exist and are withheld from the caller.
    #[serde(rename = "_withheld")]
    pub withheld: Vec<crate::record::entry::Field>,
}

/// A search by a number, by a name with a date of birth, or by both. Children who match both are listed first.
#[derive(Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChildSearch {
    /// The number to search for.
    #[serde(default)]
    pub identifier: Option<Identifier>,
    /// The name and date of birth to search for.
    #[serde(default)]
    pub name: Option<NameSearch>,
}

impl std::fmt::Debug for ChildSearch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ChildSearch(…)")
    }
}

/// A name with a date of birth. A name alone is not enough to search for a child.
#[derive(Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NameSearch {
    /// Family name. Accents, case and punctuation do not matter.
    #[schema(example = "Aldercott", min_length = 1, max_length = 200)]
    pub family_name: String,
    /// Given name. If it is left out, every child with this family name and date of birth matches.
    #[serde(default)]
    #[schema(example = "Robin", max_length = 200)]
    pub given_name: Option<String>,
    /// Date of birth.
    pub born_on: NaiveDate,
}

impl std::fmt::Debug for NameSearch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("NameSearch(…)")
    }
}

impl ChildSearch {
    /// Checks that there is at least one way of searching, and its lengths.
    pub fn validate(&self, now: At) -> Result<(), Violations> {
        Check::all(|check| {
            if let Some(identifier) = &self.identifier {
                check.within("identifier", |check| identifier.check(check));
            }
            if let Some(name) = &self.name {
                check.within("name", |check| {
                    check.name("family_name", &name.family_name, LABEL);
                    check.optional_name("given_name", name.given_name.as_deref(), LABEL);
                    check.past_date("born_on", name.born_on, now);
                });
            }
            if self.identifier.is_none() && self.name.is_none() {
                check.fault("identifier", "is missing; search by identifier, by name, or by both");
            }
        })
    }
}

/// The best matches of a search.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Candidates {
    /// The matching children, best first, at most 50.
    #[schema(max_items = 50)]
    pub items: Vec<Candidate>,
    /// Whether more children match than are listed.
    pub cut: bool,
    /// How to narrow the search. Absent unless `cut` is true.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remark: Option<String>,
}

impl Candidates {
    /// The result of a search, with what would narrow it.
    pub fn new(items: Vec<Candidate>, cut: bool, search: &ChildSearch) -> Self {
        let given = search.name.as_ref().is_some_and(|name| name.given_name.is_some());
        let remedy = match (&search.identifier, &search.name) {
            (Some(_), None) => "Add the name and date of birth: children who match both are listed first.",
            (_, Some(_)) if !given => "Add the given name.",
            (None, _) => "Add a number of the child: children who match both are listed first.",
            _ => "Search by another number of the child, or ask the agency from which you know of the child.",
        };
        let remark = cut.then(|| format!("More children match than the {} listed. {remedy}", items.len()));
        Self { items, cut, remark }
    }
}

/// A child who may be the one searched for, with the agencies to ask where details are withheld.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Candidate {
    /// The id of the child.
    pub id: ChildId,
    /// Names and dates. Absent if withheld from the caller.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub identity: Option<Identity>,
    /// The agencies that work with the child today: contact them.
    pub agencies: Vec<AgencyId>,
    /// The parts that exist and are withheld from the caller.
    #[serde(rename = "_withheld")]
    pub withheld: Vec<crate::record::entry::Field>,
}

/// A name in the form in which it is compared: lower case, letters only, common accents removed.
pub fn comparable(name: &str) -> String {
    name.chars().flat_map(char::to_lowercase).flat_map(without_accent).filter(|c| c.is_alphabetic()).collect()
}

fn without_accent(c: char) -> impl Iterator<Item = char> {
    let plain = match c {
        'à' | 'á' | 'â' | 'ã' | 'ä' | 'å' | 'ā' | 'ă' | 'ą' => "a",
        'ç' | 'ć' | 'č' => "c",
        'ď' | 'đ' | 'ð' => "d",
        'è' | 'é' | 'ê' | 'ë' | 'ē' | 'ė' | 'ę' | 'ě' => "e",
        'ğ' => "g",
        'ì' | 'í' | 'î' | 'ï' | 'ī' | 'į' | 'ı' => "i",
        'ł' => "l",
        'ñ' | 'ń' | 'ň' => "n",
        'ò' | 'ó' | 'ô' | 'õ' | 'ö' | 'ø' | 'ō' | 'ő' => "o",
        'ř' => "r",
        'ś' | 'š' | 'ş' | 'ș' => "s",
        'ť' | 'ţ' | 'ț' => "t",
        'ù' | 'ú' | 'û' | 'ü' | 'ū' | 'ů' | 'ű' | 'ų' => "u",
        'ý' | 'ÿ' => "y",
        'ź' | 'ż' | 'ž' => "z",
        'ß' => "ss",
        'æ' => "ae",
        'œ' => "oe",
        'þ' => "th",
        _ => "",
    };
    let kept = plain.is_empty().then_some(c);
    plain.chars().chain(kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_compare_without_accents_case_or_punctuation() {
        assert_eq!(comparable("O’Néill-Šmith"), comparable("oneill smith"));
        assert_ne!(comparable("Mirza"), comparable("Mirz"));
        assert_eq!(comparable("Łukasz"), "lukasz");
    }
}
