//! Whether a program is static: what its ELF headers say (elf.h).

use anyhow::{Context, ensure};

const CLASS_64: u8 = 2;
const LITTLE_ENDIAN: u8 = 1;
const PT_DYNAMIC: u32 = 2;
const PT_INTERP: u32 = 3;
const DT_NULL: u64 = 0;
const DT_NEEDED: u64 = 1;
/// The size of a program header (Elf64_Phdr), and of an entry of the dynamic section (Elf64_Dyn).
const PROGRAM_HEADER: usize = 56;
const DYNAMIC_ENTRY: usize = 16;

/// Checks that a program is for `machine` (`e_machine`), and needs neither a loader nor a library.
///
/// A static program that can be loaded anywhere (static-pie) has a dynamic section, with which it relocates itself; what
/// it may not have there is the name of a library.
pub fn check_static(program: &[u8], machine: u16) -> anyhow::Result<()> {
    let ident = program.get(..6).context("too short")?;
    ensure!(ident.starts_with(b"\x7fELF"), "no ELF file");
    ensure!(
        ident.ends_with(&[CLASS_64, LITTLE_ENDIAN]),
        "not of 64 bits, little endian"
    );
    let is = u16_at(program, 18)?;
    ensure!(is == machine, "it is for the machine {is}, not {machine}");
    let (first, size, count) = (
        offset_at(program, 32)?,
        usize::from(u16_at(program, 54)?),
        u16_at(program, 56)?,
    );
    ensure!(size == PROGRAM_HEADER, "its program headers have {size} bytes");
    for index in 0..usize::from(count) {
        let header = slice(program, first.saturating_add(index * size), size)?;
        check_segment(program, header)?;
    }
    Ok(())
}

fn check_segment(program: &[u8], header: &[u8]) -> anyhow::Result<()> {
    let kind = u32_at(header, 0)?;
    ensure!(kind != PT_INTERP, "it asks for a loader (PT_INTERP)");
    if kind != PT_DYNAMIC {
        return Ok(());
    }
    let section = slice(program, offset_at(header, 8)?, offset_at(header, 32)?)?;
    for entry in section.chunks_exact(DYNAMIC_ENTRY) {
        match u64_at(entry, 0)? {
            DT_NULL => break,
            tag => ensure!(tag != DT_NEEDED, "it needs a shared library (DT_NEEDED)"),
        }
    }
    Ok(())
}

fn slice(bytes: &[u8], start: usize, length: usize) -> anyhow::Result<&[u8]> {
    bytes
        .get(start..start.saturating_add(length))
        .with_context(|| format!("cut off: no {length} bytes at {start}"))
}

fn array_at<const N: usize>(bytes: &[u8], start: usize) -> anyhow::Result<[u8; N]> {
    Ok(slice(bytes, start, N)?.try_into()?)
}

fn u16_at(bytes: &[u8], start: usize) -> anyhow::Result<u16> {
    Ok(u16::from_le_bytes(array_at(bytes, start)?))
}

fn u32_at(bytes: &[u8], start: usize) -> anyhow::Result<u32> {
    Ok(u32::from_le_bytes(array_at(bytes, start)?))
}

fn u64_at(bytes: &[u8], start: usize) -> anyhow::Result<u64> {
    Ok(u64::from_le_bytes(array_at(bytes, start)?))
}

fn offset_at(bytes: &[u8], start: usize) -> anyhow::Result<usize> {
    Ok(usize::try_from(u64_at(bytes, start)?)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    const X86_64: u16 = 62;
    const HEADER: usize = 64;

    /// A program with one segment, whose content stands right behind the headers.
    fn program(kind: u32, content: &[u64]) -> Vec<u8> {
        let mut bytes = vec![0; HEADER + PROGRAM_HEADER];
        bytes[..6].copy_from_slice(b"\x7fELF\x02\x01");
        bytes[18..20].copy_from_slice(&X86_64.to_le_bytes());
        bytes[32..40].copy_from_slice(&64_u64.to_le_bytes());
        bytes[54..56].copy_from_slice(&56_u16.to_le_bytes());
        bytes[56..58].copy_from_slice(&1_u16.to_le_bytes());
        bytes[HEADER..HEADER + 4].copy_from_slice(&kind.to_le_bytes());
        bytes[HEADER + 8..HEADER + 16].copy_from_slice(&120_u64.to_le_bytes());
        let length = u64::try_from(content.len() * 8).unwrap();
        bytes[HEADER + 32..HEADER + 40].copy_from_slice(&length.to_le_bytes());
        bytes.extend(content.iter().flat_map(|word| word.to_le_bytes()));
        bytes
    }

    fn said(program: &[u8]) -> String {
        check_static(program, X86_64).unwrap_err().to_string()
    }

    #[test]
    fn static_programs_are_static() {
        check_static(&program(1, &[]), X86_64).unwrap();
        // DT_RELA, then the end; what stands behind the end does not count.
        check_static(&program(PT_DYNAMIC, &[7, 0x328, 0, 0, 1, 5]), X86_64).unwrap();
    }

    #[test]
    fn others_are_not() {
        assert!(said(&program(PT_INTERP, &[])).contains("loader"));
        assert!(said(&program(PT_DYNAMIC, &[1, 5, 0, 0])).contains("library"));
        assert!(
            check_static(&program(1, &[]), 183)
                .unwrap_err()
                .to_string()
                .contains("machine 62")
        );
        assert!(said(b"#!/bin/sh\n").contains("no ELF"));
    }

    #[test]
    fn cut_off_anywhere_it_is_an_error_and_no_panic() {
        let whole = program(PT_DYNAMIC, &[7, 0x328, 0, 0]);
        for length in 0..whole.len() {
            assert!(check_static(&whole[..length], X86_64).is_err(), "{length}");
        }
        let mut far = whole;
        far[32..40].fill(0xff);
        assert!(said(&far).contains("cut off"));
    }

    #[test]
    fn a_test_is_no_static_program() {
        let own = std::fs::read(std::env::current_exe().unwrap()).unwrap();
        let here = super::super::target::ALL.iter().find(|target| target.is_here());
        assert!(check_static(&own, here.unwrap().elf_machine).is_err());
    }
}
