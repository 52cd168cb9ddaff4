//! The profiles, each in a file of its own, and the names that people, machines and places have in all of them.

mod application;
mod database;
mod known_trouble;
mod kubernetes;
mod microservices;
mod performance;
mod security;
mod system;
mod web;

use super::catalogue::Definition;
use super::template::List;

/// All profiles.
pub(super) const ALL: &[&Definition] = &[
    &application::PROFILE,
    &database::PROFILE,
    &security::PROFILE,
    &web::PROFILE,
    &microservices::PROFILE,
    &kubernetes::PROFILE,
    &system::PROFILE,
    &performance::PROFILE,
];

/// Those with one kind of trouble each, for packs of rules.
pub(super) const KNOWN_TROUBLE: &[&Definition] = known_trouble::ALL;

/// People with an account.
const PEOPLE: List = (
    "people",
    &[
        "anna", "m.keller", "jonas", "priya", "t.okafor", "lucia", "bwright", "chen.li", "sofia", "d.novak",
        "omar", "helen", "r.silva", "kim", "petra", "a.haddad", "ingrid", "marco", "yuki", "s.patel", "olga",
        "nils", "fatima", "george", "emma.b", "pavel", "rosa", "ian", "leila", "v.kumar", "tomas", "ruth",
        "amir", "judit", "hugo", "mei", "karl", "noor", "elif", "bruno",
    ],
);

/// Countries as shops write them.
const COUNTRIES: List = (
    "countries",
    &[
        "DE", "US", "GB", "FR", "NL", "AT", "PL", "ES", "IT", "SE", "CH", "DK", "BE", "CZ", "IE", "NO", "FI",
        "PT",
    ],
);

/// Things that are sold.
const GOODS: List = (
    "goods",
    &[
        "TS-4410", "MUG-017", "LMP-220", "BK-9312", "BK-1107", "CHR-550", "PEN-003", "BAG-781", "SHO-642",
        "SHO-118", "CAM-900", "HDP-312", "KEY-085", "TOY-404", "GLS-239", "JKT-607", "BLK-150", "CUP-011",
        "RUG-930", "CLK-275", "PAN-466", "OIL-052", "TEA-333", "SOA-128", "HAT-519", "BLT-204", "UMB-816",
        "WAL-072", "SCF-441", "FRM-690",
    ],
);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generate::catalogue::Catalogue;

    #[test]
    fn every_profile_compiles_and_has_variety() {
        let mut shapes = 0;
        for definition in ALL.iter().chain(KNOWN_TROUBLE) {
            let catalogue =
                Catalogue::compile(definition).unwrap_or_else(|fault| panic!("{}: {fault}", definition.name));
            let bodies = catalogue.troubles.iter().flat_map(|trouble| {
                trouble
                    .body
                    .iter()
                    .chain([&trouble.opening, &trouble.closing])
                    .map(|script| script.steps.len())
            });
            let normal = catalogue.scenes.iter().chain(&catalogue.occasions).map(|script| script.steps.len());
            let (normal, bodies): (usize, usize) = (normal.sum(), bodies.sum());
            assert!(normal >= 25 && bodies >= 8, "{}: {normal} and {bodies}", definition.name);
            shapes += normal + bodies;
        }
        assert!(shapes > 500, "{shapes}");
    }
}
