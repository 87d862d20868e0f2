//! The whole app on a test backend with a fake clock: keys in, frames out, over the demo's records.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::string_slice, clippy::print_stdout)]

mod stage;

use spia::app::{Event, resume_command};
use spia::demo::Incident;
use spia::ui::Look;
use stage::Stage;

#[tokio::test]
async fn each_incident_looks_like_itself() {
    for incident in [Incident::Payment, Incident::Canary, Incident::Database, Incident::Silence] {
        let stage = Stage::new((100, 30), Some(incident), 0).await;
        insta::assert_snapshot!(format!("overview_{incident}"), stage.screen());
    }
}

#[tokio::test]
async fn a_quiet_day_has_no_alarm() {
    let stage = Stage::new((80, 24), None, 0).await;
    insta::assert_snapshot!(stage.screen());
}

#[tokio::test]
async fn late_data_are_never_an_all_clear() {
    let stage = Stage::new((100, 30), None, 720_000).await;
    let screen = stage.screen();
    assert!(screen.starts_with("? BLIND"), "{screen}");
    assert!(screen.contains("/////"), "what has not arrived is no blank\n{screen}");
    insta::assert_snapshot!(screen);
}

#[tokio::test]
async fn from_a_cell_to_its_records_and_their_trace() {
    let mut stage = Stage::new((100, 30), Some(Incident::Payment), 0).await;
    stage.keys("enter").await;
    insta::assert_snapshot!("records", stage.screen());
    stage.keys("T").await;
    insta::assert_snapshot!("trace", stage.screen());
    stage.keys("< <").await;
    assert!(stage.screen().contains("1 Errors"), "back where it began\n{}", stage.screen());
}

#[tokio::test]
async fn nothing_overlaps_from_the_smallest_to_the_largest() {
    for size in [(40, 10), (60, 15), (72, 18), (80, 24), (99, 29), (100, 30), (132, 43), (200, 60), (250, 80)] {
        let mut stage = Stage::new(size, Some(Incident::Payment), 0).await;
        let first = stage.screen().lines().next().unwrap_or_default().to_string();
        assert!(first.contains("payment-gateway"), "{size:?}: {first}");
        assert!(first.contains("(14m)") || first.contains('…'), "{size:?}: a figure that is cut says so: {first}");
        for keys in ["?", "esc t", "esc z", "z tab", "tab tab enter", "enter", "T"] {
            stage.keys(keys).await;
        }
    }
}

#[tokio::test]
async fn ranges_are_chosen_and_typed() {
    let mut stage = Stage::new((100, 30), None, 0).await;
    stage.keys("t down enter").await;
    assert!(stage.screen().contains("02:47:00-03:17:00"), "half an hour\n{}", stage.screen());
    stage.keys("t 0 3 : 0 5 . . 0 3 : 1 0 enter").await;
    assert!(stage.screen().contains("03:05:00-03:10:00") && stage.screen().contains("still"), "{}", stage.screen());
    stage.keys("t 1 x enter").await;
    assert!(stage.screen().contains("is no time"), "{}", stage.screen());
    stage.keys("esc $").await;
    assert!(stage.screen().contains("03:01:45-03:16:45") && stage.screen().contains("live 10s"), "{}", stage.screen());
}

#[tokio::test]
async fn notes_are_read_in_full_and_lines_that_could_not_be_read_are_shown() {
    let mut stage = Stage::new((100, 30), None, 720_000).await;
    stage.keys("!").await;
    assert!(stage.screen().contains("NOT complete"), "{}", stage.screen());
    let line = |i: usize| spia::model::UnreadLine {
        place: format!("x.log, byte {i}"),
        reason: "expected a value".into(),
        line: format!("oops\u{1b}[2J {i}"),
    };
    stage.event(Event::Unread((0..40).map(line).collect())).await;
    let screen = stage.screen();
    assert!(screen.contains("x.log, byte 0: expected a value") && screen.contains("oops[ESC][2J 0"), "{screen}");
    stage.keys("ctrl-d ctrl-d ctrl-d ctrl-d ctrl-d ctrl-d").await;
    assert!(stage.screen().contains("byte 39"), "{}", stage.screen());
    stage.keys("esc").await;
    assert!(stage.screen().contains("1 Errors"));
}

#[tokio::test]
async fn a_trace_that_is_not_there_is_looked_for_further_back_on_a_key_only() {
    let mut stage = Stage::new((100, 30), None, 0).await;
    stage.event(Event::Paste("trace 4bf92f3577b34da6a3ce929d0e0e4736".into())).await;
    assert!(stage.screen().starts_with("? ") && stage.screen().contains("no record of"), "{}", stage.screen());
    let asked = stage.state.generation;
    stage.keys("j").await;
    assert_eq!((stage.state.generation, stage.state.trace.days_back), (asked, None), "nothing further by itself");
    stage.keys("-").await;
    assert_eq!(stage.state.trace.days_back, Some(7));
    stage.keys("-").await;
    assert_eq!(stage.state.trace.days_back, Some(90));
}

#[tokio::test]
async fn of_several_pasted_traces_one_is_chosen() {
    let mut stage = Stage::new((100, 30), Some(Incident::Payment), 0).await;
    let id = stage.state.traces.shapes()[0].example.clone();
    stage.event(Event::Paste(format!("4bf92f3577b34da6a3ce929d0e0e4736 or {id}"))).await;
    assert!(stage.screen().contains("2 traces are named: which?"), "{}", stage.screen());
    stage.keys("j enter").await;
    assert!(stage.screen().contains("Waterfall") && stage.screen().contains(&id), "{}", stage.screen());
}

#[tokio::test]
async fn a_trace_is_searched_filtered_and_read_in_full() {
    let mut stage = Stage::new((100, 30), Some(Incident::Payment), 0).await;
    let id = stage.state.traces.shapes()[0].example.clone();
    stage.event(Event::Paste(id)).await;
    let row = |stage: &Stage| stage.screen().lines().find(|line| line.starts_with('>')).unwrap().to_string();
    assert!(row(&stage).contains("payment-gateway"), "it opens where it broke\n{}", stage.screen());
    let line = |stage: &Stage, of: &str| stage.screen().lines().find(|line| line.contains(of)).unwrap().trim_end().to_string();
    assert!(line(&stage, " 0s ").ends_with("total     self"), "{}", stage.screen());
    stage.keys("c").await;
    assert!(line(&stage, " 0s ").ends_with("own    usual"), "{}", stage.screen());
    stage.keys("c").await;
    assert!(line(&stage, " 0s ").ends_with("total     self"), "{}", stage.screen());
    stage.keys("g g / t a x enter").await;
    assert!(row(&stage).contains("tax POST /tax"), "{}", stage.screen());
    stage.keys("f").await;
    assert!(stage.screen().contains("f …   f only  i include"), "what can follow is shown\n{}", stage.screen());
    stage.keys("f").await;
    assert!(stage.screen().contains("only failed:") && !stage.screen().contains("tax POST /tax   "), "{}", stage.screen());
    stage.keys("f f f f enter").await;
    assert!(stage.screen().contains("put together from log records"), "{}", stage.screen());
    stage.keys("esc tab a").await;
    assert!(stage.screen().contains(" around "), "what the same instance wrote\n{}", stage.screen());
}

#[tokio::test]
async fn what_was_counted_of_a_file_while_it_was_read_is_counted_again_when_it_is() {
    let mut stage = Stage::new((100, 30), Some(Incident::Payment), 0).await;
    let seen = |stage: &Stage| stage.screen().lines().find(|line| line.contains("3 Failing traces")).unwrap().to_string();
    let whole = seen(&stage);
    stage.state.start.is_file = true;
    stage.state.live = false;
    stage.state.traces = spia::app::traces::TracesPane::default();
    stage.event(Event::Progress { read: 1, total: Some(2), done: false, followed: false }).await;
    assert!(!seen(&stage).contains("seen, "), "none was found in what had been read by then\n{}", stage.screen());
    stage.event(Event::Progress { read: 2, total: Some(2), done: true, followed: false }).await;
    assert_eq!(seen(&stage), whole, "{}", stage.screen());
}

#[tokio::test]
async fn a_count_repeats_a_key_in_the_vim_keymap() {
    let mut stage = Stage::new((100, 30), Some(Incident::Payment), 0).await;
    stage.state.keymap = spia::app::Keymap::vim_map().unwrap();
    let row = |stage: &Stage| stage.screen().lines().position(|line| line.starts_with('>')).unwrap();
    let first = row(&stage);
    stage.keys("3 j").await;
    assert_eq!(row(&stage), first + 3, "{}", stage.screen());
    stage.keys("2 k").await;
    assert_eq!(row(&stage), first + 1);
}

#[tokio::test]
async fn without_colour_the_glyphs_still_tell() {
    let mut stage = Stage::new((80, 24), Some(Incident::Silence), 0).await;
    stage.look = Look { colour: false, ascii: true };
    stage.keys("j").await;
    let screen = stage.screen();
    assert!(screen.is_ascii(), "{screen}");
    assert!(screen.contains("ooooo"), "a silence is seen\n{screen}");
    let cells = stage.terminal.backend().buffer().content().iter();
    assert!(cells.clone().all(|cell| cell.fg == ratatui::style::Color::Reset && cell.bg == ratatui::style::Color::Reset));
}

#[tokio::test]
async fn a_paste_opens_a_trace_and_never_runs_a_key() {
    let mut stage = Stage::new((100, 30), Some(Incident::Payment), 0).await;
    stage.event(Event::Paste("no id in here\nq\n".into())).await;
    assert!(stage.screen().contains("no trace id in"), "{}", stage.screen());
    let id = stage.state.traces.shapes()[0].example.clone();
    stage.event(Event::Paste(format!("https://acme.pagerduty.com/incidents/Q1?trace_id={id}&x=1\n"))).await;
    assert!(stage.screen().contains("Waterfall"), "{}", stage.screen());
}

#[tokio::test]
async fn the_evidence_is_a_key_away() {
    let mut stage = Stage::new((100, 30), Some(Incident::Payment), 0).await;
    let first = stage.screen().lines().next().unwrap_or_default().to_string();
    assert!(first.starts_with("▲ payment-gateway: stripe (external)"), "{first}");
    stage.keys("w").await;
    assert!(stage.screen().contains("Because (high confidence)"), "{}", stage.screen());
    stage.keys("esc x").await;
    let first = stage.screen().lines().find(|line| line.starts_with('>')).unwrap_or_default().to_string();
    assert!(first.contains("context.payment_m") && first.contains("stripe"), "what sets its failures apart\n{}", stage.screen());
    stage.keys("esc p").await;
    assert!(stage.screen().contains("TimeoutError: stripe POST <path>"), "what it says\n{}", stage.screen());
    stage.keys("esc o").await;
    assert!(stage.screen().lines().next().is_some_and(|line| line.contains("stripe (dependency")), "a trace that proves it\n{}", stage.screen());
    stage.keys("<").await;
    assert!(stage.screen().contains("1 Errors"), "and back");

    let mut stage = Stage::new((100, 30), Some(Incident::Silence), 0).await;
    stage.keys("o").await;
    let screen = stage.screen();
    let last = screen.lines().find(|line| line.starts_with('>')).unwrap_or_default().to_string();
    assert!(last.contains("03:02:") && last.contains("ledger"), "the cursor is on its last words: {last}\n{screen}");
}

#[tokio::test]
async fn filters_by_the_value_under_the_cursor_hold_everywhere_and_are_never_lost() {
    let mut stage = Stage::new((100, 30), Some(Incident::Payment), 0).await;
    stage.keys("f x").await;
    let screen = stage.screen();
    assert!(screen.contains("filter: -service:payment-gateway"), "{screen}");
    assert!(!screen.lines().any(|line| line.starts_with(">payment-gateway") || line.starts_with(" payment-gateway ")), "{screen}");
    stage.keys("f o").await;
    let screen = stage.screen();
    assert!(screen.contains("off: -service:payment-gateway") && screen.contains(">payment-gateway"), "{screen}");
    stage.keys("f o f e x esc").await;
    assert!(stage.screen().contains("filter: +service:payment-gateway"), "turned around\n{}", stage.screen());
    // Records are narrowed as well, by any of their values; and the overview is asked anew when one comes back.
    stage.keys("enter f f down enter").await;
    let screen = stage.screen();
    assert!(screen.contains("+level:") && screen.contains("Records"), "{screen}");
    stage.keys("<").await;
    assert!(stage.screen().contains("+service:payment-gateway  +level:"), "{}", stage.screen());
    assert!(stage.state.scope.filters.len() == 2 && stage.state.asked_about.as_ref().is_some_and(|asked| asked.filters.len() == 2));
    stage.keys("f c").await;
    assert!(!stage.screen().contains("filter:"), "{}", stage.screen());
}

#[tokio::test]
async fn queries_are_typed_completed_and_refused_with_their_place() {
    let mut stage = Stage::new((100, 30), Some(Incident::Payment), 0).await;
    stage.keys("i s e tab c a r tab").await;
    assert!(stage.screen().contains("> service:cart"), "{}", stage.screen());
    stage.keys("space a n d space (").await;
    stage.keys("enter").await;
    let screen = stage.screen();
    assert!(screen.contains("cannot be read at column"), "{screen}");
    stage.keys("backspace backspace backspace backspace backspace backspace enter").await;
    let screen = stage.screen();
    assert!(screen.contains("query service:cart"), "{screen}");
    stage.keys("i ctrl-u enter i up").await;
    assert!(stage.screen().contains("> service:cart"), "an earlier query comes back\n{}", stage.screen());
}

#[tokio::test]
async fn from_what_sets_failures_apart_to_the_records_that_show_it_and_on() {
    let mut stage = Stage::new((100, 30), Some(Incident::Canary), 0).await;
    while !stage.screen().lines().any(|line| line.starts_with(">pricing")) {
        stage.keys("j").await;
    }
    stage.keys("x").await;
    insta::assert_snapshot!("explain", stage.screen());
    stage.keys("enter").await;
    let screen = stage.screen();
    assert!(screen.contains("< overview > explain pricing > pricing version:2.9.0"), "{screen}");
    assert!(stage.state.records.records().iter().all(|r| r.version.as_deref() == Some("2.9.0") && r.status >= Some(500)), "{screen}");
    stage.keys("p").await;
    insta::assert_snapshot!("patterns", stage.screen());
    stage.keys("f x").await;
    assert!(stage.screen().contains("-service:pricing"), "a template is no field's value\n{}", stage.screen());
    stage.keys("f c").await;
    stage.keys("< < <").await;
    assert!(stage.screen().contains("1 Errors"));
    stage.keys("> >").await;
    assert!(stage.screen().contains("Records"), "forward again\n{}", stage.screen());
}

#[tokio::test]
async fn last_words_of_a_service_that_fell_silent() {
    let mut stage = Stage::new((100, 30), Some(Incident::Silence), 0).await;
    let silent = stage.state.errors.rows().iter().position(|s| s.state == spia::answers::State::Silent).unwrap();
    for _ in 0..silent {
        stage.keys("j").await;
    }
    stage.keys("L").await;
    let screen = stage.screen();
    let name = stage.state.records.records().last().unwrap().service.clone().unwrap();
    assert!(screen.contains(&format!("{name}: last words before")) && screen.contains("Records"), "{screen}");
    assert_eq!(stage.state.records.row + 1, stage.state.records.records().len(), "the cursor is on its last record");
}

#[tokio::test]
async fn a_mark_tells_what_became_of_requests_since() {
    let mut stage = Stage::new((100, 30), Some(Incident::Payment), 0).await;
    // At the cell where the incident begins.
    while stage.state.errors.cell_range().is_none_or(|cell| cell.from > spia::model::Timestamp::parse("2026-11-23T03:02:30Z").unwrap().0) {
        stage.keys("h").await;
    }
    stage.keys("m p s p space o u t enter").await;
    let screen = stage.screen();
    let line = screen.lines().find(|line| line.starts_with(" m 03:02:30 psp out")).unwrap_or_else(|| panic!("{screen}")).to_string();
    assert!(line.contains("payment-gateway") && line.contains("WORSE"), "{line}");
    insta::assert_snapshot!("marks", screen);
    // A second one, now: too early to say.
    stage.keys("$ m enter").await;
    let screen = stage.screen();
    assert!(screen.contains("too early to say"), "{screen}");
    stage.keys("' j enter").await;
    assert!(stage.screen().contains("02:47:30-") && stage.screen().contains("still"), "the list leads to the mark\n{}", stage.screen());
    stage.keys("0").await;
    assert!(stage.state.scope.reach == spia::answers::Reach::Exactly(stage.state.errors.data.answer.as_ref().unwrap().range));
    assert!(stage.screen().contains("02:57:") && stage.screen().contains("still"), "the whole incident\n{}", stage.screen());
    stage.keys("' d d").await;
    assert!(stage.state.marks.list.is_empty() && !stage.screen().contains(" m 03:02"), "{}", stage.screen());
}

#[tokio::test]
async fn a_block_of_cells_is_gone_into_explained_and_zoomed_to() {
    let mut stage = Stage::new((100, 30), Some(Incident::Payment), 0).await;
    stage.keys("h h v h h h j").await;
    let screen = stage.screen();
    assert!(screen.contains("block 2 services 03:15:00-03:16:00"), "{screen}");
    let reversed = |stage: &Stage| {
        let cells = stage.terminal.backend().buffer().content();
        cells.iter().filter(|cell| cell.modifier.contains(ratatui::style::Modifier::REVERSED)).count()
    };
    assert_eq!(reversed(&stage), 8, "two rows of four columns\n{screen}");
    stage.keys("enter").await;
    assert!(stage.screen().contains("2 services 03:15:00-03:16:00"), "{}", stage.screen());
    let records = stage.state.records.records();
    let services: std::collections::BTreeSet<_> = records.iter().filter_map(|r| r.service.as_deref()).collect();
    assert_eq!(services.into_iter().collect::<Vec<_>>(), ["checkout", "payment-gateway"]);
    stage.keys("< x").await;
    assert!(stage.screen().contains("What sets") && stage.screen().contains("2 services 03:15:00-03:16:00"), "{}", stage.screen());
    stage.keys("< esc").await;
    assert!(!stage.screen().contains("block "), "esc drops it\n{}", stage.screen());
    stage.keys("v h h h +").await;
    assert!(stage.screen().contains("03:14:15-03:15:15") && stage.screen().contains("still"), "{}", stage.screen());
}

#[tokio::test]
async fn the_command_leads_back_to_what_is_on_screen() {
    let mut stage = Stage::new((100, 30), Some(Incident::Payment), 0).await;
    stage.keys("f f f o tab z").await;
    assert_eq!(resume_command(&stage.state), "spia demo --off service:payment-gateway --pane=slow --alone");
    stage.keys("z 1 h h enter").await;
    let command = resume_command(&stage.state);
    let cell = "--pane=records --of=service:payment-gateway --at=2026-11-23T03:15:45.000Z/2026-11-23T03:16:00.000Z --only=errors";
    assert_eq!(command, format!("spia demo --off service:payment-gateway {cell}"), "the list's own part and the range around it");
    stage.state.start.command.clear();
    stage.keys("T").await;
    let id = stage.state.trace.id.as_ref().map(|id| id.text().to_string()).unwrap();
    assert!(resume_command(&stage.state).ends_with(&id), "a trace that was open is opened again");
}

#[tokio::test]
async fn records_are_searched_and_followed() {
    let mut stage = Stage::new((160, 40), Some(Incident::Payment), 0).await;
    stage.keys("4 / n o space a n s w e r enter").await;
    let row = stage.state.records.row;
    let message = |stage: &Stage| stage.state.records.selected_record().and_then(|r| r.message.clone()).unwrap_or_default();
    assert!(message(&stage).contains("no answer"), "{}", stage.screen());
    let marked =
        stage.terminal.backend().buffer().content().iter().filter(|cell| cell.modifier.contains(ratatui::style::Modifier::UNDERLINED)).count();
    assert!(marked >= "no answer".len() && marked % "no answer".len() == 0, "{marked}");
    stage.keys("n").await;
    assert!(stage.state.records.row > row && message(&stage).contains("no answer"));
    stage.keys("/ x y z z y enter").await;
    assert!(stage.screen().contains("no further match of 'xyzzy' below"), "{}", stage.screen());
    stage.keys("F").await;
    assert!(stage.screen().contains("following the newest"), "{}", stage.screen());
    assert_eq!(stage.state.records.row + 1, stage.state.records.records().len());
    stage.keys("k").await;
    assert!(!stage.state.records.follow, "who moves up reads");
}

#[tokio::test]
async fn everything_is_held_against_a_quiet_time_and_never_against_the_incident() {
    let mut stage = Stage::new((100, 30), Some(Incident::Payment), 0).await;
    assert!(stage.screen().contains("vs 02:01-03:01"), "the time before the incident\n{}", stage.screen());
    stage.keys("h h b").await;
    assert!(stage.screen().contains("that is the incident itself (since 03:02:"), "{}", stage.screen());
    stage.keys(", , , b").await;
    let screen = stage.screen();
    let chosen = stage.state.baseline.unwrap();
    assert!(screen.contains("everything is held against"), "{screen}");
    assert!(resume_command(&stage.state).contains("--baseline"), "{}", resume_command(&stage.state));
    stage.keys("$").await;
    let errors = stage.state.errors.data.answer.clone().unwrap();
    assert_eq!(errors.baseline, Some(chosen), "it holds wherever one goes");
    stage.keys("b").await;
    assert!(stage.screen().contains("vs 02:01-03:01"), "{}", stage.screen());
}

/// The same time of another day stands below the row under the cursor; where there was no record it says so, and never as if all was well.
#[tokio::test]
async fn yesterday_stands_below_the_row_under_the_cursor() {
    let mut stage = Stage::new((100, 30), Some(Incident::Payment), 0).await;
    stage.keys("c").await;
    let lines = |stage: &Stage| stage.screen().lines().map(str::to_string).collect::<Vec<_>>();
    let at = |stage: &Stage| lines(stage).iter().position(|line| line.starts_with('>')).unwrap();
    let ghost = lines(&stage)[at(&stage) + 1].clone();
    assert!(ghost.contains("yesterday") && ghost.contains("no record of it then"), "the demo has an hour of past\n{}", stage.screen());
    stage.keys("j").await;
    assert!(lines(&stage)[at(&stage) + 1].contains("yesterday"), "it follows the cursor\n{}", stage.screen());
    stage.keys("c").await;
    assert!(stage.screen().contains("a week ago"), "{}", stage.screen());
    stage.keys("c").await;
    assert!(!stage.screen().contains("a week ago") && !stage.screen().contains("yesterday"), "{}", stage.screen());
    // What was then, where there is something: an hour ago, for the demo has no yesterday.
    stage.keys("c").await;
    stage.state.errors.ghost.as_mut().unwrap().back_ms = 1_800_000;
    stage.keys("$").await;
    let ghost = lines(&stage)[at(&stage) + 1].clone();
    assert!(ghost.contains('▁') || ghost.ends_with('%'), "its cells and figures\n{}", stage.screen());
}

#[tokio::test]
async fn the_way_back_leads_through_ranges_too() {
    let mut stage = Stage::new((100, 30), Some(Incident::Payment), 0).await;
    let line = |stage: &Stage| stage.screen().lines().nth(2).unwrap_or_default().to_string();
    let first = line(&stage);
    stage.keys(".").await;
    assert!(stage.screen().contains("nothing is newer"), "{}", stage.screen());
    assert_eq!(line(&stage), first, "the end is no reason to show less");
    stage.keys(", ,").await;
    assert!(line(&stage).contains("02:46:45-03:01:45") && line(&stage).contains("still"), "{}", line(&stage));
    stage.keys("<").await;
    assert!(line(&stage).contains("02:54:15-03:09:15"), "{}", line(&stage));
    stage.keys("<").await;
    assert_eq!(line(&stage), first, "live again, as it was");
    stage.keys(">").await;
    assert!(line(&stage).contains("02:54:15-03:09:15"), "{}", line(&stage));
}

#[tokio::test]
async fn every_key_answers() {
    let mut stage = Stage::new((80, 24), Some(Incident::Payment), 0).await;
    for key in ["B", "<", "C"] {
        stage.keys(key).await;
        assert!(stage.state.message.is_some(), "{key} is silent");
    }
    stage.keys("?").await;
    assert!(stage.screen().contains("more lines below"), "{}", stage.screen());
    stage.keys("G").await;
    assert!(!stage.screen().contains("more lines below") && stage.screen().contains("quit at once"), "{}", stage.screen());
    stage.keys("k").await;
    assert!(stage.screen().contains("1 more line below"), "one step up is one line\n{}", stage.screen());
}

#[tokio::test]
async fn a_query_is_completed_with_what_there_is() {
    let mut stage = Stage::new((100, 30), Some(Incident::Canary), 0).await;
    stage.keys("i p a t h : / a p i / o").await;
    assert!(stage.screen().contains("/api/orders"), "{}", stage.screen());
}
