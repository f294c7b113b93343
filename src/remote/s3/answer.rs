//! The answer to a request, taken in piece by piece and to a limit.

use bytes::Bytes;
use reqwest::Response;
use reqwest::header::CONTENT_LENGTH;

use super::request::{Client, SILENCE_MAX, silent};
use super::trouble::{Refusal, Tried, Trouble};

/// How much of an error's body is read, and of one that should be empty.
const REMARK_BYTES_MAX: u64 = 64 * 1024;

/// The answer to a request: its head, and its body as it comes.
pub(super) struct Answer<'a> {
    pub(super) client: &'a Client,
    pub(super) response: Response,
}

impl Answer<'_> {
    pub(super) fn status(&self) -> u16 {
        self.response.status().as_u16()
    }

    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.response.headers().get(name)?.to_str().ok()
    }

    /// The size of the body, if it was told.
    pub(super) fn bytes(&self) -> Option<u64> {
        self.header(CONTENT_LENGTH.as_str())?.parse().ok()
    }

    /// The next piece of the body.
    pub(super) fn piece(&mut self) -> Tried<Option<Bytes>> {
        let piece = self
            .client
            .handle
            .block_on(async { tokio::time::timeout(SILENCE_MAX, self.response.chunk()).await });
        let piece = piece.map_err(|_| silent())?.map_err(|error| cut(error.without_url()))?;
        self.client.meter.received(piece.as_ref().map_or(0, |piece| piece.len() as u64));
        Ok(piece)
    }

    /// The whole body; `None` if it is longer than `bytes_max`, of which no more is read.
    pub(super) fn whole(&mut self, bytes_max: u64) -> Tried<Option<Vec<u8>>> {
        if self.bytes().is_some_and(|bytes| bytes > bytes_max) {
            return Ok(None);
        }
        let mut whole = Vec::new();
        while let Some(piece) = self.piece()? {
            whole.extend_from_slice(&piece);
            if whole.len() as u64 > bytes_max {
                return Ok(None);
            }
        }
        Ok(Some(whole))
    }

    /// What there is of the body, to a limit; for an error it may be cut.
    pub(super) fn remark(&mut self) -> Vec<u8> {
        let mut remark = Vec::new();
        while (remark.len() as u64) < REMARK_BYTES_MAX
            && let Ok(Some(piece)) = self.piece()
        {
            remark.extend_from_slice(&piece);
        }
        remark
    }

    /// Ends an exchange that should say nothing but success. Some answers begin with 200 before
    /// the work is done, and end with an error.
    pub(super) fn done(mut self) -> Tried<()> {
        let body = self.whole(REMARK_BYTES_MAX)?.unwrap_or_default();
        let is_error = body.windows(7).any(|bytes| bytes == b"<Error>" || bytes == b"<Error ");
        if is_error {
            let refusal = Refusal::new(self.status(), self.response.headers(), &body);
            return Err(Trouble::Refused(Box::new(refusal)));
        }
        Ok(())
    }
}

fn cut(error: reqwest::Error) -> Trouble {
    Trouble::Cut(error.into())
}
