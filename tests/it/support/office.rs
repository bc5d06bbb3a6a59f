//! Files read back by others than us: openpyxl, python-docx and icalendar, which `tests/run.sh`
//! installs.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

/// What `tests/data/office/read.py` finds in a file with this ending.
pub fn read(ending: &str, bytes: &[u8]) -> Value {
    let folder = std::env::var("TINBAI_TEST_OFFICE")
        .expect("tests of files need Python: run `bash tests/run.sh`, which installs it");
    let kept = tempfile::tempdir().unwrap();
    let file = kept.path().join(format!("file.{ending}"));
    std::fs::write(&file, bytes).unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/office/read.py");
    let done = Command::new(Path::new(&folder).join("bin/python"))
        .arg(script)
        .arg(&file)
        .output()
        .expect("python starts");
    let told = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{told}");
    serde_json::from_slice(&done.stdout).unwrap()
}
