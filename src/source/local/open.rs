//! Opening what `--file` names, and reading it: one thread reads blocks, two more make columns of them.

use super::content::Content;
use super::engine::Engine;
use super::follow::Followed;
use super::layout::local_schemas;
use crate::model::{Fault, Timestamp, UnreadLine};
use crate::query::Search;
use crate::schema::{Schemas, is_envelope, unpack};
use crate::source::{Batch, Cost, Progress, SchemaQuestion, Source, machine_clock};
use futures_util::future::BoxFuture;
use std::fs::File;
use std::io::Read;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// Files, or standard input, as a source.
pub struct LocalSource {
    engine: Arc<Engine>,
    names: Vec<String>,
    followed: Arc<Mutex<Vec<Followed>>>,
}

/// What to read.
enum Input {
    File(PathBuf),
    StandardInput,
}

/// Large enough that a system call costs nothing, small enough that a picture stands soon.
const BLOCK: usize = 2 << 20;
/// A longer line is no log record.
const LONGEST_LINE: usize = 64 << 20;

type Block = (Vec<u8>, u64, Arc<Content>);

impl LocalSource {
    /// Begins to read paths, globs and `-` (standard input) in the background.
    pub fn open(paths: &[String], question: &SchemaQuestion) -> Result<LocalSource, Fault> {
        let mut inputs = Vec::new();
        for path in paths {
            inputs.extend(expand(path)?);
        }
        let total = inputs
            .iter()
            .map(|input| match input {
                Input::File(path) => std::fs::metadata(path).ok().map(|m| m.len()),
                Input::StandardInput => None,
            })
            .sum::<Option<u64>>();
        for input in &inputs {
            if let Input::File(path) = input {
                drop(open_file(path)?);
            }
        }
        let engine = Arc::new(Engine::new(question.clone()));
        engine.report(|progress| progress.total = total);
        let followed: Arc<Mutex<Vec<Followed>>> = Arc::default();
        let source = LocalSource { engine: engine.clone(), names: paths.to_vec(), followed: followed.clone() };
        std::thread::spawn(move || read_all(&engine, inputs, &followed));
        Ok(source)
    }

    /// Takes in what followed files have got since.
    async fn caught_up(&self) -> Result<(), Fault> {
        if !self.engine.progress().done {
            return Ok(());
        }
        let (engine, followed) = (self.engine.clone(), self.followed.clone());
        let work = move || followed.lock().iter_mut().for_each(|all| all.iter_mut().for_each(|file| file.catch_up(&engine)));
        tokio::task::spawn_blocking(work).await.map_err(|e| Fault::Lost(e.to_string()))
    }

    /// What `Fault`s and lines of state call it.
    fn label(&self) -> String {
        match self.names.as_slice() {
            [one] if one == "-" => "standard input".to_string(),
            [one] => one.clone(),
            many => format!("{} files", many.len()),
        }
    }
}

fn expand(path: &str) -> Result<Vec<Input>, Fault> {
    if path == "-" {
        return Ok(vec![Input::StandardInput]);
    }
    if !path.contains(['*', '?', '[']) || std::path::Path::new(path).exists() {
        return Ok(vec![Input::File(path.into())]);
    }
    let refuse = |reason: String| Fault::File { path: path.to_string(), reason };
    let mut found: Vec<PathBuf> = glob::glob(path).map_err(|e| refuse(e.to_string()))?.flatten().filter(|p| p.is_file()).collect();
    found.sort();
    if found.is_empty() { Err(refuse("no file matches".to_string())) } else { Ok(found.into_iter().map(Input::File).collect()) }
}

fn open_file(path: &std::path::Path) -> Result<File, Fault> {
    let refuse = |reason: String| Fault::File { path: path.display().to_string(), reason };
    let file = File::open(path).map_err(|e| refuse(e.to_string()))?;
    match file.metadata() {
        Ok(meta) if meta.is_dir() => Err(refuse("it is a folder; name the files in it, a glob such as 'dir/*.ndjson' will do".to_string())),
        _ => Ok(file),
    }
}

fn read_all(engine: &Arc<Engine>, inputs: Vec<Input>, followed: &Mutex<Vec<Followed>>) {
    let (sender, receiver) = sync_channel::<Block>(2);
    let receiver = Arc::new(Mutex::new(receiver));
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(2, usize::from).clamp(2, 8) {
            let receiver = receiver.clone();
            scope.spawn(move || columns_of_blocks(engine, &receiver));
        }
        for input in inputs {
            match read_input(engine, input, &sender) {
                Err(fault) => engine.fail(fault),
                Ok(Some(file)) => followed.lock().iter_mut().for_each(|all| all.push(file.clone())),
                Ok(None) => {}
            }
        }
        drop(sender);
    });
    engine.report(|progress| progress.done = true);
}

fn columns_of_blocks(engine: &Engine, receiver: &Mutex<Receiver<Block>>) {
    loop {
        let next = receiver.lock().ok().and_then(|receiver| receiver.recv().ok());
        let Some((block, offset, content)) = next else { return };
        let _newest = engine.take_in(&block, offset, &content);
    }
}

/// Reads one input to its end; a plain file may be followed from there.
fn read_input(engine: &Engine, input: Input, sender: &SyncSender<Block>) -> Result<Option<Followed>, Fault> {
    let blocks = Blocks { engine, sender };
    match input {
        Input::StandardInput => {
            let refuse = |e: std::io::Error| Fault::File { path: "standard input".to_string(), reason: e.to_string() };
            let content = Arc::new(Content::spool("standard input").map_err(refuse)?);
            blocks.cut(Supply::Piped(read_pipe(std::io::stdin())), &content, false).map_err(refuse)?;
            Ok(None)
        }
        Input::File(path) => {
            let name = path.display().to_string();
            let refuse = |e: std::io::Error| Fault::File { path: name.clone(), reason: e.to_string() };
            let file = open_file(&path)?;
            let mut magic = Vec::new();
            (&file).take(4).read_to_end(&mut magic).map_err(refuse)?;
            let is_regular = file.metadata().is_ok_and(|m| m.is_file());
            let counted = Counted { inner: std::io::Cursor::new(magic.clone()).chain(&file), engine };
            let (bytes, in_place): (Box<dyn Read + '_>, bool) = match magic.as_slice() {
                [0x1f, 0x8b, ..] => (Box::new(flate2::read::MultiGzDecoder::new(counted)), false),
                [0x28, 0xb5, 0x2f, 0xfd] => (Box::new(zstd::stream::read::Decoder::new(counted).map_err(refuse)?), false),
                _ => (Box::new(counted), is_regular),
            };
            let (bytes, in_place) = taken_apart(bytes, in_place).map_err(refuse)?;
            let content = match in_place {
                true => Content::of_file(file.try_clone().map_err(refuse)?, &name),
                false => Content::spool(&name).map_err(refuse)?,
            };
            let content = Arc::new(content);
            let reached = blocks.cut(Supply::Whole(bytes), &content, in_place).map_err(refuse)?;
            Ok(in_place.then(|| Followed::new(path, content, reached)))
        }
    }
}

/// One JSON document full of spans as the lines that a store would hold; anything else as it is.
fn taken_apart<'a>(mut bytes: Box<dyn Read + 'a>, in_place: bool) -> std::io::Result<(Box<dyn Read + 'a>, bool)> {
    let mut start = Vec::new();
    bytes.by_ref().take(ENVELOPE_START).read_to_end(&mut start)?;
    if !is_envelope(&start) {
        return Ok((Box::new(std::io::Cursor::new(start).chain(bytes)), in_place));
    }
    let mut lines = String::new();
    let whole = std::io::Cursor::new(start).chain(bytes);
    for document in serde_json::Deserializer::from_reader(std::io::BufReader::new(whole)).into_iter::<serde_json::Value>() {
        // What cannot be read is told like any other bad line.
        let Ok(document) = document else {
            lines.push_str("the document breaks off here\n");
            break;
        };
        for span in unpack(&document) {
            lines.push_str(&span.to_string());
            lines.push('\n');
        }
    }
    Ok((Box::new(std::io::Cursor::new(lines.into_bytes())), false))
}

/// So much of a file shows whether it is one document full of spans.
const ENVELOPE_START: u64 = 65_536;

/// Where bytes come from.
enum Supply<'a> {
    /// As many as are wanted, until the end.
    Whole(Box<dyn Read + 'a>),
    /// As they come: a pipe that pauses must not hold back what it has given.
    Piped(Receiver<std::io::Result<Vec<u8>>>),
}

/// A pipe that gives nothing for so long has what it gave taken in.
const PAUSE: Duration = Duration::from_millis(100);

fn read_pipe(mut pipe: impl Read + Send + 'static) -> Receiver<std::io::Result<Vec<u8>>> {
    let (sender, receiver) = sync_channel(16);
    std::thread::spawn(move || {
        loop {
            let mut chunk = vec![0; 1 << 18];
            let got = pipe.read(&mut chunk).map(|got| {
                chunk.truncate(got);
                chunk
            });
            let is_last = got.as_ref().map_or(true, Vec::is_empty);
            if sender.send(got).is_err() || is_last {
                return;
            }
        }
    });
    receiver
}

impl Supply<'_> {
    /// Adds more bytes; 0 at the end.
    fn more(&mut self, block: &mut Vec<u8>) -> std::io::Result<usize> {
        let pipe = match self {
            Supply::Whole(bytes) => return bytes.take(BLOCK as u64).read_to_end(block),
            Supply::Piped(pipe) => pipe,
        };
        let before = block.len();
        let Ok(first) = pipe.recv() else { return Ok(0) };
        block.extend(first?);
        while block.len() - before < BLOCK
            && block.len() > before
            && let Ok(next) = pipe.recv_timeout(PAUSE)
        {
            let next = next?;
            if next.is_empty() {
                break;
            }
            block.extend(next);
        }
        Ok(block.len() - before)
    }
}

/// Cuts bytes into blocks of whole lines, and hands them on.
struct Blocks<'a> {
    engine: &'a Engine,
    sender: &'a SyncSender<Block>,
}

impl Blocks<'_> {
    /// To the end; returns up to where whole lines reach.
    fn cut(&self, mut supply: Supply<'_>, content: &Arc<Content>, in_place: bool) -> std::io::Result<u64> {
        let mut rest: Vec<u8> = Vec::new();
        let mut offset = 0_u64;
        loop {
            let mut block = std::mem::take(&mut rest);
            let before = block.len();
            let got = supply.more(&mut block)?;
            if !in_place {
                content.append(block.get(before..).unwrap_or_default())?;
            }
            if matches!(supply, Supply::Piped(_)) {
                self.engine.report(|progress| progress.read += got as u64);
            }
            let end = match block.iter().rposition(|b| *b == b'\n') {
                _ if got == 0 => block.len(),
                Some(newline) => newline + 1,
                None if block.len() < LONGEST_LINE => {
                    rest = block;
                    continue;
                }
                None => block.len(),
            };
            rest = block.split_off(end);
            // A last line that is only half written is read when the rest of it is there.
            if got == 0 && in_place && is_cut_short(&block) {
                return Ok(offset);
            }
            let length = block.len() as u64;
            if length > 0 {
                self.engine.begin(&block);
                if self.sender.send((block, offset, content.clone())).is_err() {
                    return Ok(offset);
                }
            }
            offset += length;
            if got == 0 {
                return Ok(offset);
            }
        }
    }
}

/// One line without an end that begins like an object and is none yet.
pub fn is_cut_short(line: &[u8]) -> bool {
    line.first() == Some(&b'{') && !line.contains(&b'\n') && serde_json::from_slice::<serde::de::IgnoredAny>(line).is_err_and(|e| e.is_eof())
}

/// Counts what was read of the file itself, compressed or not.
struct Counted<'a, R> {
    inner: R,
    engine: &'a Engine,
}

impl<R: Read> Read for Counted<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let got = self.inner.read(buffer)?;
        self.engine.report(|progress| progress.read += got as u64);
        Ok(got)
    }
}

impl Source for LocalSource {
    fn search<'a>(&'a self, searches: &'a [Search], _deadline: Duration) -> BoxFuture<'a, Result<Batch, Fault>> {
        Box::pin(async move {
            self.caught_up().await?;
            search_blocking(self.engine.clone(), searches.to_vec(), self.label()).await
        })
    }

    fn schemas<'a>(&'a self, question: &'a SchemaQuestion) -> BoxFuture<'a, Result<Schemas, Fault>> {
        Box::pin(async move { local_schemas(&self.engine, &self.label(), question) })
    }

    fn clock(&self) -> BoxFuture<'_, Result<Timestamp, Fault>> {
        Box::pin(async move {
            self.caught_up().await?;
            if let Some(ahead) = self.engine.clock_ahead_ms() {
                return Ok(machine_clock().plus_millis(ahead));
            }
            let engine = self.engine.clone();
            let newest = tokio::task::spawn_blocking(move || engine.newest()).await.map_err(|e| Fault::Lost(e.to_string()))?;
            Ok(newest.map_or_else(machine_clock, |(at, _)| at))
        })
    }

    fn progress(&self) -> Progress {
        let progress = self.engine.progress();
        if !progress.done {
            return progress;
        }
        // Whoever looks sees at once that there is more; it is read when it is asked for.
        let sizes = self.followed.lock().map(|all| all.iter().map(Followed::size).sum::<u64>()).unwrap_or_default();
        let followed = self.engine.clock_ahead_ms().is_some();
        Progress { read: if sizes > 0 { sizes } else { progress.read }, followed, ..progress }
    }

    fn name(&self) -> String {
        "file".to_string()
    }

    fn unread(&self) -> Vec<UnreadLine> {
        self.engine.noticed().unread.into_iter().map(|(_, line)| line).collect()
    }

    fn is_file(&self) -> bool {
        true
    }

    fn target(&self) -> String {
        self.label()
    }
}

/// Runs searches on a thread where they may take their time.
pub async fn search_blocking(engine: Arc<Engine>, searches: Vec<Search>, label: String) -> Result<Batch, Fault> {
    let began = Instant::now();
    let run = move || match engine.fault(&label) {
        Some(fault) => Err(fault),
        None => Ok(searches.iter().map(|search| Ok(engine.search(search))).collect::<Vec<_>>()),
    };
    let replies = tokio::task::spawn_blocking(run).await.map_err(|e| Fault::Lost(e.to_string()))??;
    let wall_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
    Ok(Batch { replies, cost: Cost { wall_ms, took_ms: wall_ms, bytes: 0, requests: 0 } })
}
