mod book;
mod inside;
pub(in crate::model) mod kit;
mod like_a_list;
mod limits;
mod plain;
mod reading;
mod staff;
