//! Findings without a ruling in, what is raised and what is held out, with causes and words.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use super::rows::OfRows;
use super::sessions::OfSessions;
use super::walk::{HARD_SIGNAL, RARE_ERROR, Walked};
use super::{Adoption, Detected, DetectionSettings};
use crate::detectors::rule::Firings;
use crate::detectors::{Detector, Evidence, Explanation, Figure};
use crate::findings::calibrate::Calibration;
use crate::findings::combine::MOST;
use crate::findings::hard::signal_of;
use crate::findings::ledger::{Means, Standing, rule};
use crate::findings::tracks::{STRONG, Track};
use crate::findings::{Budget, Finding, Held, Severity};
use crate::incidents::group::group;
use crate::incidents::release::Release;
use crate::incidents::{Cause, Changed, Incident, causes, fingerprint, flood, severity, story};
use crate::windows::Timeline;

use super::heeded::Heeded;

/// Causes named with an incident.
const CAUSES: usize = 10;
/// Causes that make out the fingerprint.
const LEADING: usize = 3;
/// Findings listed; of more the least weighty incidents are left out.
const LISTED: usize = 4096;
const DAY: f64 = 86_400.0;
/// Rows of a table that count as a day.
const ROWS_A_DAY: u32 = 1000;

/// A story of what was just read, before it is listed.
pub(super) struct Tale<'a> {
    pub(super) tracks: Vec<&'a Track>,
    release: Option<Changed>,
    /// How much each of the tracks looks like the cause.
    weights: Vec<f64>,
    pub(super) fingerprint: u64,
    standing: Standing,
    held: Option<Held>,
    score: f64,
}

/// What was found beside the walk.
pub(super) struct Others<'a> {
    pub(super) sessions: OfSessions,
    pub(super) rows: OfRows,
    pub(super) rules: &'a Firings,
}

/// Rules over the findings of a walk.
pub(super) fn outcome(
    timeline: &Timeline,
    mut walked: Walked,
    mut beside: Others<'_>,
    settings: &DetectionSettings,
) -> Detected {
    let rules = beside.rules;
    walked.tracks.append(&mut beside.sessions.tracks);
    walked.tracks.append(&mut beside.rows.tracks);
    for track in &mut walked.tracks {
        track.finding.severity =
            severity::of_finding(&track.finding, timeline).max(of_rules(&track.finding, rules));
    }
    walked.tracks.sort_by(|one, other| in_time(one, other, timeline));
    let heeded = Heeded { timeline, rules, settings };
    walked.tracks.iter_mut().for_each(|track| heeded.severity(&mut track.finding));
    let means = means(timeline, settings, beside.rows.looked_at);
    let (known, present): (Vec<&Track>, Vec<&Track>) = walked.tracks.iter().partition(|track| track.known);
    let mut tales = tales(&known, &heeded, &beside.rows);
    tales.extend(self::tales(&present, &heeded, &beside.rows));
    let standings: Vec<Standing> = tales.iter().map(|tale| tale.standing).collect();
    let (held, mut ledger) = rule(&standings, &means);
    let stories =
        Calibration::of(standings.iter().map(|standing| standing.weight), means.past + means.present);
    for (tale, held) in tales.iter_mut().zip(held) {
        tale.held = held;
        tale.score = score(tale, &stories);
    }
    tales.retain(|tale| !tale.standing.known);
    tales.sort_by(|one, other| {
        let held = |tale: &Tale<'_>| tale.held.is_some();
        held(one).cmp(&held(other)).then_with(|| other.score.total_cmp(&one.score))
    });
    ledger.forgotten = walked.forgotten + leave_out(&mut tales);
    let single = Calibration::of(
        walked.tracks.iter().filter(|track| track.strong).map(|track| track.trusted),
        means.past + means.present,
    );
    let mut detected = Detected {
        findings: Vec::new(),
        explanations: Vec::new(),
        shown_by: Vec::new(),
        rules: Vec::new(),
        said: heeded.counts(&present, &tales),
        incidents: Vec::new(),
        stories: Vec::new(),
        raised: tales.iter().filter(|tale| tale.held.is_none()).count(),
        states: walked.tested.states(timeline, means.chance()),
        ledger,
        adoptions: Vec::new(),
        scores: walked.scores,
    };
    list(&mut detected, &tales, &heeded, &single);
    let others = detected.findings.iter().map(|finding| beside.sessions.take_others(finding));
    detected.shown_by = others.collect();
    let words = |finding: &Finding| {
        let words = beside.sessions.explain(finding).or_else(|| beside.rows.explain(finding));
        words.unwrap_or_else(|| explain(finding, &walked.detectors, timeline))
    };
    detected.explanations = detected.findings.iter().map(words).collect();
    detected.rules = detected.findings.iter().map(|finding| rules_about(finding, rules)).collect();
    tell(&mut detected, timeline);
    detected
}

/// The rules that are about what a finding is about, at its time.
pub(super) fn rules_about(finding: &Finding, rules: &Firings) -> Vec<u32> {
    let subject = finding.subject;
    if finding.session.is_some() {
        Vec::new()
    } else {
        rules.about(subject.stream, subject.template, finding.intervals)
    }
}

/// What the rules say of how grave a finding is.
fn of_rules(finding: &Finding, rules: &Firings) -> Severity {
    let gravest = rules_about(finding, rules).first().and_then(|number| rules.rules().rule(*number));
    gravest.map_or(Severity::Low, |rule| rule.severity)
}

/// The order of findings, in which no number of a stream or template plays a part.
fn in_time(one: &Track, other: &Track, timeline: &Timeline) -> Ordering {
    let key = |track: &Track| {
        let finding = &track.finding;
        let at = |number: Option<u32>| number.map(|number| number as usize);
        let template =
            at(finding.subject.template).and_then(|at| timeline.templates.get(at)).map(|facts| facts.id.0);
        let kind = finding.evidence.first().map(|evidence| evidence.kind);
        (finding.intervals, finding.place.is_none(), finding.place, template, kind)
    };
    let stream = |track: &Track| {
        let at = track.finding.subject.stream.map(|stream| stream as usize);
        at.and_then(|at| timeline.streams.get(at)).map(|stream| stream.name.as_str())
    };
    let started = one.finding.intervals.0.cmp(&other.finding.intervals.0);
    let placed = key(one).1.cmp(&key(other).1).then(key(one).2.cmp(&key(other).2));
    started.then(placed).then_with(|| key(one).cmp(&key(other))).then_with(|| stream(one).cmp(&stream(other)))
}

/// How long the log is. A table has neither days nor intervals: each of its rows is one, and a thousand are a day.
pub(super) fn means(timeline: &Timeline, settings: &DetectionSettings, rows: u64) -> Means {
    let numbers = || timeline.intervals.iter().skip(timeline.past).map(|interval| interval.number);
    let present = match (numbers().min(), numbers().max()) {
        (Some(first), Some(last)) => last.saturating_sub(first).saturating_add(1) as f64,
        _ => 0.0,
    };
    let table = (rows > 0 && !timeline.timed).then_some(rows as f64);
    let units = match settings.budget {
        Budget::PerDay(_) => {
            table.map_or(present * timeline.seconds as f64 / DAY, |rows| rows / f64::from(ROWS_A_DAY))
        }
        Budget::PerGigabyte(_) => settings.gigabytes,
    };
    let present = table.unwrap_or(present);
    let past = timeline.past as f64;
    Means { asked: settings.budget, units, past, present, sensitivity: settings.sensitivity }
}

/// The stories of one time: those of releases, and what else happened.
fn tales<'a>(tracks: &[&'a Track], heeded: &Heeded<'_>, rows: &OfRows) -> Vec<Tale<'a>> {
    let (timeline, settings) = (heeded.timeline, heeded.settings);
    let known = tracks.first().is_some_and(|track| track.known);
    let releases = if known { Vec::new() } else { Release::all(timeline, &settings.deploys) };
    let mut of_release: Vec<Vec<&Track>> = vec![Vec::new(); releases.len()];
    let mut others: Vec<&Track> = Vec::new();
    for track in tracks {
        let release = releases.iter().position(|release| release.explains(&track.finding));
        release.and_then(|at| of_release.get_mut(at)).unwrap_or(&mut others).push(*track);
    }
    let told = releases.iter().zip(of_release).filter(|(_, tracks)| tracks.iter().any(|track| track.strong));
    let told =
        told.map(|(release, tracks)| Tale { release: Some(release.changed()), ..tale(tracks, heeded) });
    let mut tales: Vec<Tale<'_>> = told.collect();
    // The rows of a table have no order in which one thing could lead to another.
    let (alone, others): (Vec<&Track>, Vec<&Track>) =
        others.into_iter().partition(|track| !timeline.timed && rows.is_of_row(&track.finding));
    let one = alone.chunk_by(|one, other| one.finding.place == other.finding.place);
    tales.extend(one.map(|tracks| tale(tracks.to_vec(), heeded)));
    let groups = group(&others, timeline.seconds, timeline.streams.len());
    tales.extend(groups.iter().map(|group| {
        let members = group.members.iter().filter_map(|at| others.get(*at).copied());
        tale(members.collect(), heeded)
    }));
    tales
}

fn tale<'a>(tracks: Vec<&'a Track>, heeded: &Heeded<'_>) -> Tale<'a> {
    let timeline = heeded.timeline;
    let findings: Vec<&Finding> = tracks.iter().map(|track| &track.finding).collect();
    let weights = causes::weights(&findings, timeline);
    let fingerprint = match flood::of_new(findings.iter().copied()) {
        Some(_) => fingerprint::of_flood(&flood::streams(&findings, timeline)),
        None => fingerprint::fingerprint(&leading(&tracks, &weights), timeline),
    };
    let standing = standing(&tracks, fingerprint, heeded);
    Tale { tracks, release: None, weights, fingerprint, standing, held: None, score: 0.0 }
}

/// The findings that make out a story: those that look half as much like the cause as the one that does most. Where
/// only rates are odd nothing looks like a cause, and weights are below zero.
fn leading<'a>(tracks: &[&'a Track], weights: &[f64]) -> Vec<&'a Finding> {
    let none_is_strong = !tracks.iter().any(|track| track.strong);
    let mut may_lead = by_weight(weights).filter(|at| none_is_strong || tracks[*at].strong).peekable();
    let greatest = may_lead.peek().map_or(0.0, |at| weights[*at]);
    let leading = may_lead.take_while(|at| weights[*at] >= greatest.min(greatest / 2.0));
    leading.take(LEADING).map(|at| &tracks[at].finding).collect()
}

/// The places in a list, the greatest weight first.
fn by_weight(weights: &[f64]) -> impl Iterator<Item = usize> + use<> {
    let mut order: Vec<(usize, f64)> = weights.iter().copied().enumerate().collect();
    order.sort_by(|one, other| other.1.total_cmp(&one.1));
    order.into_iter().map(|(at, _)| at)
}

/// What a story has to say for itself. The strongest finding counts, or the second taken twice, or the third taken
/// three times (Simes), so that many that are odd together are more than one.
fn standing(tracks: &[&Track], fingerprint: u64, heeded: &Heeded<'_>) -> Standing {
    let timeline = heeded.timeline;
    let of_story = heeded.of_story(tracks, fingerprint);
    let is_normal = |track: &Track| heeded.is_normal(&track.finding);
    let counted = || tracks.iter().filter(|track| track.strong && !is_normal(track));
    let mut surprises: Vec<f64> = counted().map(|track| track.trusted).collect();
    surprises.sort_by(|one, other| other.total_cmp(one));
    let joint = surprises.iter().zip(1u32..).map(|(surprise, nth)| surprise + f64::from(nth).ln());
    let surprise = joint.fold(f64::NEG_INFINITY, f64::max);
    let odd = counted().filter(|track| track.trusted >= STRONG);
    let templates: BTreeSet<u32> = odd.filter_map(|track| track.finding.subject.template).collect();
    let sum: f64 = surprises.iter().map(|surprise| surprise.clamp(0.0, MOST)).sum();
    let first = tracks.iter().map(|track| track.finding.intervals.0).min();
    Standing {
        surprise,
        weight: if surprise >= STRONG { sum.max(surprise) } else { 0.0 },
        templates: templates.len(),
        news: counted_news(tracks, &is_normal, timeline),
        settled: first.is_some_and(|first| is_settled(first, timeline)) && is_known(tracks),
        known: is_known(tracks),
        hard: of_story.important.is_some() || counted().any(|track| heeded.is_hard(&track.finding)),
        normal: of_story.normal.is_some() || counted().next().is_none(),
    }
}

fn is_known(tracks: &[&Track]) -> bool {
    tracks.first().is_some_and(|track| track.known)
}

/// Whether an interval of the known past is in the later half of it.
fn is_settled(interval: i64, timeline: &Timeline) -> bool {
    timeline.intervals.get(timeline.past / 2).is_some_and(|middle| interval >= middle.number)
}

/// How grave everything is that is new in a story.
fn counted_news(tracks: &[&Track], is_normal: &impl Fn(&Track) -> bool, timeline: &Timeline) -> f64 {
    let news = tracks.iter().filter(|track| causes::is_news(&track.finding) && !is_normal(track));
    news.map(|track| causes::by_itself(&track.finding, timeline).max(0.0)).sum()
}

/// How surprising a story is in this log, and more for what is grave.
fn score(tale: &Tale<'_>, stories: &Calibration) -> f64 {
    let findings: Vec<&Finding> = tale.tracks.iter().map(|track| &track.finding).collect();
    let grave = f64::from(severity::of_story(&findings) as u8);
    stories.score(tale.standing.weight).min(2.0 * MOST) + 5.0 * grave
}

/// Leaves out the least weighty stories where there are too many to list.
fn leave_out(tales: &mut Vec<Tale<'_>>) -> u64 {
    let mut findings = 0;
    let fits = tales.iter().take_while(|tale| {
        findings += tale.tracks.len();
        findings <= LISTED || tale.held.is_none()
    });
    let kept = fits.count();
    let left_out = tales.len() - kept;
    tales.truncate(kept);
    left_out as u64
}

/// Lists findings in the order of time, and incidents that name them.
fn list(detected: &mut Detected, tales: &[Tale<'_>], heeded: &Heeded<'_>, single: &Calibration) {
    let timeline = heeded.timeline;
    let members =
        tales.iter().enumerate().flat_map(|(nth, tale)| tale.tracks.iter().map(move |track| (nth, *track)));
    let mut members: Vec<(usize, &Track)> = members.collect();
    members.sort_by(|one, other| in_time(one.1, other.1, timeline));
    let mut places: Vec<Vec<u32>> = vec![Vec::new(); tales.len()];
    for ((nth, track), at) in members.into_iter().zip(0u32..) {
        let normal = heeded.is_normal(&track.finding);
        let mut finding = track.finding.clone();
        finding.p_value = single.p_value(track.trusted);
        finding.score = single.score(track.trusted.max(0.0));
        finding.held = if normal { Some(Held::MarkedNormal) } else { held(track, &tales[nth]) };
        detected.findings.push(finding);
        detected.adoptions.extend(track.adopted.map(|interval| Adoption { finding: at, interval }));
        places[nth].push(at);
    }
    detected.incidents =
        tales.iter().zip(places).map(|(tale, places)| incident(tale, places, heeded)).collect();
}

/// Why a finding of a story is held. What still learns is part of a story that is raised, but not a reason for it.
fn held(track: &Track, tale: &Tale<'_>) -> Option<Held> {
    let learning = track.strong && track.finding.hard.is_none() && track.trusted < 0.0;
    tale.held.or_else(|| learning.then_some(Held::StillLearning))
}

fn incident(tale: &Tale<'_>, places: Vec<u32>, heeded: &Heeded<'_>) -> Incident {
    let findings: Vec<&Finding> = tale.tracks.iter().map(|track| &track.finding).collect();
    let causes = by_weight(&tale.weights).filter_map(|at| {
        let place = findings.get(at)?.place?;
        Some(Cause { place, finding: *places.get(at)?, weight: *tale.weights.get(at)? })
    });
    // A stream and a template of it may name the same record.
    let mut named = BTreeSet::new();
    let causes = causes.filter(|cause| named.insert(cause.place)).take(CAUSES).collect();
    let said = heeded.of_story(&tale.tracks, tale.fingerprint).severity;
    // What is merely part of the story may have begun long before and go on long after.
    let strong = || tale.tracks.iter().filter(|track| track.strong).map(|track| track.finding.intervals);
    Incident {
        fingerprint: tale.fingerprint,
        intervals: (
            strong().map(|intervals| intervals.0).min().unwrap_or(0),
            strong().map(|intervals| intervals.1).max().unwrap_or(0),
        ),
        severity: said.map_or_else(|| severity::of_story(&findings), |(severity, _)| severity),
        score: tale.score,
        causes,
        release: tale.release.clone(),
        hard: tale.standing.hard,
        findings: places,
    }
}

fn explain(finding: &Finding, detectors: &[Box<dyn Detector>], timeline: &Timeline) -> Vec<Explanation> {
    finding.evidence.iter().map(|evidence| explain_one(evidence, detectors, timeline)).collect()
}

fn explain_one(evidence: &Evidence, detectors: &[Box<dyn Detector>], timeline: &Timeline) -> Explanation {
    let detector = detectors.iter().find(|detector| detector.card().kind == evidence.kind);
    if let Some(detector) = detector {
        return detector.explain(evidence, timeline);
    }
    let signal = evidence.subject.template.and_then(|template| signal_of(timeline, template));
    let sentence = match signal {
        Some(signal) if evidence.kind == HARD_SIGNAL => {
            format!("tells of {}, which is bad by itself", signal.told())
        }
        None if evidence.kind == HARD_SIGNAL => return outbreak(evidence),
        _ if evidence.kind == RARE_ERROR => return rare_error(evidence),
        _ => evidence.kind.replace('-', " "),
    };
    Explanation { sentence, figures: Vec::new() }
}

/// Errors break out: `grounds` records before had `expected` of them.
fn outbreak(evidence: &Evidence) -> Explanation {
    let (errors, before, records) = (evidence.seen, evidence.expected, evidence.grounds);
    let figure = |name, value, unit| Figure { name, value, unit };
    Explanation {
        sentence: format!("errors break out: {errors} at once; the {records} records before had {before}"),
        figures: vec![
            figure("errors before", before, "records"),
            figure("looked at before", records, "records"),
        ],
    }
}

fn rare_error(evidence: &Evidence) -> Explanation {
    let (seen, of) = (evidence.expected, evidence.grounds);
    if seen == 0.0 {
        return Explanation { sentence: "an error that was not seen before".to_owned(), figures: Vec::new() };
    }
    let figure = |name, value| Figure { name, value, unit: "intervals" };
    Explanation {
        sentence: format!("an error that {seen} of {of} intervals had before"),
        figures: vec![figure("had it before", seen), figure("looked at before", of)],
    }
}

fn tell(detected: &mut Detected, timeline: &Timeline) {
    detected.stories = detected
        .incidents
        .iter()
        .map(|incident| {
            let members = incident.findings.iter().filter_map(|at| detected.findings.get(*at as usize));
            let findings: Vec<&Finding> = members.collect();
            let weights = causes::weights(&findings, timeline);
            story::tell(incident, &weights, &detected.findings, &detected.explanations, timeline)
        })
        .collect();
}
