//! A tarball whose bytes depend on nothing but what is packed: sorted names, one owner, one time.

use std::collections::BTreeMap;
use std::io::Write;

use flate2::{Compression, GzBuilder};
use tar::{Builder, EntryType, Header};

use super::files::File;

/// Packs files below one folder, `top`.
pub fn pack(top: &str, files: &[File], seconds: u64) -> anyhow::Result<Vec<u8>> {
    let sorted: BTreeMap<&str, &File> = files.iter().map(|file| (file.path.as_str(), file)).collect();
    let mut archive = Builder::new(Vec::new());
    append(
        &mut archive,
        &format!("{top}/"),
        EntryType::Directory,
        0o755,
        &[],
        seconds,
    )?;
    for (path, file) in sorted {
        let path = format!("{top}/{path}");
        append(
            &mut archive,
            &path,
            EntryType::Regular,
            file.mode(),
            &file.bytes,
            seconds,
        )?;
    }
    gzip(&archive.into_inner()?)
}

fn append(
    archive: &mut Builder<Vec<u8>>,
    path: &str,
    kind: EntryType,
    mode: u32,
    bytes: &[u8],
    seconds: u64,
) -> anyhow::Result<()> {
    let mut header = Header::new_ustar();
    header.set_entry_type(kind);
    header.set_mode(mode);
    header.set_mtime(seconds);
    header.set_uid(0);
    header.set_gid(0);
    header.set_username("root")?;
    header.set_groupname("root")?;
    header.set_size(u64::try_from(bytes.len())?);
    archive.append_data(&mut header, path, bytes)?;
    Ok(())
}

/// Compresses as `gzip -9n` does: no name, no time.
pub fn gzip(bytes: &[u8]) -> anyhow::Result<Vec<u8>> {
    let mut encoder = GzBuilder::new().mtime(0).write(Vec::new(), Compression::best());
    encoder.write_all(bytes)?;
    Ok(encoder.finish()?)
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    fn files() -> Vec<File> {
        vec![
            File::text("man/listenq.1", b"page"),
            File::program("listenq", b"\x7fELF"),
        ]
    }

    fn entries(packed: &[u8]) -> Vec<(String, u32, u64, u64, Vec<u8>)> {
        let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(packed));
        let entries = archive.entries().unwrap().map(|entry| {
            let mut entry = entry.unwrap();
            let mut bytes = Vec::new();
            entry.read_to_end(&mut bytes).unwrap();
            let header = entry.header();
            (
                entry.path().unwrap().display().to_string(),
                header.mode().unwrap(),
                header.uid().unwrap() + header.gid().unwrap(),
                header.mtime().unwrap(),
                bytes,
            )
        });
        entries.collect()
    }

    #[test]
    fn names_are_sorted_below_one_folder_with_one_owner_and_time() {
        let packed = pack("listenq-1", &files(), 1000).unwrap();
        assert_eq!(
            entries(&packed),
            [
                ("listenq-1/".to_owned(), 0o755, 0, 1000, vec![]),
                ("listenq-1/listenq".to_owned(), 0o755, 0, 1000, b"\x7fELF".to_vec()),
                ("listenq-1/man/listenq.1".to_owned(), 0o644, 0, 1000, b"page".to_vec()),
            ]
        );
    }

    #[test]
    fn the_order_of_packing_does_not_matter() {
        let (mut other, first) = (files(), pack("t", &files(), 7).unwrap());
        other.reverse();
        assert_eq!(pack("t", &other, 7).unwrap(), first);
        assert_ne!(pack("t", &files(), 8).unwrap(), first);
    }

    #[test]
    fn gzip_knows_neither_name_nor_time() {
        let packed = gzip(b"text").unwrap();
        // RFC 1952: flags, then four bytes of time.
        assert_eq!(packed[3..8], [0; 5]);
    }
}
