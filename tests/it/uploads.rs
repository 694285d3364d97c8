//! Files on their way in: piece by piece and by plain forms, cut off anywhere, at the limits, and by those who may not.

mod at_rest;
mod forms;
mod limits;
mod pieces;
mod sending;
mod strangers;
