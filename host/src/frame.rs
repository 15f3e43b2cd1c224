//! Native messaging frames: a length in native byte order, then that many bytes.
//!
//! Never here: what the bytes say.

use std::io::{self, Read, Write};

use byteorder::{NativeEndian, ReadBytesExt, WriteBytesExt};
use shared::protocol::{MAX_REQUEST, MAX_RESPONSE};
use zeroize::Zeroizing;

/// What the browser's pipe can do wrong.
#[derive(Debug, thiserror::Error)]
pub enum FrameError {
    /// No bytes; a browser sends at least `""`.
    #[error("a frame has at least one byte")]
    Empty,
    /// The pipe.
    #[error("the pipe to the browser: {0}")]
    Io(#[from] io::Error),
    /// Longer than a request may be; its bytes are still in the pipe.
    #[error("a frame of {len} bytes, where {MAX_REQUEST} are allowed")]
    TooLong {
        /// As announced.
        len: usize,
    },
}

/// Reads one frame; `None` at the end of the pipe, within a frame too: a browser that dies says so like
/// that. The buffer is wiped when it is dropped: it may hold a password.
///
/// # Errors
///
/// A [`FrameError`]; nothing is allocated before the length has been checked.
pub fn read(input: &mut impl Read) -> Result<Option<Zeroizing<Vec<u8>>>, FrameError> {
    let ended = |err: &io::Error| err.kind() == io::ErrorKind::UnexpectedEof;
    let len = match input.read_u32::<NativeEndian>() {
        Ok(len) => usize::try_from(len).unwrap_or(usize::MAX),
        Err(err) if ended(&err) => return Ok(None),
        Err(err) => return Err(err.into()),
    };
    if MAX_REQUEST < len {
        return Err(FrameError::TooLong { len });
    }
    if len == 0 {
        return Err(FrameError::Empty);
    }
    let mut body = Zeroizing::new(vec![0; len]);
    match input.read_exact(&mut body) {
        Ok(()) => Ok(Some(body)),
        Err(err) if ended(&err) => Ok(None),
        Err(err) => Err(err.into()),
    }
}

/// Writes one frame in one piece.
///
/// # Errors
///
/// The pipe's; [`io::ErrorKind::InvalidInput`] if it is longer than [`MAX_RESPONSE`].
pub fn write(output: &mut impl Write, body: &[u8]) -> io::Result<()> {
    let len = u32::try_from(body.len()).map_err(|_| io::ErrorKind::InvalidInput)?;
    if MAX_RESPONSE < body.len() {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    let mut frame = Vec::with_capacity(4 + body.len());
    frame.write_u32::<NativeEndian>(len)?;
    frame.extend(body);
    output.write_all(&frame)?;
    output.flush()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn framed(len: u32, body: &[u8]) -> Vec<u8> {
        [&len.to_ne_bytes(), body].concat()
    }

    #[test]
    fn a_frame_reads_back_and_the_end_is_no_error() {
        let mut pipe = Vec::new();
        write(&mut pipe, b"{}").unwrap();
        write(&mut pipe, b"[1]").unwrap();
        let mut input = &pipe[..];
        assert_eq!(read(&mut input).unwrap().unwrap().as_slice(), b"{}");
        assert_eq!(read(&mut input).unwrap().unwrap().as_slice(), b"[1]");
        assert!(read(&mut input).unwrap().is_none());
        for cut in 1..pipe.len() - 6 {
            assert!(read(&mut &pipe[..cut.min(5)]).unwrap().is_none());
        }
    }

    #[test]
    fn lengths_are_checked_before_anything_is_allocated() {
        let max = u32::try_from(MAX_REQUEST).unwrap();
        for len in [max + 1, u32::MAX] {
            let err = read(&mut framed(len, b"").as_slice()).unwrap_err();
            assert!(matches!(err, FrameError::TooLong { .. }));
        }
        assert!(matches!(read(&mut framed(0, b"").as_slice()), Err(FrameError::Empty)));
        let longest = framed(max, &vec![b'x'; MAX_REQUEST]);
        assert_eq!(read(&mut longest.as_slice()).unwrap().unwrap().len(), MAX_REQUEST);
        assert!(write(&mut Vec::new(), &vec![b'x'; MAX_RESPONSE + 1]).is_err());
    }
}
