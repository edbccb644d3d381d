//! The child's shared record: who the child is.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use crate::record::identifier::{Identifier, IdentifierKind, MOST_IDENTIFIERS};
use crate::vocabulary::check::{LABEL, SENTENCE};
use crate::{AgencyId, At, Check, ChildId, Version, Violations, WorkerId};

crate::codes! {
    /// Sex as the children-in-need census has it from 2024-25.
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
    /// Ethnicity as the children-in-need census has it. Asked for, never assumed.
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

/// Where the child lives. Seen by those who work with the child; disclosing it can put a child in danger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Address {
    /// House and street.
    #[schema(example = "4 Quarry Rise", max_length = 200)]
    pub line: String,
    /// Town.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "Larkmoor", max_length = 200)]
    pub town: Option<String>,
    /// Postcode.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "ZZ9 4QR", max_length = 10)]
    pub postcode: Option<String>,
}

/// Who the child is: names, dates, what the child needs from those who meet them.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Identity {
    /// Given name or names.
    #[schema(example = "Robin", min_length = 1, max_length = 200)]
    pub given_name: String,
    /// Family name.
    #[schema(example = "Aldercott", min_length = 1, max_length = 200)]
    pub family_name: String,
    /// Other names the child goes by.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 50)]
    pub other_names: Vec<String>,
    /// Date of birth; exactly one of this and `expected_on`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub born_on: Option<NaiveDate>,
    /// Expected date of birth of an unborn child.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected_on: Option<NaiveDate>,
    /// Sex.
    pub sex: Sex,
    /// How the child describes their gender, if they wish to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 200)]
    pub gender_identity: Option<String>,
    /// Ethnicity.
    pub ethnicity: Ethnicity,
    /// The language the child is most at home in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "English", max_length = 200)]
    pub language: Option<String>,
    /// What helps the child to be understood and to understand.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 1000)]
    pub communication_needs: Option<String>,
}

impl std::fmt::Debug for Identity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Identity(…)")
    }
}

/// Everything that is recorded of who a child is.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChildDetails {
    /// Names, dates and needs.
    pub identity: Identity,
    /// Numbers by which other systems know the child.
    #[serde(default)]
    #[schema(max_items = 10)]
    pub identifiers: Vec<Identifier>,
    /// Where the child lives.
    #[serde(default)]
    pub address: Option<Address>,
}

impl std::fmt::Debug for ChildDetails {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ChildDetails(…)")
    }
}

impl ChildDetails {
    /// Bounds, check digits, and exactly one of birth and expected birth.
    pub(crate) fn check(&self, check: &mut Check, now: At) {
        check.within("identity", |check| self.identity.check(check, now));
        let few = self.identifiers.len() <= MOST_IDENTIFIERS;
        check.rule("identifiers", few, "has more than 10 numbers; keep those by which the child is known today");
        check.each("identifiers", &self.identifiers, |check, identifier| identifier.check(check));
        for kind in [IdentifierKind::NhsNumber, IdentifierKind::Upn] {
            let same_kind = self.identifiers.iter().filter(|identifier| identifier.kind == kind);
            check.rule("identifiers", same_kind.count() <= 1, "has two numbers of a kind of which a child has one");
        }
        if let Some(address) = &self.address {
            check.within("address", |check| {
                check.name("line", &address.line, LABEL);
                check.optional_name("town", address.town.as_deref(), LABEL);
                check.optional_name("postcode", address.postcode.as_deref(), 10);
            });
        }
    }

    /// The details with identifiers as they are stored and compared.
    #[must_use]
    pub fn normalised(mut self) -> Self {
        self.identifiers = self.identifiers.iter().map(Identifier::normalised).collect();
        self
    }
}

/// A child's record to be begun.
#[derive(Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewChild {
    /// Who the child is.
    pub details: ChildDetails,
    /// Why this is another child although a number is already known. Leave it out unless you were told so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 1000)]
    pub new_because: Option<String>,
}

/// A correction: the whole of who the child is, as it should read, and why.
#[derive(Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChildAmendment {
    /// Why it is corrected.
    #[schema(example = "The family name was misspelt.", min_length = 1, max_length = 1000)]
    pub because: String,
    /// Who the child is.
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
    /// Every rule of the details; a reason that is given says something.
    pub fn validate(&self, now: At) -> Result<(), Violations> {
        Check::all(|check| {
            check.within("details", |check| self.details.check(check, now));
            check.optional_text("new_because", self.new_because.as_deref(), SENTENCE);
        })
    }
}

impl ChildAmendment {
    /// A reason, and every rule of the details.
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
                    "must lie within the coming 300 days; give born_on for a child who has been born",
                );
                check.rule("sex", self.sex == Sex::Unknown, "must be U for an unborn child");
            }
            (Some(_), Some(_)) => check.fault("expected_on", "cannot stand beside born_on; leave it out"),
            (None, None) => check.fault("born_on", "is missing; give born_on, or expected_on for an unborn child"),
        }
    }
}

/// A child's record as one actor may see it: what is not granted is absent and named.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ChildView {
    /// The child's id.
    pub id: ChildId,
    /// The version shown.
    pub version: Version,
    /// The agency that began the record.
    pub agency_id: AgencyId,
    /// The worker who wrote this version.
    pub author_id: WorkerId,
    /// When this version was written.
    pub recorded_at: DateTime<Utc>,
    /// Names, dates and needs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub identity: Option<Identity>,
    /// Numbers by which other systems know the child.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub identifiers: Option<Vec<Identifier>>,
    /// Where the child lives.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<Address>,
    /// The parts that exist and are withheld from this reader.
    #[serde(rename = "_withheld")]
    pub withheld: Vec<crate::record::entry::Field>,
}

/// What to look for: a number, a name with a date of birth, or both. Children who match both are listed first.
#[derive(Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChildSearch {
    /// A number.
    #[serde(default)]
    pub identifier: Option<Identifier>,
    /// A name with a date of birth.
    #[serde(default)]
    pub name: Option<NameSearch>,
}

impl std::fmt::Debug for ChildSearch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ChildSearch(…)")
    }
}

/// A name with a date of birth; a name alone is not enough to look somebody up.
#[derive(Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NameSearch {
    /// Family name; accents, case and punctuation do not matter.
    #[schema(example = "Aldercott", min_length = 1, max_length = 200)]
    pub family_name: String,
    /// Given name; leave it out to find every child with this family name and birthday.
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
    /// At least one way of searching, each within bounds.
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

/// The best matches of a search, best first.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Candidates {
    /// At most 50.
    #[schema(max_items = 50)]
    pub items: Vec<Candidate>,
    /// Whether more children match than are listed.
    pub cut: bool,
    /// Where the list is cut: how to narrow the search.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remark: Option<String>,
}

impl Candidates {
    /// What a search found, with what would narrow it.
    pub fn new(items: Vec<Candidate>, cut: bool, search: &ChildSearch) -> Self {
        let given = search.name.as_ref().is_some_and(|name| name.given_name.is_some());
        let remedy = match (&search.identifier, &search.name) {
            (Some(_), None) => "Add the name and date of birth: children who match both are listed first.",
            (_, Some(_)) if !given => "Add the given name.",
            (None, _) => "Add a number of the child: children who match both are listed first.",
            _ => "Search by another number of the child, or ask the agency that told you about the child.",
        };
        let remark = cut.then(|| format!("More children match than the {} listed. {remedy}", items.len()));
        Self { items, cut, remark }
    }
}

/// A child who may be the one looked for. Says who to ask where it may say no more.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Candidate {
    /// The child's id.
    pub id: ChildId,
    /// Names and dates, where the actor may see them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub identity: Option<Identity>,
    /// The agencies that work with the child today: whom to ask.
    pub agencies: Vec<AgencyId>,
    /// The parts that exist and are withheld from this reader.
    #[serde(rename = "_withheld")]
    pub withheld: Vec<crate::record::entry::Field>,
}

/// A name as it is compared: lower case, letters only, common accents removed.
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
