use super::*;
use std::io::{Error as IoError, ErrorKind};

/// The names in a folder.
fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .expect("a folder")
        .flatten()
        .map(|e| e.file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

fn write_text(path: &Path, text: &str) -> Result<()> {
    write_file(path, |out| out.write_all(text.as_bytes()))
}

#[test]
fn a_file_is_made_then_replaced() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a");
    for text in ["first", "second, longer", "3"] {
        write_text(&path, text).expect("written");
        assert_eq!(fs::read_to_string(&path).expect("a file"), text);
    }
    assert_eq!(names(folder.path()), ["a"]);
}

#[test]
fn after_an_error_the_old_file_is_there_and_nothing_beside_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a");
    write_text(&path, "old").expect("written");
    let outcome = write_file(&path, |out| {
        out.write_all(&[b'x'; 1 << 20])?;
        Err(IoError::from(ErrorKind::StorageFull))
    });
    assert!(
        matches!(outcome, Err(Error::Io { path: named, source }) if named == path && source.kind() == ErrorKind::StorageFull)
    );
    assert_eq!(fs::read_to_string(&path).expect("a file"), "old");
    assert_eq!(names(folder.path()), ["a"]);
}

#[test]
fn a_missing_folder_is_the_systems_own_error_with_the_users_path() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("none").join("a");
    let Err(Error::Io { path: named, source }) = write_text(&path, "x") else { panic!("no folder") };
    assert_eq!((named, source.kind()), (path, ErrorKind::NotFound));
    assert!(source.raw_os_error().is_some(), "{source:?}");
    assert!(
        matches!(write_text(folder.path(), "x"), Err(Error::Io { source, .. }) if source.kind() == ErrorKind::IsADirectory)
    );
}

#[cfg(unix)]
#[test]
fn links_stay_and_permissions_are_kept() {
    use std::fs::Permissions;
    use std::os::unix::fs::{PermissionsExt, symlink};
    let folder = tempfile::tempdir().expect("a folder");
    let (target, link, chain) = (folder.path().join("target"), folder.path().join("link"), folder.path().join("chain"));
    symlink("target", &link).expect("a link");
    symlink("link", &chain).expect("a link");
    for (at, path) in [&link, &chain].into_iter().enumerate() {
        write_text(path, &at.to_string()).expect("written");
        assert_eq!(fs::read_to_string(&target).expect("a file"), at.to_string());
        fs::set_permissions(&target, Permissions::from_mode(0o640)).expect("permissions");
    }
    assert!(fs::symlink_metadata(&link).expect("a link").is_symlink());
    assert!(fs::symlink_metadata(&chain).expect("a link").is_symlink());
    write_text(&target, "again").expect("written");
    assert_eq!(fs::metadata(&target).expect("a file").permissions().mode() & 0o777, 0o640);
    // a file made by the system with the same umask
    let (ours, theirs) = (folder.path().join("ours"), folder.path().join("theirs"));
    write_text(&ours, "x").expect("written");
    fs::write(&theirs, "x").expect("written");
    let mode = |path: &Path| fs::metadata(path).expect("a file").permissions().mode();
    assert_eq!(mode(&ours), mode(&theirs));
}

#[cfg(unix)]
#[test]
fn what_is_no_regular_file_is_written_into() {
    write_text(Path::new("/dev/null"), "x").expect("written");
    assert!(!fs::metadata("/dev/null").expect("a device").is_file());
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_an_error() {
    if Path::new("/dev/full").exists() {
        let outcome = write_file(Path::new("/dev/full"), |out| out.write_all(&[b'x'; 1 << 20]));
        assert!(matches!(outcome, Err(Error::Io { source, .. }) if source.kind() == ErrorKind::StorageFull));
    }
}
