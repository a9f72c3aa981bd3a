use super::*;

/// Numbers as records of 4 bytes.
fn written(store: &Store, budget: Option<&Budget>, numbers: u32) -> Vec<Chunk> {
    let mut writer = ChunkWriter::new(store, budget);
    for number in 0..numbers {
        writer.record().0.extend_from_slice(&number.to_le_bytes());
        writer.end_record().unwrap();
    }
    writer.finish().unwrap()
}

fn read(store: &Store, chunks: &[Chunk]) -> Result<Vec<u32>> {
    let (mut reader, mut numbers) = (ChunkReader::new(store, chunks), Vec::new());
    loop {
        let (left, _) = reader.left()?;
        if left.is_empty() {
            return Ok(numbers);
        }
        numbers.push(u32::from_le_bytes(left[..4].try_into().unwrap()));
        reader.consume(4);
    }
}

#[test]
fn records_come_back_from_memory_and_from_the_file() {
    let store = Store::new(None);
    let all: Vec<u32> = (0..50_000).collect();
    for (limit, on_disk) in [(usize::MAX, false), (100_000, true), (0, true)] {
        let (budget, before) = (Budget::new(limit), store.written());
        let chunks = written(&store, Some(&budget), 50_000);
        assert_eq!(read(&store, &chunks).unwrap(), all);
        assert_eq!(store.written() > before, on_disk);
    }
    assert!(read(&store, &written(&store, None, 0)).unwrap().is_empty());
}

#[test]
fn a_damaged_file_is_an_error() {
    let store = Store::new(None);
    let chunks = written(&store, None, 50_000);
    write_at(store.file.get().unwrap(), b"!", 1000).unwrap();
    let message = read(&store, &chunks).unwrap_err().to_string();
    assert!(message.contains("was changed or damaged"), "{message}");
}

#[test]
fn a_folder_that_is_not_there_is_named() {
    let store = Store::new(Some(Path::new("/nowhere/at all")));
    let message = store.write(b"x").unwrap_err().to_string();
    assert!(message.contains("/nowhere/at all") && message.contains("temp_dir"), "{message}");
}
