//! Chance with a fixed seed in, the lines of a day out, each with the trouble it belongs to.

/// A line.
pub(super) struct Line {
    /// The second of the day.
    pub(super) second: u32,
    /// All after the stamp.
    pub(super) text: String,
    /// The trouble; empty where all is well.
    pub(super) kind: &'static str,
}

/// Ordinary lines of the day.
const ORDINARY: u32 = 2000;
const DAY: u32 = 86_400;

/// SplitMix64.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u32) -> u32 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) % u64::from(bound)) as u32
    }

    fn of<'a>(&mut self, words: &[&'a str]) -> &'a str {
        words.get(self.below(words.len() as u32) as usize).copied().unwrap_or_default()
    }

    fn hex(&mut self) -> String {
        format!("{:08x}", self.below(u32::MAX))
    }
}

const PAGES: [&str; 7] = ["/", "/cart", "/search", "/item/1188", "/item/2040", "/login", "/account"];
const USERS: [&str; 6] = ["ada", "bela", "carl", "dora", "emil", "fay"];

/// The day, in the order of time.
pub(super) fn day() -> Vec<Line> {
    let mut random = Random(20_240_514);
    let mut lines: Vec<Line> = (0..ORDINARY)
        .map(|nth| {
            let second = nth * (DAY / ORDINARY) + random.below(40);
            let text = ordinary(&mut random);
            Line { second, text, kind: "" }
        })
        .collect();
    regular(&mut lines, &mut random);
    troubles(&mut lines, &mut random);
    lines.sort_by_key(|line| line.second);
    lines
}

/// What the shop says all day long; the later ones seldom.
fn ordinary(random: &mut Random) -> String {
    let (id, took) = (random.hex(), 3 + random.below(80));
    match random.below(1000) {
        0..420 => format!("INFO  web[2211] GET {} 200 in {took} ms request={id}", random.of(&PAGES)),
        420..520 => format!("INFO  web[2211] GET {} 304 in {} ms request={id}", random.of(&PAGES), took / 4),
        520..600 => format!("INFO  cart[2214] added item {} to cart {id}", 1000 + random.below(3000)),
        600..680 => format!("INFO  search[2217] query answered with {took} hits from index shop-3"),
        680..750 => format!(
            "INFO  login[2220] user {} signed in from 192.0.2.{}",
            random.of(&USERS),
            1 + random.below(250)
        ),
        750..810 => format!(
            "INFO  order[2231] order {} placed, total {}.{:02} EUR",
            70_000 + random.below(9000),
            5 + took,
            random.below(100)
        ),
        810..860 => format!(
            "INFO  payment[2240] payment of order {} settled by bank-{}",
            70_000 + random.below(9000),
            1 + random.below(3)
        ),
        860..905 => format!(
            "DEBUG cache[2250] evicted {} entries, {} kept",
            random.below(400),
            5000 + random.below(900)
        ),
        905..930 => format!(
            "WARN  payment[2240] card of order {} declined by bank-{}",
            70_000 + random.below(9000),
            1 + random.below(3)
        ),
        930..950 => format!(
            "WARN  login[2220] wrong password for user {} from 192.0.2.{}",
            random.of(&USERS),
            1 + random.below(250)
        ),
        950..965 => format!("WARN  search[2217] slow query: {} ms on index shop-3", 500 + random.below(700)),
        965..975 => {
            format!("ERROR web[2211] GET /item/{} 404: no such item, request={id}", 9000 + random.below(900))
        }
        975..985 => format!(
            "INFO  mail[2260] confirmation of order {} sent in {took} ms",
            70_000 + random.below(9000)
        ),
        985..992 => {
            format!("INFO  stock[2270] item {} restocked by {} pieces", 1000 + random.below(3000), 10 + took)
        }
        992..997 => format!(
            "WARN  mail[2260] mailbox of user {} is full, will try again in 30 min",
            random.of(&USERS)
        ),
        _ => format!("INFO  web[2211] configuration reloaded, {} routes", 41 + random.below(3)),
    }
}

/// What happens by the clock, and is no trouble however seldom it is.
fn regular(lines: &mut Vec<Line>, random: &mut Random) {
    let mut say = |second: u32, text: String| lines.push(Line { second, text, kind: "" });
    for tick in 0..DAY / 600 {
        say(
            tick * 600 + 7,
            format!("INFO  health[2201] all 9 services answer, load 0.{:02}", 10 + random.below(60)),
        );
    }
    for hour in 0..24 {
        say(hour * 3600 + 2, format!("INFO  report[2280] hour closed: {} orders", 3 + random.below(9)));
        say(hour * 3600 + 903, "INFO  cache[2250] index of items warmed up".to_owned());
    }
    say(2 * 3600 + 1, "INFO  backup[2290] backup of database shop started".to_owned());
    say(
        2 * 3600 + 412,
        format!("INFO  backup[2290] backup of database shop done, {} MiB", 800 + random.below(90)),
    );
    say(
        3 * 3600 + 30,
        "INFO  certificate[2295] certificate of shop.example.com is valid for 61 days".to_owned(),
    );
    say(4 * 3600 + 11, format!("INFO  log[2296] old files removed: {}", 2 + random.below(5)));
}

fn troubles(lines: &mut Vec<Line>, random: &mut Random) {
    let mut say = |hour: u32, second: u32, kind, text: String| {
        lines.push(Line { second: hour * 3600 + second, text, kind });
    };
    // A full disk: loud, and in a burst.
    for nth in 0..12 {
        say(
            5,
            700 + nth * 4,
            "disk full",
            format!(
                "ERROR order[2231] could not write order {}: No space left on device",
                70_000 + random.below(9000)
            ),
        );
    }
    // A crash: three lines that never were before.
    say(
        8,
        121,
        "crash",
        "ERROR search[2217] worker 3 panicked: index out of bounds: the length is 64 but the index is 64"
            .to_owned(),
    );
    say(8, 122, "crash", "WARN  search[2217] worker 3 is gone, 7 left".to_owned());
    say(8, 124, "crash", "INFO  search[2217] worker 3 started again".to_owned());
    // A database that cannot be reached.
    for nth in 0..9 {
        say(
            10,
            60 + nth * 5,
            "refused",
            format!("ERROR cart[2214] connection to db-2.example.com:5432 refused, attempt {}", nth + 1),
        );
    }
    // Said as if it were nothing: INFO, and no frightening word.
    for nth in 0..8 {
        say(
            12,
            300 + nth * 45,
            "stale replica",
            format!(
                "INFO  stock[2270] replica db-3 is {} events behind, counts are from {} min ago",
                9000 + nth * 4100,
                4 + nth * 3
            ),
        );
    }
    // An ordinary line with a figure that is not.
    for nth in 0..8 {
        say(
            14,
            95 + nth * 21,
            "slow",
            format!(
                "INFO  web[2211] GET {} 200 in {} ms request={}",
                random.of(&PAGES),
                28_000 + random.below(9000),
                random.hex()
            ),
        );
    }
    // Somebody guesses passwords: an ordinary warning, far too often.
    for nth in 0..24 {
        say(
            17,
            10 + nth * 2,
            "guessing",
            format!(
                "WARN  login[2220] wrong password for user {} from 203.0.113.9",
                random.of(&["admin", "root", "test"])
            ),
        );
    }
    // An order is paid twice: one ordinary line too many, in words of its own.
    for nth in 0..2 {
        say(
            19,
            1500 + nth * 9,
            "paid twice",
            format!("INFO  payment[2240] order 7{}12 was settled already, settled again by bank-2", 1 + nth),
        );
    }
    // Declined cards: a bank is down, and only the number of ordinary warnings says so.
    for nth in 0..20 {
        say(
            21,
            30 + nth * 6,
            "bank down",
            format!("WARN  payment[2240] card of order {} declined by bank-3", 70_000 + random.below(9000)),
        );
    }
}
