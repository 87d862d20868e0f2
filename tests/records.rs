//! Lists of records as somebody reads them: selected, kept, written down, in other columns, wrapped, and searched in full.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::string_slice, clippy::print_stdout)]

mod stage;

use spia::app::{Effect, View};
use spia::demo::Incident;
use stage::Stage;

async fn records() -> Stage {
    let mut stage = Stage::new((100, 30), Some(Incident::Payment), 0).await;
    stage.keys("enter").await;
    assert_eq!(stage.state.view, View::Records);
    stage
}

fn cursor(stage: &Stage) -> String {
    stage.screen().lines().find(|line| line.starts_with('>')).unwrap().to_string()
}

#[tokio::test]
async fn selected_records_are_copied_written_and_asked_about() {
    let mut stage = records().await;
    stage.keys("v j j y").await;
    let Some(Effect::Copy(copied)) = stage.done.pop() else { panic!("nothing was copied") };
    assert_eq!(copied.lines().count(), 3);
    for line in copied.lines() {
        let record: serde_json::Value = serde_json::from_str(line).unwrap();
        assert_eq!(record["service"], "payment-gateway");
    }
    assert_eq!(stage.screen().lines().filter(|line| line.starts_with('│')).count(), 2, "what is selected is marked\n{}", stage.screen());
    stage.keys("W").await;
    assert!(stage.screen().contains("write to: spia-records-2026-11-23T03"), "{}", stage.screen());
    stage.keys("ctrl-u a . m d enter").await;
    let Some(Effect::Write { path, text }) = stage.done.pop() else { panic!("nothing was written") };
    assert_eq!((path.as_str(), text.lines().count()), ("a.md", 5), "{text}");
    let about = stage.state.records.selection().unwrap().len();
    stage.keys("p").await;
    let patterns = stage.state.patterns.data.answer.clone().unwrap();
    assert_eq!(patterns.patterns.iter().map(|p| p.count).sum::<u64>(), about as u64, "what the selected ones say");
    stage.keys("< esc").await;
    assert!(stage.state.view == View::Records && stage.state.records.anchor.is_none(), "esc drops the selection first");
}

#[tokio::test]
async fn a_list_is_read_on_beyond_its_first_records() {
    let mut stage = Stage::new((100, 30), Some(Incident::Payment), 0).await;
    stage.keys("4").await;
    let count = |stage: &Stage| stage.state.records.records().len();
    assert!(count(&stage) == 1000 && stage.screen().contains("1000 of more (k on the first reads on)"), "{}", stage.screen());
    stage.keys("j j g g").await;
    assert_eq!(count(&stage), 1000, "the way to the first of them asks for nothing");
    let first = stage.state.records.selected_record().unwrap().clone();
    stage.keys("k").await;
    assert_eq!((count(&stage), stage.state.records.selected_record()), (4000, Some(&first)), "the cursor stays where it was");
    stage.keys("k").await;
    assert!(stage.state.records.selected_record().unwrap().timestamp <= first.timestamp && stage.state.records.row > 0);
}

#[tokio::test]
async fn a_record_is_kept_and_found_again() {
    let mut stage = records().await;
    stage.keys("j j B k").await;
    let kept = stage.state.records.records()[2].clone();
    assert!(stage.screen().lines().any(|line| line.starts_with('*')), "{}", stage.screen());
    assert_eq!(stage.state.marks.recent(stage.state.now).count(), 0, "a bookmark is no moment since which something is counted");
    stage.keys("< \' enter").await;
    assert_eq!(stage.state.view, View::Records);
    assert_eq!(stage.state.records.selected_record().map(|r| (&r.timestamp, &r.message)), Some((&kept.timestamp, &kept.message)));
    stage.keys("B").await;
    assert!(stage.state.marks.list.is_empty(), "the same key lets it go");
}

#[tokio::test]
async fn columns_are_chosen_and_kept() {
    let mut stage = records().await;
    stage.keys("C").await;
    assert!(stage.screen().contains("[x] service") && stage.screen().contains("[ ] "), "{}", stage.screen());
    let rows = match &stage.state.overlay {
        Some(spia::app::Overlay::Columns(columns)) => columns.rows.clone(),
        other => panic!("{other:?}"),
    };
    let at = rows.iter().position(|(name, _)| name == "context.payment_method").unwrap();
    // Off with the host, on with the payment method, up before the message.
    stage.keys("j j j enter").await;
    for _ in 3..at {
        stage.keys("j").await;
    }
    stage.keys("space").await;
    let Some(Effect::KeepColumns(kept)) = stage.done.pop() else { panic!("nothing was kept") };
    assert!(!kept.contains(&"host".to_string()) && kept.last().is_some_and(|last| last == "context.payment_method"), "{kept:?}");
    stage.keys("K K K esc").await;
    assert!(stage.screen().contains("time UTC") && cursor(&stage).contains("stripe"), "{}", stage.screen());
    stage.keys("C d").await;
    assert!(stage.state.listing.columns.is_empty() && !stage.screen().contains("time UTC"), "{}", stage.screen());
}

#[tokio::test]
async fn long_messages_are_wrapped_by_a_name_in_the_palette() {
    let mut stage = records().await;
    let whole = "no answer in 3000 ms";
    let ends = |stage: &Stage| stage.screen().lines().take(16).filter(|line| line.ends_with(whole)).count();
    let before = stage.screen().lines().take(16).filter(|line| line.ends_with('…')).count();
    stage.keys(": w r a p").await;
    assert!(stage.screen().contains(":wrap_"), "{}", stage.screen());
    stage.keys("enter").await;
    assert!(stage.state.listing.wrap);
    let screen = stage.screen();
    assert!(before == 0 || ends(&stage) > 0 || screen.lines().take(16).any(|line| line.starts_with("       ")), "{screen}");
    assert!(cursor(&stage).starts_with('>'), "the cursor stays in sight");
    stage.keys(": q").await;
    assert!(stage.screen().contains("quit"), "{}", stage.screen());
    stage.keys("enter").await;
    assert!(matches!(stage.done.last(), Some(Effect::Quit(_))), "as in vim and k9s");
}

#[tokio::test]
async fn a_record_in_full_is_searched_and_shown_as_it_is_stored() {
    let mut stage = records().await;
    stage.keys("enter / c l i e n t _ i p enter").await;
    let shown = stage.screen().lines().position(|line| line.contains("client_ip")).unwrap();
    assert!(shown <= 9, "the match is the first line of the detail\n{}", stage.screen());
    stage.keys("J").await;
    assert!(stage.screen().contains("\"service\": \"payment-gateway\"") || stage.screen().contains("service: payment-gateway"), "{}", stage.screen());
    stage.keys("esc J").await;
    assert!(stage.state.records.detail && stage.state.listing.json, "from the list it unfolds");
}

#[tokio::test]
async fn a_mark_stands_between_the_records() {
    let mut stage = records().await;
    let records = stage.state.records.records();
    let (before, after) = (records[0].timestamp, records[1].timestamp);
    let at = before.plus_millis((after.millis() - before.millis()).max(1));
    stage.state.marks.list.push(spia::model::Mark { at, note: "flag off".into(), record: None });
    stage.keys("j").await;
    let lines: Vec<String> = stage.screen().lines().map(str::to_string).collect();
    let mark = lines.iter().position(|line| line.contains("flag off")).unwrap_or_else(|| panic!("{}", stage.screen()));
    assert!(lines[mark + 1].starts_with('>'), "{}", stage.screen());
}
